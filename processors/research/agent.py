"""Binds research to the log: requests in, results out, worked at by processes of its own."""

from __future__ import annotations

import asyncio
import logging
import time
import uuid
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass
from typing import Any

from processors.research.attempt import attempt
from processors.research.core import End, Input, Lost, Request, Start, due, is_end
from processors.research.frames import Config
from processors.research.owned import Owned
from processors.research.pool import Pool, WorkerDiedError
from processors.research.turns import Turns
from schemas.events.research import ResearchResult, ResearchStarted
from schemas.events.trials import TrialsMade
from streams.catalog import (
    RESEARCH_BATCH,
    RESEARCH_BATCH_SNAPSHOTS,
    RESEARCH_REQUESTS,
    RESEARCH_RESULTS,
    RESEARCH_SNAPSHOTS,
    RESEARCH_TRIALS,
    Topic,
)
from streams.clock import now_ms
from streams.codec import encode
from streams.producer import Publisher
from streams.records import Record
from streams.settings import Settings

logger = logging.getLogger(__name__)

SOURCE = "/peripheral/processors/research"
TICK_S = 0.25


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
    from where the owner before left word that all earlier requests have ended. When a partition
    goes to another worker, the attempts that are under way go on: their records keep the lease, and
    the new owner waits.
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
        self._snapshots = RESEARCH_BATCH_SNAPSHOTS if batch else RESEARCH_SNAPSHOTS
        self._owned: dict[int, Owned] = {}
        self._open: dict[str, int] = {}
        """Requests that something may be due for, with their partition."""
        self._turns = Turns()
        self._doing: dict[str, Work] = {}
        self._background: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        await self._publisher.start()
        if self._keep_warm:
            await self._pool.start()
        self._background.append(asyncio.create_task(self._tick_on()))

    async def stop(self) -> None:
        """End at once; what is unfinished is attempted again by the partition's next owner."""
        await self.release()  # so that what ends by this begins nothing
        tasks = [*self._background, *(work.task for work in self._doing.values())]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._pool.close()
        await self._publisher.stop()

    async def position(self, topic: str, partition: int) -> int:
        if partition not in self._owned:
            await self._take_over(partition)
        return self._owned[partition].nexts[topic]

    async def handle(self, topic: str, partition: int, records: Sequence[Record]) -> None:
        owned = self._owned[partition]
        touched = dict.fromkeys(owned.read(topic, record) for record in records)
        for request_id in touched:
            if request_id is not None:
                self._look_at(partition, request_id)
                self._yield_to_others(partition, request_id)
                self._do(partition, request_id)

    async def checkpoint(self) -> dict[tuple[str, int], int]:
        found: dict[tuple[str, int], int] = {}
        for partition, owned in list(self._owned.items()):
            found |= {(topic, partition): offset for topic, offset in owned.nexts.items()}
            await owned.leave_word(self._publisher)
        return found

    async def release(self) -> None:
        self._owned.clear()
        self._open.clear()
        self._turns.clear()

    async def _tick_on(self) -> None:
        while True:
            await asyncio.sleep(TICK_S)
            for request_id, partition in list(self._open.items()):
                self._do(partition, request_id)

    async def _take_over(self, partition: int) -> None:
        owned = Owned(self._settings, self.topics, self._snapshots, partition)
        await owned.catch_up()
        self._owned[partition] = owned  # not before, or what has ended could look open
        for request_id in list(owned.ledger):
            self._look_at(partition, request_id)
            self._yield_to_others(partition, request_id)
        self._bury_predecessor(owned)

    def _bury_predecessor(self, owned: Owned) -> None:
        """End the leases of the process that had our name before: two never have it at once."""
        if self._instance is None:
            return
        for request_id in list(owned.ledger):
            state = owned.ledger.state(request_id)
            name, _, _ = state.worker.rpartition("/")
            if state.is_open and name == self._instance and state.worker != self._worker:
                self._note(owned.partition, request_id, Lost(state.attempt))

    def _note(self, partition: int, request_id: str, event: Input) -> None:
        """Fold what this process knows ahead of the log, or beside it."""
        owned = self._owned.get(partition)
        if owned is not None:
            owned.ledger.note(request_id, event, now_ms())
            self._look_at(partition, request_id)

    def _state(self, partition: int, request_id: str) -> Request:
        """A request of a partition; a fresh one where that has another owner."""
        owned = self._owned.get(partition)
        return Request() if owned is None else owned.ledger.state(request_id)

    def _look_at(self, partition: int, request_id: str) -> None:
        """Look at the request at each tick, as long as something may be due for it."""
        if self._state(partition, request_id).is_open:
            self._open[request_id] = partition
        else:
            self._open.pop(request_id, None)

    def _yield_to_others(self, partition: int, request_id: str) -> None:
        """Stop working at what has an end, or what another process has by now."""
        work = self._doing.get(request_id)
        if work is None or work.attempt is None:
            return
        state = self._state(partition, request_id)
        theirs = state.attempt == work.attempt and state.worker != self._worker
        if state.ended or state.attempt > work.attempt or theirs:
            work.task.cancel()

    def _do(self, partition: int, request_id: str) -> None:
        """Begin what is due, unless it was begun and the log does not show it yet."""
        action = due(self._state(partition, request_id), now_ms())
        work = self._doing.get(request_id)
        if work is not None:
            if isinstance(action, End) and work.attempt is not None:
                work.task.cancel()  # and once it has ended, this is due
        elif isinstance(action, Start):
            self._turns.add(action.run.author, request_id)
            self._begin()
        elif action is not None:
            self._work(partition, action, self._end(partition, action))

    def _begin(self) -> None:
        """Begin the attempts that have their turn, as many as there are workers free."""
        while self._turns and self._attempting < self._pool.size:
            request_id = self._turns.take()
            partition = self._open.get(request_id)
            if partition is None or request_id in self._doing:
                continue
            action = due(self._state(partition, request_id), now_ms())
            if isinstance(action, Start):
                self._work(partition, action, self._attempt(partition, action))

    @property
    def _attempting(self) -> int:
        return sum(work.attempt is not None for work in self._doing.values())

    def _work(self, partition: int, action: Start | End, run: Coroutine[Any, Any, None]) -> None:
        request_id = action.run.request_id if isinstance(action, Start) else action.event.request_id
        task = asyncio.create_task(run)
        self._doing[request_id] = Work(partition, action, task)
        task.add_done_callback(lambda done: self._done(request_id, done))

    def _done(self, request_id: str, task: asyncio.Task[None]) -> None:
        work = self._doing.pop(request_id)
        if self._is_over(request_id, work, None if task.cancelled() else task.exception()):
            self._do(work.partition, request_id)
        self._begin()

    def _is_over(self, request_id: str, work: Work, error: BaseException | None) -> bool:
        """Whether what is due next is so at once, and not at the next tick or the lease's end."""
        if isinstance(error, WorkerDiedError) and work.attempt is not None:
            logger.warning("attempt %d at %s: %s", work.attempt, request_id, error)
            if self._state(work.partition, request_id).attempt < work.attempt:
                return False  # no process could be had
            self._note(work.partition, request_id, Lost(work.attempt))
            return True
        if error is not None:
            logger.error("work at %s broke off: %r", request_id, error)
        return error is None

    async def _attempt(self, partition: int, start: Start) -> None:
        async with self._pool.worker() as worker:
            state = self._state(partition, start.run.request_id)
            if due(state, now_ms()) != start:
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
                    self._note(partition, event.request_id, event)
                await self._emit(partition, event, name, start.run.author)

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
        await self._emit(partition, action.event, "end", action.author)

    async def _emit(self, partition: int, event: ResearchResult, name: str, author: str) -> None:
        await self._publisher.publish(
            RESEARCH_RESULTS.name,
            encode(
                event,
                key=event.request_id,
                event_id=f"{event.request_id}/{name}/{self._worker}",
                source=SOURCE,
                ts_us=time.time_ns() // 1_000,
                owner=author,
            ),
        )
        if is_end(event):  # which counts once it is on the log
            self._note(partition, event.request_id, event)


def _make(settings: Settings, requests: Topic, workers: int, **more: Any) -> Research:
    config = Config(settings.database_url, str(settings.module_cache_dir))
    return Research(settings, requests, Pool(workers, config), **more)


def make_agent(settings: Settings) -> Research:
    """The agent of research that somebody waits for."""
    return _make(settings, RESEARCH_REQUESTS, settings.research.workers, keep_warm=True)


def make_batch_agent(settings: Settings) -> Research:
    """The agent of research that nobody waits for."""
    return _make(settings, RESEARCH_BATCH, settings.research.batch_workers, keep_warm=False)
