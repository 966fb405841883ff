"""Tables of a rebuilt schema take the place of the live ones on TimescaleDB, with all that belongs
to them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from deploy.migrate import read_migrations
from deploy.worlds.groups import projections_of
from deploy.worlds.relations import belongings, move, refuse_others
from deploy.worlds.switching import RETIRED
from processors.projections.sink import upsert
from processors.projections.tables import BARS, SERIES
from schemas.series import Series
from tests.processors.projections.rolling import connected

DAILY = Series("switch", "S", "1d")
START = datetime(1980, 1, 1, tzinfo=UTC)
DAYS = 400
AGGREGATES = """
    SELECT view_schema, count(*) FROM timescaledb_information.continuous_aggregates GROUP BY 1
"""
HYPERTABLES = """
    SELECT hypertable_name FROM timescaledb_information.hypertables
    WHERE hypertable_schema = 'public' AND hypertable_name IN ('bars', 'indicators') ORDER BY 1
"""


async def test_a_rebuilt_schema_takes_the_place_of_the_live_one(timescale_url: str) -> None:
    async with connected(timescale_url) as connection:
        # By hand: the server in WebAssembly takes no options with a connection.
        await connection.execute("CREATE SCHEMA rebuild")
        await connection.execute("SET search_path = rebuild, public")
        for migration in read_migrations():
            if migration.variant in (None, "timescale"):
                await connection.execute(migration.sql)
        last = START + timedelta(days=DAYS - 1)
        await upsert(
            connection, SERIES, [(DAILY.id, DAILY.feed, DAILY.symbol, DAILY.interval, 0, last)]
        )
        for begin in range(0, DAYS, 100):
            days = [START + timedelta(days=day) for day in range(begin, begin + 100)]
            rows = [(DAILY.id, day, 1.0, 1.0, 1.0, 1.0, 1.0, 7) for day in days]
            await upsert(connection, BARS, rows)
        await connection.execute("SET search_path = public")
    async with connected(timescale_url) as connection:
        moved = await belongings(connection, "rebuild", [t.name for t in projections_of([]).tables])
        await refuse_others(connection, "public", moved)
        async with connection.transaction():
            await connection.execute(f"CREATE SCHEMA {RETIRED}".encode())
            await move(connection, "public", RETIRED, moved)
            await move(connection, "rebuild", "public", moved)
        await connection.execute(f"DROP SCHEMA {RETIRED} CASCADE".encode())
        await connection.execute("DROP SCHEMA rebuild CASCADE")
        found = await connection.execute("SELECT count(*) FROM bars WHERE source_offset = 7")
        assert await found.fetchone() == (DAYS,)
        found = await connection.execute("SELECT sum(volume) FROM bars_1w")
        assert await found.fetchone() == (float(DAYS),)
        found = await connection.execute(AGGREGATES)
        assert await found.fetchall() == [("public", 5)]
        found = await connection.execute(HYPERTABLES)
        assert await found.fetchall() == [("bars",), ("indicators",)]
        later = START + timedelta(days=DAYS)
        await upsert(connection, BARS, [(DAILY.id, later, 1.0, 1.0, 1.0, 1.0, 1.0, 8)])
