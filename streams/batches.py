"""Fetched batches instead of single events: the part of Faust that our agents run on.

A stock Faust agent handles records one by one; here its scheduler hands over what was fetched of
a partition as one pseudo-record. Nothing rests on Faust's acknowledgements: an agent says which
offset it expects, and whatever does not continue there is sought again or skipped.
"""

from __future__ import annotations

import asyncio
import gc
import logging
import math
import os
import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import faust
from aiokafka.errors import KafkaError
from faust.serializers.schemas import Schema
from faust.transport.utils import DefaultSchedulingStrategy
from faust.types import TP

from streams.crash import or_die
from streams.fetching import QuickTransport
from streams.groups import GROUP_PREFIX
from streams.overlooked import Overlooked, lacking
from streams.pulse import Pulse
from streams.reader import LogCutShortError, first_offset, opened
from streams.records import Record
from streams.settings import Settings
from streams.stall import LIMIT_S, Stall

logger = logging.getLogger(__name__)

POLL_RECORDS_MAX = 16_384
FETCH_BYTES_MAX = 4 * 1024 * 1024
BATCHES_QUEUED_MAX = 16
WATCH_INTERVAL_S = 0.5
GC_THRESHOLD = 200_000
RETRY_S = 1.0
SESSION_TIMEOUT_S = 10.0
METADATA_AGE_MS_MAX = 15_000
"""A worker that was assigned nothing, since a broker that had just come back did not know of its
topic yet, is idle until it looks again: with the client's own setting for five minutes."""


@dataclass(slots=True)
class RecordBatch:
    """What was fetched of one partition, in offset order, in the shape of a record.

    value: the records; offset: the last one's, so that Faust's own books stay true.
    """

    topic: str
    partition: int
    offset: int
    timestamp: int
    value: Sequence[Record]
    timestamp_type: int = 0
    headers: tuple[()] = ()
    key: None = None
    checksum: None = None
    serialized_key_size: int = 0
    serialized_value_size: int = 0


class BatchScheduler(DefaultSchedulingStrategy):
    """Yields each partition's fetched records as one RecordBatch."""

    def iterate(self, records: Mapping[TP, list[Record]]) -> Iterator[tuple[TP, RecordBatch]]:
        for tp, fetched in records.items():
            if fetched:
                last = fetched[-1]
                yield tp, RecordBatch(tp.topic, tp.partition, last.offset, last.timestamp, fetched)


class PassThrough(Schema[Any, Any]):
    """Leaves keys and values as they came."""

    def loads_key(self, app: Any, message: Any, **_: Any) -> Any:  # noqa: ARG002  # Faust's name
        return message.key

    def loads_value(self, app: Any, message: Any, **_: Any) -> Any:  # noqa: ARG002  # as above
        return message.value


class BatchAgent(Protocol):
    """What works on batches; it knows nothing of Faust."""

    topics: Sequence[str]

    async def start(self) -> None:
        """Open what it needs, before the first batch."""

    async def position(self, topic: str, partition: int) -> int:
        """The offset it expects next; loads the partition's state when it has none."""

    async def handle(self, topic: str, partition: int, records: Sequence[Record]) -> None:
        """Work on records that begin at the expected offset."""

    async def checkpoint(self) -> dict[tuple[str, int], int]:
        """Make its progress durable; the offsets that may be committed, by partition."""

    async def release(self) -> None:
        """Forget all partitions: they may be somebody else's now."""

    async def stop(self) -> None:
        """Close what start opened."""


