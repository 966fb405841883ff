"""Rollups on PostgreSQL alone and on TimescaleDB: always what the bars give when folded."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import psycopg
import pytest

from api.reads import queries
from api.reads.protocol import ROLLUP_TABLES, SeriesTable, SignalFilter, Window
from processors.projections.bars import NEWEST_BARS
from processors.projections.sink import Connection
from processors.projections.upkeep import REFRESH, refresh_rollups
from schemas.series import ROLLUPS, Series
from streams.settings import Settings
from streams.universe_rows import CANDIDATES
from tests.database import require_native
from tests.processors.projections.rolling import Market, buckets_of, connected

ONE_COPY_MAX = 19
"""Bars of a batch below which nothing is copied: TimescaleDB's WebAssembly takes no COPY."""


async def by_policies(connection: Connection) -> None:
    """What TimescaleDB's policies do when they run, up to the bucket of a time."""
    for rollup in ROLLUPS:
        statement = (
            f"CALL refresh_continuous_aggregate('bars_{rollup}', NULL, '2199-06-01 10:00+00')"
        )
        await connection.execute(statement.encode())


@dataclass(frozen=True)
class Variant:
    """A database; roll_up: what is to happen a moment later; eager: reads need not wait for it."""

    url: str
    roll_up: Callable[[Connection], Awaitable[None]]
    batch_max: int
    eager: bool


@pytest.fixture
def native(settings: Settings) -> Variant:
    require_native(settings.database_url)
    return Variant(settings.database_url, refresh_rollups, 200, eager=True)


@pytest.fixture(params=["native", "timescale"])
def variant(request: pytest.FixtureRequest) -> Variant:
    if request.param == "native":
        found: Variant = request.getfixturevalue("native")
        return found
    url = request.getfixturevalue("timescale_url")
    return Variant(url, by_policies, ONE_COPY_MAX, eager=False)


@pytest.mark.parametrize("seed", range(4))
async def test_rollups_are_the_fold_of_the_bars(variant: Variant, seed: int) -> None:
    market = Market(f"F{seed}-", seed)
    async with connected(variant.url) as connection:
        for step in range(8):
            await market.advance(connection, 60, variant.batch_max)
            if not variant.eager or step % 2:
                await variant.roll_up(connection)
            buckets = await market.assert_rolled_up(connection)
        assert buckets > 200


async def test_bars_behind_the_newest_bucket_are_seen_at_once(variant: Variant) -> None:
    async with connected(variant.url) as connection:
        series = await minutes(connection, "ONCE", datetime(2199, 6, 1), 600)
        await variant.roll_up(connection)
        await minutes(connection, "ONCE", datetime(2199, 6, 1, 10), 600)
        hours = await buckets_of(connection, "1h", series.id)
        assert [bar.open for bar in hours] == [float(60 * (n % 10)) for n in range(20)]
        assert {bar.volume for bar in hours} == {60.0}
        (day,) = await buckets_of(connection, "1d", series.id)
        assert (day.open, day.close, day.volume) == (0.0, 599.0, 1200.0)


