"""Whether a system has done all that its log gave it to do, as offsets tell."""

from __future__ import annotations

import asyncio
import time

import psycopg
from aiokafka.errors import KafkaError

from processors.projections.topics import PROJECTED
from streams.catalog import EVENT_TOPICS
from streams.groups import COMPUTE_ROLES, GroupOffsets
from streams.reader import LogBounds, partitions_of
from streams.settings import Settings

QUIET_S = 2.0
"""How long the log has to stay as it is: somebody may be at work on something of his own accord."""

Ends = dict[tuple[str, int], int]


class UnsettledError(AssertionError):
    """It goes on and on, or stands still with something left."""


def wait_until_settled(settings: Settings, limit_s: float) -> Ends:
    """Return where each partition ends once everything has been worked at. Raises UnsettledError,
    which says what is left."""
    deadline_s = time.monotonic() + limit_s
    ends: Ends = {}
    quiet_since_s = time.monotonic()
    left = ["nothing was asked yet"]
    while time.monotonic() < deadline_s:
        try:
            found, left = asyncio.run(state_of(settings))
        except (KafkaError, psycopg.Error) as error:
            left = [repr(error)]
            found = {}
        if found != ends or left:
            ends, quiet_since_s = found, time.monotonic()
        elif time.monotonic() - quiet_since_s >= QUIET_S:
            return ends
        time.sleep(0.5)
    raise UnsettledError(f"not settled within {limit_s:g} s: " + "; ".join(left[:10]))


async def state_of(settings: Settings) -> tuple[Ends, list[str]]:
    """Where each partition ends, and who has not come to the end of one yet."""
    count = settings.kafka.partitions
    tps = [tp for topic in EVENT_TOPICS for tp in partitions_of(topic.name, count)]
    groups = GroupOffsets(settings)
    async with LogBounds(settings, tps) as bounds:
        await groups.start()
        try:
            ends = {(tp.topic, tp.partition): end for tp, end in (await bounds.ends()).items()}
            committed = await groups.committed()
        finally:
            await groups.stop()
    stored = stored_offsets(settings)
    left = [
        f"{role} is at {committed.get((role, topic, partition), 0)} of {topic}/{partition}, which "
        f"ends at {ends[topic, partition]}"
        for role, topic in COMPUTE_ROLES.items()
        for partition in range(count)
        if committed.get((role, topic, partition), 0) < ends[topic, partition]
    ]
    left += [
        f"the tables are at {stored.get((topic.name, partition), 0)} of {topic.name}/{partition}, "
        f"which ends at {ends[topic.name, partition]}"
        for topic in PROJECTED
        for partition in range(count)
        if stored.get((topic.name, partition), 0) < ends[topic.name, partition]
    ]
    return ends, left


def stored_offsets(settings: Settings) -> Ends:
    """How far the tables are."""
    with psycopg.connect(settings.database_url, connect_timeout=5) as connection:
        rows = connection.execute("SELECT topic, partition, next_offset FROM consumer_offsets")
        return {(topic, partition): offset for topic, partition, offset in rows}
