"""Binds research to the log: requests in, results out, worked at by processes of its own."""

from __future__ import annotations

import asyncio
import logging
import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from aiokafka import TopicPartition

from processors.research.attempt import attempt
from processors.research.core import Action, End, Input, Lost, Request, Start, due, fold, is_end
from processors.research.frames import Config
from processors.research.pool import Pool, WorkerDiedError
from schemas.events.research import ResearchEvent, ResearchResult, ResearchStarted
from schemas.events.trials import TrialsMade
from streams.admission import admit
from streams.catalog import (
    BY_NAME,
    RESEARCH_BATCH,
    RESEARCH_REQUESTS,
    RESEARCH_RESULTS,
    RESEARCH_TRIALS,
    Topic,
)
from streams.codec import RecordError, encode
from streams.producer import Publisher
from streams.reader import LogReader
from streams.records import Record
from streams.settings import Settings

logger = logging.getLogger(__name__)

SOURCE = "/peripheral/processors/research"
TICK_S = 0.25

Requests = dict[str, Request]


def now_ms() -> int:
    return time.time_ns() // 1_000_000


@dataclass(slots=True)
class Work:
    """What this process does about a request."""

    partition: int
    action: Start | End
    task: asyncio.Task[None]

    @property
    def attempt(self) -> int | None:
        """Which attempt it is; None where it ends the request."""
        return self.action.attempt if isinstance(self.action, Start) else None


