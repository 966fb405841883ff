"""What TimescaleDB has been told of the tables, and that its parts do it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest

from deploy.migrate import migrate
from processors.projections.sink import upsert
from processors.projections.tables import BARS
from processors.projections.upkeep import keep_bars
from schemas.series import ROLLUPS, Series
from tests.processors.projections.rolling import buckets_of, connected
from tests.rollups import Bar

Rows = list[tuple[Any, ...]]
KEPT = ("bars", "indicators", *(f"bars_{rollup}" for rollup in ROLLUPS))
RETENTIONS = """
    SELECT hypertable_name, config ->> 'drop_after' FROM timescaledb_information.jobs
    WHERE proc_name = 'policy_retention' ORDER BY 1
"""
CHUNKS = """
    SELECT count(*), count(*) FILTER (WHERE is_compressed) FROM timescaledb_information.chunks
    WHERE hypertable_name = 'bars' AND range_start >= '1950-01-01' AND range_end < '1952-01-01'
"""


@pytest.fixture
def session(timescale_url: str) -> Iterator[psycopg.Connection]:
    with psycopg.connect(timescale_url, autocommit=True, prepare_threshold=None) as connection:
        yield connection


def rows_of(session: psycopg.Connection, query: str) -> Rows:
    return session.execute(query.encode()).fetchall()


def test_the_database_is_migrated_as_one_of_timescale(timescale_url: str) -> None:
    assert migrate(timescale_url) == []
    with psycopg.connect(timescale_url, prepare_threshold=None) as connection:
        applied = rows_of(connection, "SELECT variant, count(*) FROM schema_migrations GROUP BY 1")
    assert applied[0][0] == "timescale" and len(applied) == 1


def test_bars_become_columns_by_series_a_month_later(session: psycopg.Connection) -> None:
    settings = rows_of(
        session,
        "SELECT hypertable::text, segmentby, orderby"
        " FROM timescaledb_information.hypertable_columnstore_settings"
        " WHERE segmentby IS NOT NULL ORDER BY 1",
    )
    assert settings == [(name, "series_id", "ts DESC") for name in ("bars", "indicators")]
    jobs = rows_of(
        session,
        "SELECT hypertable_name, config ->> 'compress_after' FROM timescaledb_information.jobs"
        " WHERE proc_name = 'policy_compression' ORDER BY 1",
    )
    assert jobs == [("bars", "30 days"), ("indicators", "30 days")]


def test_each_rollup_is_a_real_time_aggregate_with_a_policy(session: psycopg.Connection) -> None:
    views = rows_of(
        session,
        "SELECT view_name, materialized_only FROM timescaledb_information.continuous_aggregates",
    )
    assert sorted(views) == sorted((f"bars_{rollup}", False) for rollup in ROLLUPS)
    offsets = rows_of(
        session,
        "SELECT (config ->> 'end_offset')::interval, config ->> 'start_offset', schedule_interval"
        " FROM timescaledb_information.jobs"
        " WHERE proc_name = 'policy_refresh_continuous_aggregate' ORDER BY 1",
    )
    widths = [timedelta(seconds=s) for s in (300, 900, 3600, 86_400, 604_800)]
    assert offsets == [(width, None, timedelta(minutes=1)) for width in widths]


async def test_what_is_kept_is_a_policy_of_each_table_and_rollup(timescale_url: str) -> None:
    async with connected(timescale_url) as connection:
        try:
            assert len(await keep_bars(connection, 200)) == len(KEPT)
            found = await (await connection.execute(RETENTIONS)).fetchall()
            assert [days for _, days in found] == ["200 days"] * len(KEPT)
            assert await keep_bars(connection, 200) == []
            assert "bars is kept for 300 days" in await keep_bars(connection, 300)
        finally:
            assert "bars_1w is kept forever" in await keep_bars(connection, None)
        assert await (await connection.execute(RETENTIONS)).fetchall() == []


async def test_bars_in_columns_are_read_corrected_and_dropped(timescale_url: str) -> None:
    series = Series("columns", "COL", "1h")
    first = datetime(1950, 2, 1, tzinfo=UTC)
    rows = [(series.id, first + timedelta(hours=n), 1.0, 3.0, 0.5, 2.0, 1.0, n) for n in range(900)]
    async with connected(timescale_url) as connection:

        async def fetch(query: str) -> Rows:
            return await (await connection.execute(query.encode())).fetchall()

        async def rolled_up() -> list[Bar]:
            """Once the policy has run: what is behind the newest bucket is not seen before."""
            refresh = b"CALL refresh_continuous_aggregate('bars_1d', NULL, '1952-01-01')"
            await connection.execute(refresh)
            return await buckets_of(connection, "1d", series.id)

        named = (series.id, series.feed, series.symbol, series.interval, rows[-1][1])
        await connection.execute("INSERT INTO series VALUES (%s, %s, %s, %s, 0, %s)", named)
        for start in range(0, len(rows), 100):
            await upsert(connection, BARS, rows[start : start + 100])
        days = await rolled_up()
        assert len(days) == 38
        await fetch("SELECT compress_chunk(c) FROM show_chunks('bars', '1952-01-01') c")
        ((chunks, compressed),) = await fetch(CHUNKS)
        assert chunks == compressed > 0
        assert await rolled_up() == days
        assert await fetch("SHOW timescaledb.max_tuples_decompressed_per_dml_transaction") == [
            ("0",)
        ]
        await upsert(connection, BARS, [(*rows[-1][:5], 2.5, 7.0, 901)])
        last = (await rolled_up())[-1]
        assert (last.close, last.volume) == (2.5, days[-1].volume + 6.0)
        mine = f"SELECT count(*), sum(volume) FROM bars WHERE series_id = {series.id}"
        assert await fetch(mine) == [(900, 906.0)]
        await fetch("SELECT drop_chunks('bars', '1952-01-01'::timestamptz)")
        assert await fetch(mine) == [(0, None)]
