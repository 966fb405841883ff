"""Binds standing screens to the log: registrations and what was said in, closes out.

The owner of a partition of registrations runs its screens, and reads all partitions of the bars by
itself. It decides about closes when it has read all that was on the log as it asked, so that what
it says does not depend on which partition is read faster. What is said counts once it is on the
log: after a restart, or a change of owner, a screen goes on behind the last close that is there.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
import uuid
from collections.abc import Sequence
from hashlib import sha256

from aiokafka import TopicPartition

from processors.research.standing.core import Standing, fold
from processors.research.standing.known import Known
from processors.research.standing.market import Market
from processors.research.standing.track import Track
from sandbox.errors import SandboxError
from sandbox.host.cache import cached_native
from sandbox.host.engine import SandboxEngine
from sandbox.host.instance import Instance
from sandbox.host.module import load_module
from sandbox.metadata import is_ours
from schemas.events.screens import ScreenClosed, ScreenEvent, ScreenRefused, ScreenRegistered
from streams.actions import ActionError
from streams.admission import admit
from streams.catalog import (
    ACTIONS,
    BARS,
    BY_NAME,
    INSTRUMENTS,
    SCREENS,
    STANDING,
    UNIVERSES,
    VERSIONS,
)
from streams.codec import RecordError, encode
from streams.crash import background
from streams.producer import Publisher, partition_of
from streams.reader import Batches, LogBounds, LogReader, partitions_of, read_partition
from streams.records import Record
from streams.settings import Settings

logger = logging.getLogger(__name__)

SOURCE = "/peripheral/processors/research/standing"
SETTLE_S = 0.5
SETTLE_MAX_S = 5.0
"""Bars may be written partition by partition, days of them at once: the time that they tell counts
once none has come for SETTLE_S, or after SETTLE_MAX_S of bars without a pause. So a close that has
all of its bars is said at once, and one that lacks some a moment later."""
SERIES_MAX = 100_000
CLOSES_AT_ONCE = 64
NEVER = -(2**63)
READ_MAX = 4_096


class StandingScreens:
    """A BatchAgent over registrations and what screens have said."""

    def __init__(self, settings: Settings) -> None:
        self.topics = (STANDING.name, SCREENS.name)
        self._settings = settings
        self._partitions = settings.kafka.partitions
        self._publisher = Publisher(settings, "screens")
        self._engine = SandboxEngine()
        self._native_of = cached_native(settings.module_cache_dir)
        self._owned: dict[int, dict[str, Standing]] = {}
        self._next: dict[tuple[str, int], int] = {}
        self._tracks: dict[str, Track] = {}
        self._unread: dict[str, dict[int, ScreenClosed]] = {}
        """By screen and close, what this process has said and not yet met on the log."""
        self._known = Known()
        self._market = Market(self._partitions)
        self._settled: dict[str, int] = {}
        """The market's clocks as they count."""
        self._settled_s = self._moved_s = 0.0
        self._followed = [
            tp
            for topic in (BARS, UNIVERSES, INSTRUMENTS, ACTIONS, VERSIONS)
            for tp in partitions_of(topic.name, self._partitions)
        ]
        self._log = LogReader(settings, dict.fromkeys(self._followed, 0))
        self._background: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        await self._publisher.start()
        await self._log.start()
        self._bounds = LogBounds(self._settings, self._followed)
        await self._bounds.start()
        self._background.append(background(self._run()))

    async def stop(self) -> None:
        for task in self._background:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
        await self._bounds.stop()
        await self._log.stop()
        await self._publisher.stop()

    async def position(self, topic: str, partition: int) -> int:
        if partition not in self._owned:
            await self._rebuild(partition)
        return self._next[topic, partition]

    async def handle(self, topic: str, partition: int, records: Sequence[Record]) -> None:
        for record in records:
            self._read(self._owned[partition], topic, record)
        self._next[topic, partition] = records[-1].offset + 1

    async def checkpoint(self) -> dict[tuple[str, int], int]:
        return dict(self._next)

    async def release(self) -> None:
        self._owned.clear()
        self._next.clear()
        self._tracks.clear()
        self._unread.clear()

    async def _rebuild(self, partition: int) -> None:
        """What the log has of the partition's screens."""
        screens: dict[str, Standing] = {}
        for topic in self.topics:
            records = await read_partition(self._settings, topic, partition)
            for record in records:
                self._read(screens, topic, record)
            self._next[topic, partition] = records[-1].offset + 1 if records else 0
        self._owned[partition] = screens

    def _read(self, screens: dict[str, Standing], topic: str, record: Record) -> None:
        try:
            event = admit(record, BY_NAME[topic], self._partitions)
        except RecordError as error:
            # The projections agent writes the dead letter.
            logger.warning("skipped %s/%d: %s", topic, record.offset, error.message)
            return
        assert isinstance(event, ScreenEvent)
        name = event.screen_id
        before = screens.get(name, Standing())
        screens[name] = fold(before, event)
        if isinstance(event, ScreenClosed) and screens[name] is not before:
            self._met(name, event)

    def _met(self, name: str, event: ScreenClosed) -> None:
        """A close is on the log. Where it is another owner's, that is what the next one is
        compared with: the screen begins anew behind it."""
        if name in self._tracks and self._unread[name].pop(event.close_ts, None) != event:
            logger.warning("somebody else said what %s picks", name)
            self._drop(name)

    def _drop(self, name: str) -> None:
        self._tracks.pop(name, None)
        self._unread.pop(name, None)

    def _running(self) -> dict[str, Standing]:
        """The screens of all partitions that shall run."""
        return {
            name: state
            for screens in self._owned.values()
            for name, state in screens.items()
            if state.runs is not None
        }

    async def _run(self) -> None:
        while True:
            await self._read_to_ends()
            running = self._running()
            self._let_go(running)
            await self._join({n: s for n, s in running.items() if n not in self._tracks})
            for name, track in list(self._tracks.items()):
                if not track.is_stale:
                    await self._close(name, track)
            self._take(await self._log.batches(SETTLE_S, READ_MAX))
            self._settle()

    def _let_go(self, running: dict[str, Standing]) -> None:
        """Drop whom nobody wants any more, and who is stale once all that it has said is met: the
        next one goes on behind that, and says nothing twice."""
        for name, track in list(self._tracks.items()):
            if name not in running or (track.is_stale and not self._unread[name]):
                self._drop(name)

    def _settle(self) -> None:
        """Let the time count that the bars tell, unless more of them are on their way."""
        now_s = time.monotonic()
        if now_s - self._moved_s >= SETTLE_S or now_s - self._settled_s >= SETTLE_MAX_S:
            self._settled, self._settled_s = dict(self._market.clocks), now_s

    async def _read_to_ends(self) -> None:
        ends = await self._bounds.ends()
        while any([await self._log.position(tp) < end for tp, end in ends.items()]):
            self._take(await self._log.batches(records_max=READ_MAX))
            await asyncio.sleep(0)

    def _take(self, batches: Batches) -> None:
        for tp, records in batches.items():
            if tp.topic == BARS.name:
                self._market.take(tp.partition, records, self._tracks.values())
                self._moved_s = time.monotonic()
                continue
            for record in records:
                with contextlib.suppress(RecordError):  # the projection dead-letters it
                    event = admit(record, BY_NAME[tp.topic], self._partitions)
                    self._known.apply(event, record.timestamp)

    async def _join(self, newcomers: dict[str, Standing]) -> None:
        """Make tracks of those that can run, and bring them to where the others are."""
        made: dict[str, Track] = {}
        for name, state in newcomers.items():
            assert state.registered is not None
            track = await self._track(state.registered, state.last)
            if track is not None:
                made[name] = track
        if not made:
            return
        await self._read_history(made)
        running = self._running()  # by now
        for name, track in made.items():
            if name in running and running[name].last == newcomers[name].last:
                self._tracks[name] = track
                self._unread[name] = {}

    async def _track(self, registered: ScreenRegistered, last: ScreenClosed | None) -> Track | None:
        """None while it lacks something on the log, and where it can't run, which is then said."""
        version = self._known.version(registered.strategy_id, registered.version)
        if version is None or self._known.wanted(registered.universe) is None:
            return None
        if not is_ours(version.wasm):
            why = "The version is a module of another compiler, which runs live only as yet."
            await self._refuse(registered, "foreign_module", why)
            return None
        try:
            module = await asyncio.to_thread(
                load_module, self._engine, version.wasm, self._native_of
            )
            instance = Instance(module, SERIES_MAX)
            instance.free(instance.allocate(registered.params))
        except SandboxError as error:
            await self._refuse(registered, "params", f"{error}.")
            return None
        return Track(registered, instance, sha256(version.wasm).hexdigest(), self._known, last)

    async def _read_history(self, tracks: dict[str, Track]) -> None:
        """Offer all bars so far; those that no close waits for are evaluated as they come. Who
        can't go on is refused, and left out."""
        market, target = Market(self._partitions), dict(self._market.next)
        if not any(target.values()):
            return
        reader = LogReader(self._settings, dict.fromkeys(_bars(target), 0))
        await reader.start()
        try:
            while any([await reader.position(tp) < target[tp.partition] for tp in _bars(target)]):
                batches = await reader.batches(records_max=READ_MAX)
                found = await asyncio.to_thread(self._offer, market, batches, target, tracks)
                for name, error in found.items():
                    await self._interrupted(tracks.pop(name), error)
        finally:
            await reader.stop()

    def _offer(
        self, market: Market, batches: Batches, target: dict[int, int], tracks: dict[str, Track]
    ) -> dict[str, SandboxError]:
        """Why some of the tracks can't go on."""
        for tp, records in batches.items():
            below = [record for record in records if record.offset < target[tp.partition]]
            market.take(tp.partition, below, tracks.values())
        found = {}
        for name, track in tracks.items():
            try:
                track.warm_up(self._settled.get(track.wanted.feed))
            except SandboxError as error:
                found[name] = error
        return found

    async def _close(self, name: str, track: Track) -> None:
        """Say what the screen picks at all closes that are complete by now."""
        clock_us = self._settled.get(track.wanted.feed, NEVER)
        while True:
            try:
                said = await asyncio.to_thread(track.closes, clock_us, CLOSES_AT_ONCE)
            except SandboxError as error:
                self._drop(name)
                await self._interrupted(track, error)
                return
            except ActionError as error:
                self._drop(name)
                why = f"The splits and dividends can't be used: {error}."
                await self._refuse(track.registered, "actions", why)
                return
            if self._tracks.get(name) is not track:
                return  # the partition is somebody else's, or was said by somebody else
            self._unread[name].update({event.close_ts: event for event in said})
            home = partition_of(name.encode(), self._partitions)
            records = [
                encode(
                    event,
                    key=name,
                    event_id=f"{name}/{event.close_ts}",
                    source=SOURCE,
                    ts_us=event.close_ts,
                    owner=track.registered.author,
                )
                for event in said
            ]
            await asyncio.gather(*await self._publisher.publish_many(SCREENS.name, home, records))
            if len(said) < CLOSES_AT_ONCE:
                return

    async def _interrupted(self, track: Track, error: SandboxError) -> None:
        await self._refuse(track.registered, "interrupted", f"The strategy was ended: {error}.")

    async def _refuse(self, registered: ScreenRegistered, reason: str, message: str) -> None:
        name = registered.screen_id
        event = ScreenRefused(screen_id=name, reason=reason, message=message)
        now_us = time.time_ns() // 1_000
        record = encode(
            event,
            key=name,
            event_id=uuid.uuid4().hex,
            source=SOURCE,
            ts_us=now_us,
            owner=registered.author,
        )
        await self._publisher.publish(STANDING.name, record)
        for screens in self._owned.values():  # which the log says a moment later
            if name in screens:
                screens[name] = fold(screens[name], event)


def _bars(partitions: dict[int, int]) -> list[TopicPartition]:
    return [TopicPartition(BARS.name, partition) for partition in partitions]


def make_agent(settings: Settings) -> StandingScreens:
    """The agent that runs standing screens."""
    return StandingScreens(settings)
