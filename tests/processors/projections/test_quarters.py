"""Partitions by quarter: made as bars need them, from 1900 on, and dropped when too old."""

from __future__ import annotations

import asyncio
import shutil
import uuid
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from deploy.migrate import SQL_DIR, migrate
from processors.projections import upkeep
from processors.projections.bars import BarsProjection
from processors.projections.core.quarters import missing_quarters
from processors.projections.core.times import utc
from processors.projections.digest import digests
from processors.projections.projector import Projector
from processors.projections.tables import BARS, INDICATORS
from processors.projections.tables import SERIES as SERIES_TABLE
from processors.projections.upkeep import Upkeep, keep_bars, refresh_rollups
from schemas.events.base import TS_US_MAX, TS_US_MIN
from schemas.events.market import BarClosed
from schemas.series import Series
from streams import catalog
from streams.settings import Settings
from tests.database import require_native
from tests.processors.projections.conftest import drop_schema
from tests.processors.projections.memory_log import MemoryLog
from tests.processors.projections.projecting import assert_is_fold, project
from tests.processors.projections.rolling import buckets_of, connected
from tests.processors.projections.scenario import bar, market

QUARTERS = """
    SELECT c.relname, n.nspname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
    JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE i.inhparent = 'bars'::regclass ORDER BY 1
"""
SERIES = Series("test", "Q", "1d")
NewProjector = Callable[[Settings], Awaitable[Projector]]


@pytest.fixture(autouse=True, scope="module")
def _native(live_database_settings: Settings) -> None:
    require_native(live_database_settings.database_url)


def on(day: str, close: float = 1.0, series: Series = SERIES) -> BarClosed:
    """A bar that opens at a time in UTC."""
    ts = int(datetime.fromisoformat(f"{day}+00:00").timestamp()) * 1_000_000
    return bar(series, 0, close).model_copy(update={"ts": ts})


def log_of(*bars: BarClosed) -> MemoryLog:
    log = MemoryLog()
    for each in bars:
        log.append(catalog.BARS, each, each.series.key)
    return log


async def names(settings: Settings) -> list[str]:
    async with connected(settings.database_url) as connection:
        return [row[0] for row in await (await connection.execute(QUARTERS)).fetchall()]


