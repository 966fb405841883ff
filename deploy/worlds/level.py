"""How far the live tables are behind the log."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence

from aiokafka import TopicPartition

from deploy.worlds.switching import positions
from processors.projections.sink import Connection
from streams.reader import LogBounds, first_offset, partitions_of
from streams.settings import Settings

POLL_S = 0.2
LEVEL_LIMIT_S = 10.0
"""For so long it is waited, as a rule, for live projections to come to the log's end."""

Ends = Mapping[TopicPartition, int]


async def log_ends(settings: Settings, topics: Sequence[str]) -> Ends:
    """Where the partitions of these topics end now."""
    tps = [tp for topic in topics for tp in partitions_of(topic, settings.kafka.partitions)]
    async with LogBounds(settings, tps) as bounds:
        return await bounds.ends()


async def records_behind(
    settings: Settings, connection: Connection, ends: Ends, limit_s: float
) -> int:
    """How much of the log up to these ends the tables lack; waits so long for them to have it."""
    topics = list({tp.topic for tp in ends})
    deadline_s = time.monotonic() + limit_s
    while True:
        found = (await positions(connection, topics)).ends
        missing = 0
        for tp, end in ends.items():
            start = found.get(tp, 0)
            if start < end and await _has_more(settings, tp, start):
                missing += end - start
        if not missing or time.monotonic() > deadline_s:
            return missing
        await asyncio.sleep(POLL_S)


async def _has_more(settings: Settings, tp: TopicPartition, start: int) -> bool:
    """Whether there are records behind; an end may also be of a transaction's marker."""
    return await first_offset(settings, tp.topic, tp.partition, start) is not None
