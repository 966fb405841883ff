"""Waits until the tables have all that the log had of people a moment ago."""

from __future__ import annotations

import asyncio
import time

from aiokafka import TopicPartition

from deploy.errors import UserError
from deploy.worlds.switching import positions
from deploy.worlds.world import SESSIONS
from processors.projections.sink import connect
from streams.catalog import ACTIVATIONS, OWNED_TOPICS, SIGNALS
from streams.reader import LogBounds, first_offset, partitions_of
from streams.settings import Settings

LIMIT_S = 120.0


async def wait_until_level(settings: Settings) -> None:
    """Raises `UserError` where they do not come to it."""
    topics = (*OWNED_TOPICS, ACTIVATIONS.name, SIGNALS.name)
    tps = [tp for topic in topics for tp in partitions_of(topic, settings.kafka.partitions)]
    async with LogBounds(settings, tps) as bounds:
        ends = await bounds.ends()
    connection = await connect(settings.database_url, SESSIONS)
    try:
        deadline_s = time.monotonic() + LIMIT_S
        while True:
            found = (await positions(connection, topics)).ends
            behind = [tp for tp, end in ends.items() if found.get(tp, 0) < end]
            if not [tp for tp in behind if await _has_more(settings, tp, found.get(tp, 0))]:
                return
            if time.monotonic() > deadline_s:
                raise UserError(
                    f"The tables have not come to the log's end within {LIMIT_S:g} s: start the "
                    "role projections, and run the same command again."
                )
            await asyncio.sleep(0.2)
    finally:
        await connection.close()


async def _has_more(settings: Settings, tp: TopicPartition, start: int) -> bool:
    """Whether there are records behind; an end may also be of a transaction's marker."""
    return await first_offset(settings, tp.topic, tp.partition, start) is not None
