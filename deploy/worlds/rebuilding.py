"""Makes projections anew from the log, beside the live ones, compares them, and switches."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from time import monotonic

import psycopg
from psycopg import sql

from deploy.errors import UserError
from deploy.worlds.filling import Filler, Progress
from deploy.worlds.groups import Projections, projections_of
from deploy.worlds.level import LEVEL_LIMIT_S, log_ends, records_behind
from deploy.worlds.switching import RETIRED, positions, switch
from deploy.worlds.world import SESSIONS, World, database_away, drop_world, make_world
from processors.projections.digest import digests, digests_now, one_moment
from processors.projections.sink import Connection, connect
from processors.projections.upkeep import keep_bars, refresh_rollups
from streams.settings import Settings

SCHEMA = "rebuild"
LOCK_KEY = 0x7065_7269_7269
"""One rebuild at a time per database."""

KEEP_ATTEMPTS_MAX = 30


@dataclass(frozen=True, slots=True)
class Compared:
    """A table's digests, SHA-256 in hex, as it was and as the log has it."""

    table: str
    live: str
    rebuilt: str

    @property
    def equal(self) -> bool:
        return self.live == self.rebuilt


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """What a rebuild found. seconds: of the folding of `events`; behind: records that were on the
    log when it began and that the live tables, which the new ones follow, have not come to."""

    tables: tuple[Compared, ...]
    events: int
    seconds: float
    switched: bool
    behind: int = 0

    @property
    def equal(self) -> bool:
        return not self.behind and all(table.equal for table in self.tables)


async def rebuild(
    settings: Settings, names: Sequence[str], progress: Progress, *, only_compare: bool = False
) -> Rebuilt:
    """Make the named projections, or all without any, from the log, and put them in place.

    only_compare: leave the live tables as they are. Raises `UserError` when another rebuild runs,
    the log lacks its beginning, or the tables can't be switched; nothing is changed then.
    """
    projections = projections_of(names)
    try:
        live = await connect(settings.database_url, SESSIONS)
    except psycopg.OperationalError as error:
        raise database_away(error) from error
    try:
        await _only_one(live)
        for schema in (SCHEMA, RETIRED):  # of a rebuild that was killed
            await asyncio.to_thread(drop_world, settings, schema)
        what = "a rebuild that is under way, or was killed"
        world = await asyncio.to_thread(make_world, settings, SCHEMA, what)
        try:
            return await _rebuild(live, world, projections, progress, only_compare=only_compare)
        finally:
            for schema in (SCHEMA, RETIRED):
                await asyncio.to_thread(drop_world, settings, schema)
    finally:
        await live.close()


async def _rebuild(
    live: Connection,
    world: World,
    projections: Projections,
    progress: Progress,
    *,
    only_compare: bool,
) -> Rebuilt:
    filler = Filler(world.settings, progress)
    made = await connect(world.settings.database_url, SESSIONS)
    try:
        started_s = monotonic()
        topics = [topic.name for topic in projections.topics]
        # At once: to ask for the ends takes half a second.
        events, ends = await asyncio.gather(
            filler.fill(await positions(live, topics)), log_ends(world.settings, topics)
        )
        seconds = monotonic() - started_s
        days = world.settings.database.keep_days
        if days is not None:
            for connection in (made,) if only_compare else (made, live):
                await _keep_bars(connection, days)
        behind = await records_behind(world.settings, live, ends, LEVEL_LIMIT_S)
        async with one_moment(live):
            events += await filler.fill(await positions(live, topics))
            old, new = await asyncio.gather(
                digests_now(live, projections.tables), digests(made, projections.tables)
            )
        if not only_compare:
            await refresh_rollups(made)
            for table in projections.tables:
                await made.execute(sql.SQL("ANALYZE {}").format(sql.Identifier(table.name)))
            await switch(live, world, projections, filler)
    finally:
        await made.close()
        await filler.close()
    compared = tuple(Compared(name, old[name], new[name]) for name in old)
    return Rebuilt(compared, events, seconds, not only_compare, behind)


async def _keep_bars(connection: Connection, days: int) -> None:
    """Both drop what is too old, or they would differ by it. Raises LockNotAvailable."""
    for attempt in range(1, KEEP_ATTEMPTS_MAX + 1):
        try:
            await keep_bars(connection, days)
            return
        except psycopg.errors.LockNotAvailable:
            if attempt == KEEP_ATTEMPTS_MAX:
                raise
            await asyncio.sleep(1.0)


async def _only_one(live: Connection) -> None:
    cursor = await live.execute("SELECT pg_try_advisory_lock(%s)", [LOCK_KEY])
    found = await cursor.fetchone()
    if found is None or not found[0]:
        raise UserError("Another rebuild runs on this database: wait until it has ended.")