@given(st.lists(st.integers(TS_US_MIN, TS_US_MAX), max_size=20), st.booleans())
def test_missing_quarters_are_those_of_the_calendar(times: list[int], half: bool) -> None:
    moments = [utc(ts) for ts in times]
    wanted = {date(at.year, (at.month - 1) // 3 * 3 + 1, 1) for at in moments}
    known = set(sorted(wanted)[::2]) if half else set()
    found = missing_quarters(np.array(times, np.int64), known)
    assert found == sorted(wanted - known)


async def test_bars_of_any_time_have_their_quarter(
    settings: Settings, projector: Projector
) -> None:
    edges = ["1900-01-01", "1969-12-31 23:59:59", "1970-01-01", "2024-03-31 23:59:59", "2024-04-01"]
    log = log_of(*(on(day) for day in [*edges, "2199-12-31"]))
    await project(projector, log)
    assert_is_fold(settings, log)
    made = ["1900q1", "1969q4", "1970q1", "2024q1", "2024q2", "2199q4"]
    assert await names(settings) == [f"bars_{quarter}" for quarter in made]


async def test_two_workers_and_a_reader_do_not_lock_each_other_out(settings: Settings) -> None:
    """Both need the same quarters, in another order; the reader holds its read all the while."""
    async with (
        connected(settings.database_url) as reader,
        connected(settings.database_url) as first,
        connected(settings.database_url) as second,
        asyncio.timeout(10),
    ):
        logs = [
            log_of(*(on(f"{year}-05-05", series=Series("test", f"W{n}", "1d")) for year in years))
            for n, years in enumerate([(1990, 1995, 2000), (1985, 1995, 2005)])
        ]
        async with reader.transaction():
            await reader.execute("SELECT count(*) FROM bars")

            async def write(log: MemoryLog, connection: psycopg.AsyncConnection) -> None:
                for partition, records in log.topics[catalog.BARS.name].items():
                    for record in records:
                        async with connection.transaction():
                            projection = BarsProjection(partition, 4)
                            work = projection.prepare([record], (-1, -1))
                            await work.write(connection)
                            await asyncio.sleep(0.05)

            await asyncio.gather(write(logs[0], first), write(logs[1], second))
    years = (1985, 1990, 1995, 2000, 2005)
    assert await names(settings) == [f"bars_{year}q2" for year in years]


async def test_partitions_lie_in_the_schema_of_their_table(settings: Settings) -> None:
    elsewhere = f"elsewhere_{uuid.uuid4().hex[:8]}"
    async with connected(settings.database_url) as connection:
        row = await (await connection.execute("SHOW search_path")).fetchone()
        assert row is not None
        await connection.execute(f"CREATE SCHEMA {elsewhere}".encode())
        try:
            await connection.execute(f"SET search_path = {elsewhere}, {row[0]}".encode())
            await connection.execute("SELECT make_quarters('bars', '{2020-02-02}')")
            found = await (await connection.execute(QUARTERS)).fetchall()
        finally:
            await connection.execute(f"DROP SCHEMA {elsewhere}".encode())
    assert found == [("bars_2020q1", row[0])]


@pytest.fixture
def old(live_settings: Settings, tmp_path: Path) -> Iterator[Settings]:
    """An empty schema as it was before there were partitions."""
    schema = f"old_{uuid.uuid4().hex[:12]}"
    for path in SQL_DIR.glob("*.sql"):
        if int(path.name[:4]) < 12:
            shutil.copy(path, tmp_path)
    with psycopg.connect(live_settings.database_url, autocommit=True) as connection:
        connection.execute(f"CREATE SCHEMA {schema}".encode())
    url = f"{live_settings.database_url}&options=-csearch_path%3D{schema}"
    migrate(url, tmp_path)
    database = live_settings.database.model_validate({"url": url})
    yield live_settings.model_copy(update={"database": database})
    drop_schema(live_settings.database_url, schema)


async def test_tables_with_rows_become_partitioned_and_stay_the_same(
    old: Settings, settings: Settings, new_projector: NewProjector
) -> None:
    """Projections of today do not write tables of then: their rows are copied from newer ones."""
    log = market(3, bars=400)
    days = range(0, 9000, 30)
    for day in days:
        at = utc(946_684_800_000_000) + timedelta(days=day)
        each = on(at.date().isoformat(), float(day + 1))
        log.append(catalog.BARS, each, each.series.key)
    await project(await new_projector(settings), log)
    tables = (SERIES_TABLE, BARS, INDICATORS)
    place = await schema_of(settings)
    async with connected(old.database_url) as connection:
        for table in tables:
            columns = ", ".join(name for name, _ in table.columns)
            copied = f"SELECT {columns} FROM {place}.{table.name}"
            await connection.execute(f"INSERT INTO {table.name} ({columns}) {copied}".encode())
        columns = "projection, topic, partition, next_offset, mark_offset, mark_seq"
        copied = f"SELECT {columns} FROM {place}.consumer_offsets"
        await connection.execute(f"INSERT INTO consumer_offsets ({columns}) {copied}".encode())
        before = await digests(connection, tables)
    async with connected(settings.database_url) as connection:
        assert await digests(connection, tables) == before
    migrate(old.database_url)
    async with connected(old.database_url) as connection:
        assert await digests(connection, tables) == before
    assert len(await names(old)) > len(days) // 4
    more = on("2031-01-01")
    log.append(catalog.BARS, more, more.series.key)
    for database in (settings, old):
        await project(await new_projector(database), log)
    assert_is_fold(settings, log)
    async with connected(old.database_url) as now, connected(settings.database_url) as other:
        assert await digests(now, tables) == await digests(other, tables) != before


async def test_quarters_that_are_too_old_are_dropped_with_their_rollups(
    settings: Settings, new_projector: NewProjector, caplog: pytest.LogCaptureFixture
) -> None:
    today = datetime.now(UTC).date()
    days = [today - timedelta(days=n) for n in range(800, 0, -1)]
    bars = [on(day.isoformat(), float(n + 1)) for n, day in enumerate(days)]
    for corrected in (-1, 0):  # the newest bar, and the oldest when it was the newest
        at = range(len(bars))[corrected]
        bars.insert(at + 1, bars[at].model_copy(update={"volume": bars[at].volume + 1.0}))
    log = log_of(*bars)
    await project(await new_projector(settings), log)
    caplog.set_level("INFO")
    async with connected(settings.database_url) as connection:
        await refresh_rollups(connection)
        assert await keep_bars(connection, None) == []
        before = await buckets_of(connection, "1w", SERIES.id)
        dropped = await keep_bars(connection, 200)
        kept = [row[0] for row in await fetch(connection, "SELECT ts::date FROM bars ORDER BY 1")]
        after = await buckets_of(connection, "1w", SERIES.id)
        replaced = await fetch(connection, "SELECT ts::date FROM superseded_bars")
        assert await keep_bars(connection, 200) == []
    horizon = datetime.now(UTC) - timedelta(days=200)
    first = datetime(horizon.year, (horizon.month - 1) // 3 * 3 + 1, 1, tzinfo=UTC)
    assert kept == [day for day in days if day >= first.date()]
    assert [row[0] for row in replaced] == [days[-1]]
    assert after == [week for week in before if week.ts >= first]
    assert 6 <= len(dropped) <= 8 and all(name.startswith("bars_") for name in dropped)
    assert f"retention of 200 days: {dropped[0]}" in caplog.text


async def test_bars_go_on_behind_what_was_dropped(
    settings: Settings, projector: Projector, new_projector: NewProjector
) -> None:
    """The worker knows its quarters: one that is gone is made again; what repeats the newest bar of
    a series, or is older, does not move it back."""
    log = log_of(on("1999-05-05"), on("1999-05-06"))
    await project(projector, log)
    async with connected(settings.database_url) as connection:
        assert await keep_bars(connection, 30) == ["bars_1999q2"]
    for each in (on("1999-05-05"), on("1999-05-07", 2.0)):
        log.append(catalog.BARS, each, each.series.key)
    await project(projector, log)
    assert await names(settings) == ["bars_1999q2"]
    async with connected(settings.database_url) as connection:
        await keep_bars(connection, 30)
    for each in (on("1999-05-06"), on("1999-05-07", 3.0), on("2024-01-01")):
        log.append(catalog.BARS, each, each.series.key)
    await project(await new_projector(settings), log)
    async with connected(settings.database_url) as connection:
        rows = await fetch(connection, "SELECT ts::date::text, close FROM bars ORDER BY 1")
        last = await fetch(connection, "SELECT last_ts::date::text FROM series")
    assert rows == [("1999-05-07", 3.0), ("2024-01-01", 1.0)]
    assert last == [("2024-01-01",)]


async def test_a_long_read_puts_dropping_off_and_no_read_waits_for_it(
    settings: Settings, projector: Projector, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upkeep, "KEEP_RETRY_S", 0.5)
    await project(projector, log_of(on("1999-05-05")))
    kept = settings.database.model_copy(update={"keep_days": 30})
    task = None
    async with connected(settings.database_url) as reader:
        try:
            async with reader.transaction():
                await reader.execute("SELECT count(*) FROM bars")
                its = Upkeep(settings.model_copy(update={"database": kept}))
                task = asyncio.create_task(its.run())
                async with asyncio.timeout(5), connected(settings.database_url) as other:
                    for _ in range(20):
                        await other.execute("SELECT count(*) FROM bars")
                        await asyncio.sleep(0.05)
                assert await names(settings) == ["bars_1999q2"]
            async with asyncio.timeout(20):
                while await names(settings):  # noqa: ASYNC110 -- the database's, which tells nobody
                    await asyncio.sleep(0.1)
        finally:
            assert task is not None
            task.cancel()
            await asyncio.wait([task])


RELATIONS = """
    SELECT oid::regclass::text FROM pg_class
    WHERE relnamespace = current_schema::regnamespace AND relkind IN ('r', 'p', 'v')
"""


async def move_all(settings: Settings, to: str) -> None:
    async with connected(settings.database_url) as connection, connection.transaction():
        for (relation,) in await fetch(connection, RELATIONS):
            await connection.execute(f"ALTER TABLE {relation} SET SCHEMA {to}".encode())


async def schema_of(settings: Settings) -> str:
    async with connected(settings.database_url) as connection:
        return str((await fetch(connection, "SELECT current_schema"))[0][0])


async def test_tables_that_were_filled_in_another_schema_take_the_place_of_these(
    new_database: Callable[[], Settings], new_projector: NewProjector
) -> None:
    """As a rebuild does it: relations alone are moved; what is left goes with its schema."""
    series = Series("test", "M", "1m")
    log = log_of(on("1999-05-05"), *(bar(series, n, float(n)) for n in range(700)))
    live, fresh, attic = new_database(), new_database(), new_database()
    working = await new_projector(live)
    await project(working, log)
    await project(await new_projector(fresh), log)
    async with connected(fresh.database_url) as connection:
        await refresh_rollups(connection)
        before = await buckets_of(connection, "1h", series.id)
    place, gone = await schema_of(live), await schema_of(attic)
    async with connected(live.database_url) as connection:
        await connection.execute(f"DROP SCHEMA {gone} CASCADE; CREATE SCHEMA {gone}".encode())
        await refresh_rollups(connection)
        await move_all(live, gone)
        await move_all(fresh, place)
        left = await schema_of(fresh)
        await connection.execute(f"DROP SCHEMA {gone}, {left} CASCADE".encode())
        await connection.execute(f"CREATE SCHEMA {gone}; CREATE SCHEMA {left}".encode())
        assert await buckets_of(connection, "1h", series.id) == before
        for each in (*(bar(series, n, float(n)) for n in range(700, 1400)), on("2031-01-01")):
            log.append(catalog.BARS, each, each.series.key)
        await project(working, log)
        assert_is_fold(live, log)
        assert "bars_2031q1" in await names(live)
        unrolled = await buckets_of(connection, "1h", series.id)
        await refresh_rollups(connection)
        assert await buckets_of(connection, "1h", series.id) == unrolled
        assert unrolled[:11] == before[:11] and len(unrolled) > 2 * len(before) - 3
        assert await keep_bars(connection, 30) != []
        assert await names(live) == ["bars_2031q1"]


async def fetch(
    connection: psycopg.AsyncConnection[tuple[object, ...]], query: str
) -> list[tuple[object, ...]]:
    return await (await connection.execute(query.encode())).fetchall()
