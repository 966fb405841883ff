"""A rebuilt world takes the place of the live one, in one transaction.

It begins with the rows of `consumer_offsets` that live projections move first: from then on they
wait. So the world can be brought to where they stand, and the tables change places. What a
projector has in its memory is of the old ones: the generation of its rows rises, so that its next
commit is refused, and it loads the new ones.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import psycopg
from aiokafka import TopicPartition
from psycopg import sql

from deploy.errors import UserError
from deploy.worlds.cut import Cut
from deploy.worlds.filling import Filler
from deploy.worlds.groups import Projections
from deploy.worlds.relations import Belonging, belongings, copy_grants, move, refuse_others
from deploy.worlds.world import World
from processors.projections.sink import PROJECTION, Connection

RETIRED = "retired_by_rebuild"
LOCK_LIMIT = "2s"
"""A long read of a table is not waited for: behind us every other read would wait as well."""
ATTEMPTS_MAX = 30
PAUSE_S = 1.0
LEVEL_EVENTS = 1_000
LEVELLING_MAX = 20

BEGIN_POSITIONS = """
    INSERT INTO consumer_offsets (projection, topic, partition, next_offset)
    SELECT %s, topic, partition, 0
    FROM unnest(%s::text[]) AS topic, generate_series(0, %s::int - 1) AS partition
    ON CONFLICT DO NOTHING
"""
READ_POSITIONS = """
    SELECT topic, partition, next_offset FROM consumer_offsets
    WHERE projection = %s AND topic = ANY(%s)
"""
LOCK_POSITIONS = READ_POSITIONS + " ORDER BY topic, partition FOR UPDATE"
TAKE_MARKS = """
    UPDATE consumer_offsets AS live
    SET mark_offset = made.mark_offset, mark_seq = made.mark_seq, generation = live.generation + 1
    FROM {} AS made
    WHERE live.projection = made.projection AND live.topic = made.topic
      AND live.partition = made.partition AND live.next_offset = made.next_offset
      AND live.topic = ANY(%s)
"""


async def switch(live: Connection, world: World, projections: Projections, filler: Filler) -> None:
    """Put the world's tables in the place of the live ones, and end what those were.

    Raises `UserError` when reads keep the tables all the time, or somebody's views are of them;
    everything is as before then.
    """
    topics = [topic.name for topic in projections.topics]
    moved = await belongings(live, world.schema, [table.name for table in projections.tables])
    await refuse_others(live, world.live, moved)
    await live.execute(BEGIN_POSITIONS, [PROJECTION, topics, world.settings.kafka.partitions])
    for _ in range(LEVELLING_MAX):  # outside of the lock, so that nobody waits for it
        if await filler.fill(await positions(live, topics)) < LEVEL_EVENTS:
            break
    for attempt in range(1, ATTEMPTS_MAX + 1):
        try:
            await _switch(live, world, topics, moved, filler)
            break
        except (psycopg.errors.LockNotAvailable, psycopg.errors.DeadlockDetected) as error:
            if attempt == ATTEMPTS_MAX:
                raise UserError(
                    "The tables are being read all the time, so that they can't be switched: "
                    "try again when no research runs. Nothing was changed."
                ) from error
            await asyncio.sleep(PAUSE_S)


async def _switch(
    live: Connection,
    world: World,
    topics: Sequence[str],
    moved: Sequence[Belonging],
    filler: Filler,
) -> None:
    async with live.transaction():
        await live.execute("SELECT set_config('lock_timeout', %s, true)", [LOCK_LIMIT])
        await filler.fill(await positions(live, topics, LOCK_POSITIONS))
        await live.execute(sql.SQL("CREATE SCHEMA {}").format(sql.Identifier(RETIRED)))
        await copy_grants(live, world.live, world.schema, moved)
        await move(live, world.live, RETIRED, moved)
        await move(live, world.schema, world.live, moved)
        offsets = sql.Identifier(world.schema, "consumer_offsets")
        await live.execute(sql.SQL("SET LOCAL search_path = {}").format(sql.Identifier(world.live)))
        await live.execute(sql.SQL(TAKE_MARKS).format(offsets), [topics])


async def positions(live: Connection, topics: Sequence[str], query: str = READ_POSITIONS) -> Cut:
    """Where the live projections stand."""
    cursor = await live.execute(query.encode(), [PROJECTION, list(topics)])
    return Cut({TopicPartition(t, p): offset for t, p, offset in await cursor.fetchall()})
