"""A universe's bars in one pass are those that are looked up series by series."""

from __future__ import annotations

import random
from collections.abc import Iterator
from functools import partial

import numpy as np
import psycopg
import pytest

from processors.research import stored_universe as module
from processors.research.stored import stored_bars
from processors.research.stored_universe import stored_universe
from schemas.series import Series
from streams.settings import Settings
from tests.columns import values
from tests.processors.research.bars import START, insert_bars

COUNTS = {Series("universe", f"U{n:02}", "1m"): 5 * n for n in range(1, 12)}
EMPTY = Series("universe", "NONE", "1m")


@pytest.fixture(scope="module")
def url(live_database_settings: Settings) -> str:
    for seed, (series, count) in enumerate(COUNTS.items()):
        insert_bars(live_database_settings.database_url, series, count, seed)
    return live_database_settings.database_url


@pytest.fixture
def connection(url: str) -> Iterator[psycopg.Connection]:
    with psycopg.connect(url, autocommit=True) as found:
        yield found


@pytest.fixture(autouse=True)
def of_any_number(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "SERIES_MIN", 1)


@pytest.mark.parametrize("minutes", [None, 0, 7])
@pytest.mark.parametrize("pass_bars", [4_000_000, 20, 1])
def test_in_one_pass_or_several_they_are_those_looked_up(
    connection: psycopg.Connection,
    url: str,
    minutes: int | None,
    pass_bars: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "PASS_BARS", pass_bars)
    end_us = None if minutes is None else int(START.timestamp() + 60 * minutes) * 1_000_000
    series = [*COUNTS, EMPTY]
    random.Random(4).shuffle(series)
    connection.execute("ANALYZE bars")
    found = stored_universe(connection, partial(psycopg.connect, url), series, end_us)
    meant = stored_bars(connection, series, end_us)
    assert [values(bars) for bars in found] == [values(bars) for bars in meant]
    assert all(bars.ts.dtype == np.int64 for bars in found)
    assert connection.info.transaction_status == psycopg.pq.TransactionStatus.IDLE


def test_bars_that_came_late_are_in_their_place(connection: psycopg.Connection, url: str) -> None:
    late = Series("universe", "LATE", "1m")
    insert_bars(url, late, 30, 7)
    moved = connection.execute("DELETE FROM bars WHERE series_id = %s RETURNING *", [late.id])
    rows = moved.fetchall()
    random.Random(2).shuffle(rows)
    with connection.cursor() as cursor:
        marks = ", ".join(["%s"] * len(rows[0]))
        cursor.executemany(f"INSERT INTO bars VALUES ({marks})".encode(), rows)
    series = [late, *COUNTS]
    found = stored_universe(connection, partial(psycopg.connect, url), series)
    assert (np.diff(found[0].ts) > 0).all() and len(found[0]) == 30
    assert values(found[0]) == values(stored_bars(connection, [late])[0])


def test_where_there_is_no_second_connection_one_reads_all(connection: psycopg.Connection) -> None:
    def refused() -> psycopg.Connection:
        raise psycopg.OperationalError("too many clients already")

    found = stored_universe(connection, refused, list(COUNTS))
    assert [len(bars) for bars in found] == list(COUNTS.values())


def test_both_halves_are_of_one_moment(connection: psycopg.Connection, url: str) -> None:
    """What is written once the second connection is open, neither sees."""
    fresh = [Series("universe", f"NEW{n}", "1m") for n in range(2)]

    def another() -> psycopg.Connection:
        return psycopg.connect(url)

    def snapped(first: psycopg.Connection, second: psycopg.Connection) -> None:
        same_moment(first, second)
        for seed, series in enumerate(fresh):
            insert_bars(url, series, 9, seed)

    same_moment = module._same_moment
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_same_moment", snapped)
        assert [len(bars) for bars in stored_universe(connection, another, fresh)] == [0, 0]
    assert [len(bars) for bars in stored_universe(connection, another, fresh)] == [9, 9]
