"""The process's one reader of the log: fills the ring and the directory, wakes who waits.

It reads every event topic without a consumer group. Topics that the directory folds are
read from their first record. Of the others it goes BACKLOG_RECORDS back, so that clients
which reconnect after a restart of this process are served from the ring, and so that the
marks by which repeats are told are right: a repeat lies at most one checkpoint of its agent
(one or two seconds) behind the record that it repeats. Where an agent writes all again, it begins
where the database stands, with the marks that the database has (`api/log/replays.py`).
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack

from aiokafka import TopicPartition
from aiokafka.errors import KafkaError

from api.log.answers import Answers
from api.log.directory import Directory
from api.log.replays import replayed
from api.log.research import TOPICS as RESEARCH_TOPICS
from api.log.research import RecentResearch
from api.reads.protocol import NextOffset, ViewUnavailableError
from api.stream.events import EventReader, is_derived
from api.stream.hub import Hub
from api.stream.ring import Ring
from api.stream.vector import Partition
from streams.catalog import (
    ACTIVATIONS,
    DEPLOYMENTS,
    EDITS,
    ERASURES,
    EVENT_TOPICS,
    VERSIONS,
)
from streams.groups import GroupOffsets
from streams.keyring import keyring_of
from streams.marks import HighWaterMarks
from streams.reader import LogBounds, LogReader, partitions_of, read_topic
from streams.records import Record
from streams.settings import Settings

BACKLOG_RECORDS = 20_000
BATCH_RECORDS_MAX = 500
"""So many are taken in before requests get their turn: about 3 ms."""
RETRY_S = 1.0
ANSWER_LIMIT_S = 5.0

DIRECTORY_TOPICS = frozenset(topic.name for topic in (EDITS, VERSIONS, DEPLOYMENTS, ACTIVATIONS))

log = logging.getLogger(__name__)


class LogUnavailableError(RuntimeError):
    """The broker is away, or this process has not yet read the log."""


class Tail:
    """Follows the log from `start` to `stop`, through outages of the broker."""

    def __init__(
        self, settings: Settings, hub: Hub, projected: Callable[[], Awaitable[list[NextOffset]]]
    ) -> None:
        """projected: how far the database is."""
        self.ring = Ring()
        self.directory = Directory()
        self.research = RecentResearch()
        self.answers = Answers()
        self.caught_up = asyncio.Event()
        """Set once all that was on the log at the start has been read."""
        self._settings = settings
        self._hub = hub
        self._projected = projected
        self._reader = EventReader(settings.kafka.partitions)
        self._marks = HighWaterMarks()
        self._next: dict[TopicPartition, int] = {}
        self._must_forget = False
        self._goal: dict[TopicPartition, int] = {}
        self._bounds: LogBounds | None = None
        self._groups: GroupOffsets | None = None
        self._task: asyncio.Task[None] | None = None

    @property
    def partitions(self) -> list[TopicPartition]:
        count = self._settings.kafka.partitions
        return [tp for topic in EVENT_TOPICS for tp in partitions_of(topic.name, count)]

    @property
    def stopped(self) -> bool:
        """Whether it has ended by a bug, or because another log took the place of the first."""
        return self._task is not None and self._task.done()

    def start(self) -> None:
        self._task = asyncio.create_task(self._run_forever(), name="log-tail")

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task], timeout=1)

    async def wait_until_caught_up(self, limit_s: float) -> None:
        """Return at once as a rule; raises LogUnavailableError."""
        try:
            async with asyncio.timeout(limit_s):
                await self.caught_up.wait()
        except TimeoutError:
            raise LogUnavailableError("the log has not been read up to its end yet") from None

    async def bounds(self) -> tuple[Mapping[Partition, int], Mapping[Partition, int]]:
        """First offset and end of every partition, from the broker now.

        Raises LogUnavailableError.
        """
        bounds = self._bounds
        if bounds is None:
            raise LogUnavailableError("the broker can't be reached")
        try:
            async with asyncio.timeout(ANSWER_LIMIT_S):
                begins, ends = await asyncio.gather(bounds.begins(), bounds.ends())
        except (TimeoutError, KafkaError) as error:
            raise LogUnavailableError("the broker does not answer") from error
        return (
            {(tp.topic, tp.partition): offset for tp, offset in begins.items()},
            {(tp.topic, tp.partition): offset for tp, offset in ends.items()},
        )

    async def committed(self) -> Mapping[tuple[str, str, int], int]:
        """The next offset of each compute role, by (role, topic, partition), as last committed.

        Raises LogUnavailableError.
        """
        groups = self._groups
        if groups is None:
            raise LogUnavailableError("the broker can't be reached")
        try:
            async with asyncio.timeout(ANSWER_LIMIT_S):
                return await groups.committed()
        except (TimeoutError, KafkaError) as error:
            raise LogUnavailableError("the broker does not answer") from error

    async def _run_forever(self) -> None:
        while True:
            try:
                await self._run()
            except (KafkaError, OSError, TimeoutError) as error:
                log.warning("the log can't be read, trying again: %r", error)
            except Exception:
                log.exception("the log is followed no longer; this process has to be restarted")
                raise
            finally:
                self._bounds = None
                self._groups = None
            await asyncio.sleep(RETRY_S)

    async def _run(self) -> None:
        async with AsyncExitStack() as opened:
            bounds = LogBounds(self._settings, self.partitions)
            opened.push_async_callback(bounds.stop)
            await bounds.start()
            groups = GroupOffsets(self._settings)
            opened.push_async_callback(groups.stop)
            await groups.start()
            if not self._next:
                await self._find_start(bounds)
            reader = LogReader(self._settings, self._next)
            opened.push_async_callback(reader.stop)
            await reader.start()
            self._bounds = bounds
            self._groups = groups
            await self._follow(reader)

    async def _follow(self, reader: LogReader) -> None:
        while True:
            batches = await reader.batches(records_max=BATCH_RECORDS_MAX)
            self.take(batches)
            self._must_forget |= any(tp.topic == ERASURES.name for tp in batches)
            if self._must_forget and self.caught_up.is_set():
                await self._forget()
                self._must_forget = False
            await asyncio.sleep(0)
            if not self.caught_up.is_set():
                await self._check_caught_up(reader)

    async def _forget(self) -> None:
        """Keep nothing of people who were erased: what this process holds, it reads anew."""
        await keyring_of(self._settings).read()
        self.ring.forget()
        self.research = RecentResearch()
        directory = Directory()
        for topic in DIRECTORY_TOPICS:
            for records in (await read_topic(self._settings, topic)).values():
                for record in records:
                    tp = TopicPartition(record.topic, record.partition)
                    found = self._reader.read(record) if record.offset < self._next[tp] else None
                    if found is not None and found[1] is not None:
                        directory.apply(found[1])
        self.directory = directory

    async def _find_start(self, bounds: LogBounds) -> None:
        """Ask where the log begins and ends, and read from there."""
        async with asyncio.timeout(ANSWER_LIMIT_S):
            begins, ends = await asyncio.gather(bounds.begins(), bounds.ends())
        self._goal = ends
        self._next = {
            tp: begins[tp]
            if tp.topic in DIRECTORY_TOPICS
            else max(begins[tp], ends[tp] - BACKLOG_RECORDS)
            for tp in self.partitions
        }
        await self._skip_replays(begins, ends)
        self.ring.begin({(tp.topic, tp.partition): next_ for tp, next_ in self._next.items()})

    async def _skip_replays(
        self, begins: Mapping[TopicPartition, int], ends: Mapping[TopicPartition, int]
    ) -> None:
        try:
            async with asyncio.timeout(ANSWER_LIMIT_S):
                projected = await self._projected()
        except (TimeoutError, ViewUnavailableError) as error:
            log.warning("repeats of long ago can't be told without the database: %s", error)
            return
        starts = {tp: start for tp, start in self._next.items() if start > begins[tp]}
        for tp, found in (await replayed(self._settings, projected, starts, ends)).items():
            log.warning("%s is being written again; read from %d on", tp, found.offset)
            self._next[tp] = found.offset
            self._marks.rises(tp.topic, tp.partition, found.mark)

    async def _check_caught_up(self, reader: LogReader) -> None:
        for tp, end in self._goal.items():
            if await reader.position(tp) < end:
                return
        self.caught_up.set()

    def take(self, batches: Mapping[TopicPartition, Sequence[Record]]) -> None:
        """Take in what came, and wake the stream's clients once for all of it."""
        for tp, records in batches.items():
            for record in records:
                self._take_record(record)
            if records:
                self._next[tp] = records[-1].offset + 1
        if batches:
            self._hub.wake()

    def _take_record(self, record: Record) -> None:
        found = self._reader.read(record)
        if found is None:
            return
        streamed, event = found
        mark = streamed.labels.mark
        if is_derived(record.topic) and not self._marks.rises(*streamed.partition, mark):
            return
        self.ring.append(streamed)
        if event is None:
            return
        if record.topic in DIRECTORY_TOPICS:
            self.directory.apply(event)
            self.answers.see(event)
        elif record.topic in RESEARCH_TOPICS:
            self.research.apply(record.topic, event)
            self.answers.see(event)
