"""Faust's consumer, but for how long it waits while there is something to be had.

Two of its waits begin with the partitions that can take records at that moment, and go on although
others can by then; both are seen at the end of a burst, whose last records lie on the log and are
worked on a second later.

- Faust asks aiokafka for records of the partitions whose queues have room, and waits for them up to
  a second; where no queue has any, it sleeps for one.
- aiokafka has one fetch at a time on its way to a broker, and leaves out of it those that it holds
  records of already. The broker answers when something comes, or after 1.5 s, as Faust wants it.
"""

from __future__ import annotations

import asyncio
from typing import Any

from faust.transport.drivers.aiokafka import AIOKafkaConsumerThread, Consumer, Transport

QUEUED_WAIT_S = 0.02
FETCH_WAIT_MS = 250
"""Who is idle asks so often: an idle system then takes 24 % of a core; 30 at 100, 18 at 1,500."""


class QuickConsumerThread(AIOKafkaConsumerThread):
    """Makes the aiokafka consumer; Faust has no setting for the wait."""

    def _create_worker_consumer(self, transport: Any) -> Any:
        consumer = super()._create_worker_consumer(transport)
        consumer._fetch_max_wait_ms = FETCH_WAIT_MS
        return consumer


class QuickConsumer(Consumer):
    """Asks again soon while a queue is full."""

    def _new_consumer_thread(self) -> QuickConsumerThread:
        return QuickConsumerThread(self, loop=self.loop, beacon=self.beacon)

    async def _wait_next_records(self, timeout: float) -> Any:  # noqa: ASYNC109  # Faust's name
        if self.flow_active and self._buffered_partitions:
            timeout = QUEUED_WAIT_S
            if not self._get_active_partitions():
                await asyncio.sleep(timeout)
                return {}, set()
        return await super()._wait_next_records(timeout)


class QuickTransport(Transport):
    """Makes such consumers."""

    Consumer = QuickConsumer