def make_app(role: str, agent: BatchAgent, settings: Settings) -> Any:
    """A Faust app of one consumer group, named after the role, that feeds `agent`."""
    datadir = Path(settings.data_dir).absolute() / "faust" / role
    datadir.mkdir(parents=True, exist_ok=True)
    app = faust.App(
        GROUP_PREFIX + role,
        broker=f"kafka://{settings.bootstrap_servers.replace(',', ';')}",
        broker_max_poll_records=POLL_RECORDS_MAX,
        broker_session_timeout=SESSION_TIMEOUT_S,
        broker_heartbeat_interval=2.0,
        consumer_max_fetch_size=FETCH_BYTES_MAX,
        consumer_auto_offset_reset="earliest",
        consumer_metadata_max_age_ms=METADATA_AGE_MS_MAX,
        consumer_group_instance_id=settings.worker.instance_id,
        ConsumerScheduler=BatchScheduler,
        stream_buffer_maxsize=BATCHES_QUEUED_MAX,
        stream_wait_empty=False,
        stream_recovery_delay=0.0,
        topic_allow_declare=False,
        topic_disable_leader=True,
        store="memory://",
        datadir=str(datadir),
        web_enabled=False,
        canonical_url=canonical_url(role, settings),
        worker_redirect_stdouts=False,
    )
    app.transport = QuickTransport(app.conf.broker_consumer, app)
    Binding(app, agent, settings).attach()
    return app


def canonical_url(role: str, settings: Settings) -> str:
    """A name in the shape of a URL, which Faust's assignor tells workers apart by.

    It must be the same after a restart, when a static member is given its old assignment back.
    """
    instance = settings.worker.instance_id or uuid.uuid4().hex
    return f"http://{instance}.{role}.peripheral.invalid"