class Research:
    """A BatchAgent that has the requests of one topic worked at.

    Its state is a fold of that topic and of the results; on taking a partition over it reads both
    from the beginning. When a partition goes to another worker, the attempts that are under way go
    on: their records keep the lease, and the new owner waits.
    """

    def __init__(self, settings: Settings, requests: Topic, pool: Pool, *, keep_warm: bool) -> None:
        self.topics = (requests.name, RESEARCH_RESULTS.name)
        self._settings = settings
        self._pool = pool
        self._keep_warm = keep_warm
        research = settings.research
        batch = requests is RESEARCH_BATCH
        self._timeout_s = research.batch_timeout_s if batch else research.timeout_s
        self._instance = settings.worker.instance_id
        self._worker = f"{self._instance or 'research'}/{uuid.uuid4().hex[:12]}"
        self._publisher = Publisher(settings, requests.name)
        self._owned: dict[int, Requests] = {}
        self._next: dict[tuple[str, int], int] = {}
        self._open: dict[str, int] = {}
        """Requests that something may be due for, with their partition."""
        self._doing: dict[str, Work] = {}
        self._background: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        await self._publisher.start()
        if self._keep_warm:
            await self._pool.start()
        self._background.append(asyncio.create_task(self._tick_on()))

    async def stop(self) -> None:
        """End at once; what is unfinished is attempted again by the partition's next owner."""
        self._owned.clear()  # so that what ends by this begins nothing
        self._open.clear()
        tasks = [*self._background, *(work.task for work in self._doing.values())]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._pool.close()
        await self._publisher.stop()

    async def position(self, topic: str, partition: int) -> int:
        if partition not in self._owned:
            await self._rebuild(partition)
        return self._next[topic, partition]

    async def handle(self, topic: str, partition: int, records: Sequence[Record]) -> None:
        touched = dict.fromkeys(self._read(topic, partition, record) for record in records)
        for request_id in touched:
            if request_id is not None:
                self._do(partition, request_id)

    async def checkpoint(self) -> dict[tuple[str, int], int]:
        return dict(self._next)

    async def release(self) -> None:
        self._owned.clear()
        self._next.clear()
        self._open.clear()

    async def _tick_on(self) -> None:
        while True:
            await asyncio.sleep(TICK_S)
            for request_id, partition in list(self._open.items()):
                self._do(partition, request_id)

    async def _rebuild(self, partition: int) -> None:
        """Fold the partition's records: all requests first, so that results find theirs."""
        self._owned[partition] = {}
        try:
            for topic in self.topics:
                tp = TopicPartition(topic, partition)
                reader = LogReader(self._settings, {tp: 0})
                await reader.start()
                try:
                    async for batches in reader.to_end():
                        for record in batches.get(tp, ()):
                            self._read(topic, partition, record)
                    self._next[topic, partition] = await reader.position(tp)
                finally:
                    await reader.stop()
        except BaseException:
            del self._owned[partition]
            raise
        self._bury_predecessor(partition)

    def _bury_predecessor(self, partition: int) -> None:
        """End the leases of the process that had our name before: two never have it at once."""
        if self._instance is None:
            return
        for request_id, state in list(self._owned[partition].items()):
            name, _, _ = state.worker.rpartition("/")
            if state.is_open and name == self._instance and state.worker != self._worker:
                self._apply(partition, request_id, Lost(state.attempt), now_ms())

    def _read(self, topic: str, partition: int, record: Record) -> str | None:
        """Fold a record; the request that it is about."""
        self._next[topic, partition] = record.offset + 1
        try:
            event = admit(record, BY_NAME[topic], self._settings.kafka.partitions)
        except RecordError as error:
            # The projections agent writes the dead letter.
            logger.warning("skipped %d/%d: %s", partition, record.offset, error.message)
            return None
        assert isinstance(event, ResearchEvent)
        self._apply(partition, event.request_id, event, record.timestamp)  # type: ignore[arg-type]  # the topics carry no others
        self._yield_to_others(event.request_id, self._owned[partition][event.request_id])
        return event.request_id

    def _apply(self, partition: int, request_id: str, event: Input, at_ms: int) -> None:
        requests = self._owned.get(partition)
        if requests is None:
            return
        state = requests[request_id] = fold(requests.get(request_id, Request()), event, at_ms)
        if state.is_open:
            self._open[request_id] = partition
        else:
            self._open.pop(request_id, None)

    def _yield_to_others(self, request_id: str, state: Request) -> None:
        """Stop working at what has an end, or what another process has by now."""
        work = self._doing.get(request_id)
        if work is None or work.attempt is None:
            return
        theirs = state.attempt == work.attempt and state.worker != self._worker
        if state.ended or state.attempt > work.attempt or theirs:
            work.task.cancel()

    def _do(self, partition: int, request_id: str) -> None:
        """Begin what is due, unless it was begun and the log does not show it yet."""
        state = self._owned.get(partition, {}).get(request_id)
        action: Action = None if state is None else due(state, now_ms())
        if action is None:
            return
        work = self._doing.get(request_id)
        if work is not None:
            if isinstance(action, End) and work.attempt is not None:
                work.task.cancel()  # and once it has ended, this is due
            return
        run = (
            self._attempt(partition, action)
            if isinstance(action, Start)
            else self._end(partition, action)
        )
        task = asyncio.create_task(run)
        self._doing[request_id] = Work(partition, action, task)
        task.add_done_callback(lambda done: self._done(request_id, done))

    def _done(self, request_id: str, task: asyncio.Task[None]) -> None:
        work = self._doing.pop(request_id)
        error = None if task.cancelled() else task.exception()
        if isinstance(error, WorkerDiedError) and work.attempt is not None:
            logger.warning("attempt %d at %s: %s", work.attempt, request_id, error)
            if self._attempts(work.partition, request_id) < work.attempt:
                return  # no process could be had; at the next tick
            self._apply(work.partition, request_id, Lost(work.attempt), now_ms())
        elif error is not None:
            logger.error("work at %s broke off: %r", request_id, error)
            return  # at the next tick, or its lease's end
        self._do(work.partition, request_id)

    def _attempts(self, partition: int, request_id: str) -> int:
        return self._owned.get(partition, {}).get(request_id, Request()).attempt

    async def _attempt(self, partition: int, start: Start) -> None:
        async with self._pool.worker() as worker:
            state = self._owned.get(partition, {}).get(start.run.request_id)
            if state is None or due(state, now_ms()) != start:
                return  # it was cancelled, or is somebody else's, by now
            lease_s = self._settings.research.lease_s
            begun = ResearchStarted(
                request_id=start.run.request_id,
                attempt=start.attempt,
                worker=self._worker,
                lease_s=lease_s,
            )

            async def emit(event: ResearchResult, name: str) -> None:
                if not is_end(event):
                    self._apply(partition, event.request_id, event, now_ms())
                await self._emit(partition, event, name)

            started = asyncio.create_task(emit(begun, f"{start.attempt}/started"))
            try:
                await attempt(
                    *(start, worker, started, emit, self._record),
                    lease_s=lease_s,
                    timeout_s=self._timeout_s,
                )
            except WorkerDiedError:
                await started  # the log shall show it, however short
                raise
            finally:
                started.cancel()

    async def _record(self, made: TrialsMade) -> None:
        record = encode(
            made,
            key=made.strategy_id,
            event_id=uuid.uuid4().hex,
            source=SOURCE,
            ts_us=time.time_ns() // 1_000,
        )
        await self._publisher.publish(RESEARCH_TRIALS.name, record)

    async def _end(self, partition: int, action: End) -> None:
        await self._emit(partition, action.event, "end")

    async def _emit(self, partition: int, event: ResearchResult, name: str) -> None:
        await self._publisher.publish(
            RESEARCH_RESULTS.name,
            encode(
                event,
                key=event.request_id,
                event_id=f"{event.request_id}/{name}/{self._worker}",
                source=SOURCE,
                ts_us=time.time_ns() // 1_000,
            ),
        )
        if is_end(event):  # which counts once it is on the log
            self._apply(partition, event.request_id, event, now_ms())


def _make(settings: Settings, requests: Topic, workers: int, **more: Any) -> Research:
    config = Config(settings.database_url, str(settings.module_cache_dir))
    return Research(settings, requests, Pool(workers, config), **more)


def make_agent(settings: Settings) -> Research:
    """The agent of research that somebody waits for."""
    return _make(settings, RESEARCH_REQUESTS, settings.research.workers, keep_warm=True)


def make_batch_agent(settings: Settings) -> Research:
    """The agent of research that nobody waits for."""
    return _make(settings, RESEARCH_BATCH, settings.research.batch_workers, keep_warm=False)
