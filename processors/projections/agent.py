"""The projections agent: fetched batches in, committed rows out.

The offsets that it commits to the broker only show how far it is: on assignment the database's
position counts, and the binding seeks to it.
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


class ProjectionsAgent:
    """A BatchAgent over every topic that has tables."""

    def __init__(self, settings: Settings) -> None:
        self.topics = tuple(topic.name for topic in PROJECTED)
        self._projector = Projector(settings)
        self._upkeep = Upkeep(settings)
        self._upkeep_task: asyncio.Task[None] | None = None
        self._advanced: dict[tuple[str, int], int] = {}

    async def start(self) -> None:
        await self._projector.start()
        self._upkeep_task = background(self._upkeep.run())

    async def stop(self) -> None:
        if self._upkeep_task is not None:
            self._upkeep_task.cancel()
            await asyncio.wait([self._upkeep_task])
        await self._projector.stop()

    async def position(self, topic: str, partition: int) -> int:
        return await self._projector.position(topic, partition)

    async def handle(self, topic: str, partition: int, records: Sequence[Record]) -> None:
        try:
            self._advanced[topic, partition] = await self._projector.handle(
                topic, partition, records
            )
        except StalePosition as stale:
            # The position is loaded anew with the next batch, and sought by the binding.
            logger.warning("%s", stale)

    async def checkpoint(self) -> dict[tuple[str, int], int]:
        advanced, self._advanced = self._advanced, {}
        return advanced

    async def release(self) -> None:
        self._projector.release()
        self._advanced.clear()


def make_agent(settings: Settings) -> ProjectionsAgent:
    """The agent of the role `projections`."""
    return ProjectionsAgent(settings)
