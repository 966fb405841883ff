"""The projections agent: fetched batches in, committed rows out.

The offsets that it commits to the broker only show how far it is: on assignment the database's
position counts, and the binding seeks to it.

Batches of two partitions are in work at a time: while the database writes one, the next one is
decoded. Those of one partition follow each other.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence

from processors.projections.projector import Projector
from processors.projections.sink import StalePosition
from processors.projections.topics import PROJECTED
from processors.projections.upkeep import Upkeep
from streams.crash import background
from streams.records import Record
from streams.settings import Settings

logger = logging.getLogger(__name__)

BATCHES_MAX = 2
STOP_LIMIT_S = 2.0


class ProjectionsAgent:
    """A BatchAgent over every topic that has tables."""

    def __init__(self, settings: Settings) -> None:
        self.topics = tuple(topic.name for topic in PROJECTED)
        self._projector = Projector(settings)
        self._upkeep = Upkeep(settings)
        self._upkeep_task: asyncio.Task[None] | None = None
        self._advanced: dict[tuple[str, int], int] = {}
        self._working: dict[tuple[str, int], asyncio.Task[None]] = {}

    async def start(self) -> None:
        await self._projector.start()
        self._upkeep_task = background(self._upkeep.run())

    async def stop(self) -> None:
        if self._working:  # what is cut off leaves no trace, and is done by who comes next
            _, late = await asyncio.wait(self._working.values(), timeout=STOP_LIMIT_S)
            for task in late:
                task.cancel()
        if self._upkeep_task is not None:
            self._upkeep_task.cancel()
            await asyncio.wait([self._upkeep_task])
        await self._projector.stop()

    async def position(self, topic: str, partition: int) -> int:
        while (topic, partition) in self._working:
            await self._next_done()
        return await self._projector.position(topic, partition)

    async def handle(self, topic: str, partition: int, records: Sequence[Record]) -> None:
        """Begin the work; what goes wrong with it is raised by whichever call comes next."""
        while len(self._working) >= BATCHES_MAX or (topic, partition) in self._working:
            await self._next_done()
        work = self._project(topic, partition, records)
        self._working[topic, partition] = asyncio.create_task(work)

    async def _project(self, topic: str, partition: int, records: Sequence[Record]) -> None:
        try:
            self._advanced[topic, partition] = await self._projector.handle(
                topic, partition, records
            )
        except StalePosition as stale:
            # The position is loaded anew with the next batch, and sought by the binding.
            logger.warning("%s", stale)

    async def _next_done(self) -> None:
        await asyncio.wait(self._working.values(), return_when=asyncio.FIRST_COMPLETED)
        self._collect()

    def _collect(self) -> None:
        """Forget what is done; raise what it raised."""
        for name, task in list(self._working.items()):
            if task.done():
                del self._working[name]
                task.result()

    async def _finish(self) -> None:
        while self._working:
            await self._next_done()

    async def checkpoint(self) -> dict[tuple[str, int], int]:
        self._collect()
        advanced, self._advanced = self._advanced, {}
        return advanced

    async def release(self) -> None:
        await self._finish()
        self._projector.release()
        self._advanced.clear()


def make_agent(settings: Settings) -> ProjectionsAgent:
    """The agent of the role `projections`."""
    return ProjectionsAgent(settings)