class Binding:
    """Ties an agent to a Faust app: batches in order, holes sought, checkpoints by time."""

    def __init__(self, app: Any, agent: BatchAgent, settings: Settings) -> None:
        self._app = app
        self._agent = agent
        self._settings = settings
        self._checkpoint_interval_s = settings.worker.checkpoint_interval_s
        self._ready_file = os.environ.get("PERIPHERAL_READY_FILE")
        self._lock = asyncio.Lock()
        self._put_off = False
        self._worked_s = -math.inf
        self._started = asyncio.Event()
        self._stalled: dict[TP, tuple[int, int]] = {}
        self._gaps: dict[TP, tuple[int, int]] = {}
        self._pulse = Pulse(SESSION_TIMEOUT_S)
        self._overlooked = Overlooked(app, settings)

    def attach(self) -> None:
        channel = self._app.topic(*self._agent.topics, acks=False, schema=PassThrough())
        self._app.agent(channel, name="batches", concurrency=1)(self._consume)
        self._app.task(self._start)
        self._app.timer(self._checkpoint_interval_s)(self._checkpoint)
        self._app.timer(WATCH_INTERVAL_S)(self._watch)
        self._app.timer(METADATA_AGE_MS_MAX / 1000)(self._look_for_topics)
        self._app.on_partitions_revoked.connect(self._revoked, weak=False)
        self._app.on_before_shutdown.connect(self._shutdown, weak=False)

    async def _start(self) -> None:
        self._pulse.start()
        await or_die(self._agent.start())
        self._started.set()

    async def _consume(self, stream: Any) -> None:
        await self._started.wait()
        async for event in stream.events():
            batch: Sequence[Record] = event.value
            tp = event.message.tp
            async with self._lock:
                self._pulse.check()
                if tp in self._app.consumer.assignment():
                    await or_die(self._deliver(tp, batch))
                    self._worked_s = time.monotonic()

    async def _deliver(self, tp: TP, batch: Sequence[Record]) -> None:
        expected = await self._agent.position(tp.topic, tp.partition)
        if batch[0].offset > expected and await self._misses_records(tp, expected, batch[0].offset):
            await self._app.consumer.seek_wait({tp: expected})
            return
        if batch[-1].offset < expected:
            return
        if batch[0].offset < expected:
            batch = [record for record in batch if record.offset >= expected]
        await self._agent.handle(tp.topic, tp.partition, await self._opened(tp, batch))

    async def _opened(self, tp: TP, batch: Sequence[Record]) -> Sequence[Record]:
        """The batch, as it was before it was sealed; outages of the broker are waited out."""
        while True:
            try:
                return await opened(self._settings, tp.topic, batch)
            except (KafkaError, OSError) as error:
                logger.warning("keys can't be read, trying again: %r", error)
                await asyncio.sleep(RETRY_S)

    async def _require(self, tp: TP, expected: int) -> None:
        """Raise LogCutShortError where the log does not even reach what the agent expects."""
        (end,) = (await self._app.consumer.highwaters(tp)).values()
        if end is not None and end < expected:
            raise LogCutShortError(tp.topic, tp.partition, end, expected)

    async def _misses_records(self, tp: TP, expected: int, reached: int) -> bool:
        """Whether there are records in between: offsets may also be of a transaction's markers,
        or of records that retention has deleted."""
        first = await first_offset(self._settings, tp.topic, tp.partition, expected)
        if first is not None and first < reached:
            return True
        self._gaps[tp] = (expected, reached)
        logger.warning("%s has no records from offset %d to %d", tp, expected, reached - 1)
        return False

    async def _checkpoint(self) -> None:
        """Every other one at least: while batches are worked on, or were a moment ago, one is put
        off, so that what a burst says is not held up by its state, which may be larger by far:
        neither here nor in the projections, which have it a little later."""
        if not self._started.is_set():
            return
        rested_s = time.monotonic() - self._worked_s
        busy = self._lock.locked() or rested_s < self._checkpoint_interval_s / 2
        self._put_off = busy and not self._put_off
        if self._put_off:
            return
        async with self._lock:
            await self._commit(await or_die(self._agent.checkpoint()))

    async def _commit(self, offsets: dict[tuple[str, int], int]) -> None:
        assigned = self._app.consumer.assignment()
        commits = {TP(*name): offset for name, offset in offsets.items() if TP(*name) in assigned}
        if commits:
            await self._app.consumer._commit(commits)

    async def _watch(self) -> None:
        """Seek partitions that stand beyond what the agent expects with nothing on its way.

        A fetch that was dropped while starting up would otherwise be missed until more came.
        """
        if not self._started.is_set() or self._app.rebalancing:
            return
        for tp in self._assigned():
            async with self._lock:
                if self._app.rebalancing or tp not in self._assigned():
                    return
                expected = await or_die(self._agent.position(tp.topic, tp.partition))
                reached = await self._app.consumer.position(tp)
                if reached is None or reached <= expected:
                    self._stalled.pop(tp, None)
                    if reached is not None and reached < expected:
                        await or_die(self._require(tp, expected))
                elif self._gaps.get(tp) == (expected, reached):
                    continue
                elif self._stalled.get(tp) != (expected, reached):
                    self._stalled[tp] = (expected, reached)
                elif await self._misses_records(tp, expected, reached):
                    await self._app.consumer.seek_wait({tp: expected})
        if self._assigned() or self._app.unassigned:
            self._announce_ready()

    async def _look_for_topics(self) -> None:
        """Have the work divided again where topics were overlooked."""
        if not self._started.is_set() or self._app.rebalancing:
            return
        missing = lacking(self._assigned(), self._agent.topics)
        with suppress(KafkaError, OSError):  # looked for again by the next one
            if await self._overlooked.look(missing):
                logger.warning("%s turned up: the work is divided again", ", ".join(missing))

    def _assigned(self) -> list[TP]:
        return sorted(tp for tp in self._app.consumer.assignment())

    def _announce_ready(self) -> None:
        if self._ready_file is not None:
            Path(self._ready_file).touch()
            self._ready_file = None

    async def _revoked(self, *_: Any, **__: Any) -> None:
        if not self._started.is_set():
            return
        async with self._lock:
            await self._commit(await or_die(self._agent.checkpoint()))
            await or_die(self._agent.release())

    async def _shutdown(self, *_: Any, **__: Any) -> None:
        if not self._started.is_set():
            return
        async with self._lock:
            await self._commit(await or_die(self._agent.checkpoint()))
            await or_die(self._agent.stop())
            self._started.clear()
            self._pulse.stop()


def run_app(app: Any, stall_limit_s: float = LIMIT_S) -> None:
    """Run the worker until SIGTERM or SIGINT. stall_limit_s: how long an assignment may take."""
    # A batch makes some hundred thousand short-lived tuples, none of them in a cycle: with Python's
    # own threshold of 700 the collector would look at all of them again and again.
    gc.freeze()
    gc.set_threshold(GC_THRESHOLD)
    Stall(app.flow_control.is_active, stall_limit_s).start()
    faust.Worker(app, loglevel="INFO", quiet=True).execute_from_commandline()
