"""How many dead letters nobody has decided about: each is read once, beside the log's tail."""

from __future__ import annotations

import asyncio
import logging

from aiokafka import TopicPartition
from aiokafka.errors import KafkaError

from streams.catalog import LETTER_DECISIONS
from streams.decisions import Undecided
from streams.letters import TOPICS
from streams.reader import LogReader, partitions_of
from streams.settings import Settings

RETRY_S = 1.0
BATCH_RECORDS_MAX = 500

log = logging.getLogger(__name__)


class LetterCount:
    """Follows the topics of letters and of decisions from `start` to `stop`, through outages.

    With a reader of its own: while a flood of old letters is counted, the tail goes on.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._undecided = Undecided()
        self._counted = False
        count = settings.kafka.partitions
        names = (*TOPICS, LETTER_DECISIONS.name)
        self._next = {tp: 0 for name in names for tp in partitions_of(name, count)}
        self._task: asyncio.Task[None] | None = None

    def counts(self) -> dict[str, int] | None:
        """By topic, of those that have some; None until all that was there has been read."""
        return self._undecided.counts() if self._counted else None

    def start(self) -> None:
        self._task = asyncio.create_task(self._run_forever(), name="letters")

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task], timeout=1)

    async def _run_forever(self) -> None:
        while True:
            try:
                await self._run()
            except (KafkaError, OSError, TimeoutError) as error:
                log.warning("dead letters can't be counted, trying again: %r", error)
            except Exception:
                log.exception("dead letters are counted no longer; restart this process")
                self._counted = False
                raise
            await asyncio.sleep(RETRY_S)

    async def _run(self) -> None:
        reader = LogReader(self._settings, self._next)
        await reader.start()
        try:
            ends = await reader.ends()
            while True:
                await self._take(reader)
                self._counted = self._counted or await reached(reader, ends)
        finally:
            await reader.stop()

    async def _take(self, reader: LogReader) -> None:
        for tp, records in (await reader.batches(records_max=BATCH_RECORDS_MAX)).items():
            for record in records:
                self._undecided.apply(record)
                self._next[tp] = record.offset + 1
        await asyncio.sleep(0)


async def reached(reader: LogReader, ends: dict[TopicPartition, int]) -> bool:
    """Whether the reader is there on every partition."""
    return all([await reader.position(tp) >= end for tp, end in ends.items()])
