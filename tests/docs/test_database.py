"""docs/database.md is true: it names every table, and its statements find what they say."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest

from deploy.migrate import migrate
from processors.projections.tables import TABLES
from schemas.series import Series
from streams.settings import Settings
from tests.quarters import make_quarters

PAGE = (Path(__file__).parents[2] / "docs" / "database.md").read_text()
QUERIES = re.findall(r"^```sql\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
SERIES = Series("docs", "AAPL", "1m")
DAYS = 3


@pytest.fixture
def connection(live_database_settings: Settings) -> Iterator[psycopg.Connection]:
    """To a schema with a bar of each hour of the last days."""
    schema = f"docs_{uuid.uuid4().hex[:8]}"
    base = live_database_settings.database_url
    url = f"{base}&options=-csearch_path%3D{schema}"
    with psycopg.connect(base, autocommit=True) as outer:
        outer.execute(f"CREATE SCHEMA {schema}".encode())
        migrate(url)
        with psycopg.connect(url, autocommit=True) as connection:
            last = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
            times = [last - timedelta(hours=n) for n in range(24 * DAYS)]
            make_quarters(connection, "bars", *times)
            named = (SERIES.id, SERIES.feed, SERIES.symbol, SERIES.interval, 0, last)
            connection.execute("INSERT INTO series VALUES (%s, %s, %s, %s, %s, %s)", named)
            for time in times:
                row = (SERIES.id, time, 1.0, 2.0, 0.5, 1.5, 10.0, 0)
                connection.execute("INSERT INTO bars VALUES (%s, %s, %s, %s, %s, %s, %s, %s)", row)
            yield connection
        outer.execute("SET client_min_messages = warning")
        outer.execute(f"DROP SCHEMA {schema} CASCADE".encode())


def test_every_table_is_named() -> None:
    named = set(re.findall(r"`(\w+)`", PAGE))
    assert {table.name for table in TABLES} - named == set()


def test_its_statements_find_bars_and_days(connection: psycopg.Connection) -> None:
    bars, days = (connection.execute(query.encode()).fetchall() for query in QUERIES)
    assert len(bars) == 24 * DAYS
    assert len(days) in (DAYS, DAYS + 1)
    assert sum(day[5] for day in days) == 240.0 * DAYS
