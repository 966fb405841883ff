"""Folds the log into a world, up to a cut, by the projector that is live as well."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import aclosing

from aiokafka import TopicPartition

from deploy.worlds.cut import Cut
from deploy.worlds.stretch import records_within
from deploy.worlds.world import SESSIONS
from processors.projections.letters import NoLetters
from processors.projections.projector import Projector
from streams.records import Record
from streams.settings import Settings

PATIENCE_S = 60.0
"""Somebody waits for it, and can begin it again."""

Progress = Callable[[int, int], None]
"""Told how many records are folded, and of how many."""


class Filler:
    """Fills a world, each time from where it stands."""

    def __init__(self, settings: Settings, progress: Progress) -> None:
        self._settings = settings
        self._projector = Projector(settings, NoLetters(), SESSIONS, PATIENCE_S)
        self._progress = progress
        self._started = False
        self._done = 0
        self._total = 0

    async def close(self) -> None:
        await self._projector.stop()

    async def fill(self, cut: Cut) -> int:
        """Fold what the world lacks of the cut; gives how many records that were.

        Raises `UserError` where the log begins behind what the world lacks, and LogCutShortError
        where it ends before it.
        """
        if not self._started:
            await self._projector.start()
            self._started = True
        starts = {tp: await self.position(tp) for tp in cut.ends}
        self._total += sum(max(0, cut.ends[tp] - start) for tp, start in starts.items())
        before = self._done
        async with aclosing(records_within(self._settings, starts, cut)) as stretch:
            async for tp, records in stretch:
                await self.handle(tp, records)
        return self._done - before

    async def position(self, tp: TopicPartition) -> int:
        """The offset at which a partition goes on."""
        return await self._projector.position(tp.topic, tp.partition)

    async def handle(self, tp: TopicPartition, records: Sequence[Record]) -> None:
        """Fold records of a partition, which go on where it stands."""
        await self._projector.handle(tp.topic, tp.partition, records)
        self._done += len(records)
        self._progress(self._done, max(self._done, self._total))
