"""A rebuilt world takes the place of the live one, in one transaction.

It begins with the rows of `consumer_offsets` that live projections move first: from then on they
wait. So the world can be brought to where they stand, and the tables change places. What a
projector has in its memory is of the old ones: its session is ended, and it loads the new ones.
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
from deploy.worlds.relations import move
from deploy.worlds.world import World
from processors.projections.sink import PROJECTION, SESSIONS, Connection

RETIRED = "retired_by_rebuild"
LOCK_LIMIT = "2s"
"""A long read of a table is not waited for: behind us every other read would wait as well."""
ATTEMPTS_MAX = 30
PAUSE_S = 1.0
END_LIMIT_MS = 2_000

LOCK_POSITIONS = """
    SELECT topic, partition, next_offset FROM consumer_offsets
    WHERE projection = %s AND topic = ANY(%s) ORDER BY topic, partition FOR UPDATE
"""
TAKE_MARKS = """
    UPDATE consumer_offsets AS live SET mark_offset = made.mark_offset, mark_seq = made.mark_seq
    FROM {} AS made
    WHERE live.projection = made.projection AND live.topic = made.topic
      AND live.partition = made.partition AND live.next_offset = made.next_offset
      AND live.topic = ANY(%s)
"""
END_PROJECTORS = """
    SELECT pg_terminate_backend(pid, %s) FROM pg_stat_activity
    WHERE datname = current_database() AND application_name = %s
"""


async def switch(live: Connection, world: World, projections: Projections, filler: Filler) -> None:
    """Put the world's tables in the place of the live ones, and end what those were.

    Raises `UserError` when reads keep the tables all the time; everything is as before then.
    """
    for attempt in range(1, ATTEMPTS_MAX + 1):
        try:
            await _switch(live, world, projections, filler)
            break
        except (psycopg.errors.LockNotAvailable, psycopg.errors.DeadlockDetected) as error:
            if attempt == ATTEMPTS_MAX:
                raise UserError(
                    "The tables are being read all the time, so that they can't be switched: "
                    "try again when no research runs. Nothing was changed."
                ) from error
            await asyncio.sleep(PAUSE_S)
    await live.execute(sql.SQL("DROP SCHEMA {} CASCADE").format(sql.Identifier(RETIRED)))


async def _switch(live: Connection, world: World, projections: Projections, filler: Filler) -> None:
    topics = [topic.name for topic in projections.topics]
    tables = [table.name for table in projections.tables]
    async with live.transaction():
        await live.execute("SELECT set_config('lock_timeout', %s, true)", [LOCK_LIMIT])
        await filler.fill(await positions(live, topics, LOCK_POSITIONS))
        await live.execute(sql.SQL("CREATE SCHEMA {}").format(sql.Identifier(RETIRED)))
        await move(live, world.live, RETIRED, tables)
        await move(live, world.schema, world.live, tables)
        offsets = sql.Identifier(world.schema, "consumer_offsets")
        await live.execute(sql.SQL("SET LOCAL search_path = {}").format(sql.Identifier(world.live)))
        await live.execute(sql.SQL(TAKE_MARKS).format(offsets), [topics])
        await live.execute(END_PROJECTORS, [END_LIMIT_MS, SESSIONS])


async def positions(live: Connection, topics: Sequence[str], query: str) -> Cut:
    """Where the live projections stand."""
    cursor = await live.execute(query.encode(), [PROJECTION, list(topics)])
    return Cut({TopicPartition(t, p): offset for t, p, offset in await cursor.fetchall()})
