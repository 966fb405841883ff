"""Folds the log into a world, up to a cut, by the projector that is live as well."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from aiokafka import TopicPartition

from deploy.errors import UserError
from deploy.worlds.cut import Cut
from deploy.worlds.world import SESSIONS
from processors.projections.letters import NoLetters
from processors.projections.projector import Projector
from streams.reader import LogReader
from streams.settings import Settings

Progress = Callable[[int, int], None]
"""Told how many records are folded, and of how many."""


class Filler:
    """Fills a world, each time from where it stands."""

    def __init__(self, settings: Settings, progress: Progress) -> None:
        self._settings = settings
        self._projector = Projector(settings, NoLetters(), SESSIONS)
        self._progress = progress
        self._done = 0
        self._total = 0

    async def close(self) -> None:
        await self._projector.stop()

    async def fill(self, cut: Cut) -> int:
        """Fold what the world lacks of the cut; gives how many records that were.

        Raises `UserError` where the log begins behind what the world lacks, and LogCutShortError
        where it ends before it.
        """
        lacking = await self._lacking(cut)
        self._total += sum(cut.ends[tp] - start for tp, start in lacking.items())
        before = self._done
        if lacking:
            reader = LogReader(self._settings, lacking)
            await reader.start()
            try:
                await self._refuse_lost(reader, lacking)
                await self._follow(reader, set(lacking), cut)
            finally:
                await reader.stop()
        return self._done - before

    async def _lacking(self, cut: Cut) -> dict[TopicPartition, int]:
        positions = {tp: await self._projector.position(tp.topic, tp.partition) for tp in cut.ends}
        return {tp: at for tp, at in positions.items() if at < cut.ends[tp]}

    async def _refuse_lost(self, reader: LogReader, starts: Mapping[TopicPartition, int]) -> None:
        for tp, begin in (await reader.begins()).items():
            if begin > starts[tp]:
                raise UserError(
                    f"The log of {tp.topic}/{tp.partition} begins at offset {begin}: what lay "
                    "before is gone, and its tables can't be made of it. Restore it from a backup."
                )

    async def _follow(self, reader: LogReader, waiting: set[TopicPartition], cut: Cut) -> None:
        while waiting:
            over = set()
            for tp, records in (await reader.batches()).items():
                counted = cut.within(tp, records)
                if counted.over:
                    over.add(tp)
                if counted.records:
                    await self._projector.handle(tp.topic, tp.partition, counted.records)
                    self._done += len(counted.records)
                    self._progress(self._done, max(self._done, self._total))
            for tp in list(waiting):
                if tp in over or await reader.position(tp) >= cut.ends[tp]:
                    reader.pause(tp)
                    waiting.remove(tp)