async def test_every_read_of_bars_runs_and_agrees(variant: Variant) -> None:
    """The texts of the API and of research, on both."""
    async with connected(variant.url) as connection:
        series = await minutes(connection, "READ", datetime(2030, 3, 1), 700)
        await variant.roll_up(connection)
        wanted = {"series_id": series.id, "limit": 500, "start": None, "end": None}
        tables: tuple[SeriesTable, ...] = ("bars", *ROLLUP_TABLES.values())
        for table in tables:
            for forward in (True, False):
                window = Window(500, forward=forward)
                ((items, _),) = await fetch(connection, queries.series_page(table, window), wanted)
                rows = await fetch(connection, queries.series_rows(table, window), wanted)
                assert bytes(items).count(b'"ts"') == min(len(rows), 500) > 0
        found = queries.find_series(feed=False, interval=True, shorter=True)
        named = {"symbol": "READ", "interval": "1m", "shorter_than_s": 300}
        assert await fetch(connection, found, named) == [("rolled", "READ", "1m")]
        assert await fetch(connection, found, {**named, "shorter_than_s": 60}) == []
        listed = queries.all_series(Window(10_000))
        ((items, _),) = await fetch(connection, listed, {"limit": 10_000})
        assert b'"last_bar":{"ts":"2030-03-01T11:39:00Z","open":699' in bytes(items)
        signals = queries.signals(SignalFilter(), Window(5))
        assert len(await fetch(connection, signals, {"limit": 5})) == 1
        newest = await fetch(connection, NEWEST_BARS, (0,))
        assert [row[5] for row in newest if row[1] == "READ"] == [699.0]
        rule = {"feed": "rolled", "interval": "1m", "last_us": 2**52, "bars": 3}
        ((_, first_us, times, *_),) = [
            row for row in await fetch(connection, CANDIDATES, rule) if row[0] == "READ"
        ]
        assert [(ts - first_us) // 60_000_000 for ts in times] == [697, 698, 699]


async def test_a_long_series_is_rolled_up_in_parts(native: Variant) -> None:
    async with connected(native.url) as connection:
        series = await minutes(connection, "LONG", datetime(2024, 1, 29), 12_000)
        before = {rollup: await buckets_of(connection, rollup, series.id) for rollup in ROLLUPS}
        calls = 0
        while (await fetch(connection, REFRESH, (9,)))[0][0]:
            calls += 1
            for rollup in ROLLUPS:
                assert await buckets_of(connection, rollup, series.id) == before[rollup]
        assert calls == 3
        rolled = await fetch(connection, "SELECT width_s, count(*) FROM rollups GROUP BY 1", ())
        assert dict(rolled) == {300: 2399, 900: 799, 3600: 199, 86400: 8, 604800: 1}


async def test_a_refresh_that_is_cut_off_changes_nothing(native: Variant) -> None:
    async with connected(native.url) as connection:
        series = await minutes(connection, "CUT", datetime(2024, 1, 1), 900)
        before = await buckets_of(connection, "1h", series.id)
        with pytest.raises(psycopg.OperationalError):
            async with connected(native.url) as cut, cut.transaction():
                assert await fetch(cut, REFRESH, (9,)) == [(1,)]
                await connection.execute(
                    "SELECT pg_terminate_backend(%s, 5000)", (cut.info.backend_pid,)
                )
                await cut.execute("SELECT 1")
        assert await fetch(connection, "SELECT count(*) FROM rollups", ()) == [(0,)]
        assert await buckets_of(connection, "1h", series.id) == before
        await refresh_rollups(connection)
        assert (await fetch(connection, "SELECT count(*) FROM rollups", ()))[0][0] > 200
        assert await buckets_of(connection, "1h", series.id) == before


async def test_nobody_waits_for_a_refresh(native: Variant) -> None:
    """Bars are written and read while one is not committed yet; a second one finds nothing."""
    async with connected(native.url) as connection, connected(native.url) as slow:
        series = await minutes(connection, "WAIT", datetime(2024, 1, 1), 900)
        async with slow.transaction():
            assert await fetch(slow, REFRESH, (9,)) == [(1,)]
            async with asyncio.timeout(5):
                await minutes(connection, "WAIT", datetime(2024, 1, 1, 15), 300)
                assert await fetch(connection, REFRESH, (9,)) == [(0,)]
                hours = await buckets_of(connection, "1h", series.id)
        assert [bar.volume for bar in hours] == [60.0] * 20
        assert await buckets_of(connection, "1h", series.id) == hours
        await refresh_rollups(connection)
        assert await buckets_of(connection, "1h", series.id) == hours


async def fetch(connection: Connection, query: str, params: Any) -> list[tuple[Any, ...]]:
    cursor = await connection.execute(query.encode(), params)
    return await cursor.fetchall()


async def minutes(connection: Connection, symbol: str, first: datetime, count: int) -> Series:
    """Bars of a minute of one series, their opens counting from 0."""
    series = Series("rolled", symbol, "1m")
    last = first + timedelta(minutes=count - 1)
    await connection.execute(
        "INSERT INTO series VALUES (%s, %s, %s, %s, 0, %s) ON CONFLICT (series_id)"
        " DO UPDATE SET last_ts = excluded.last_ts",
        (series.id, series.feed, series.symbol, series.interval, f"{last}+00"),
    )
    days = [(first + timedelta(days=n)).date() for n in range((last - first).days + 2)]
    await connection.execute("SELECT make_quarters('bars', %s)", (days,))
    await connection.execute(
        "INSERT INTO bars SELECT %s, %s::timestamptz + n * interval '1 minute', n, n, n, n, 1, n"
        " FROM generate_series(0, %s - 1) n",
        (series.id, f"{first}+00", count),
    )
    return series
