"""Bars of the database page by page are those of one query, and of one moment."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import psycopg
import pytest

from processors.research import stored_streams as module
from processors.research.market import fills_from
from processors.research.merged import merged, streamed
from processors.research.stored import stored_bars
from processors.research.stored_streams import stored_opens, stored_streams
from schemas.columns import joined
from schemas.series import Series
from streams.settings import Settings
from tests.columns import values
from tests.processors.research.bars import START, insert_bars
from tests.processors.research.drawing import told

COUNTS = {Series("streamed", f"S{n}", "1m"): n for n in (1, 9, 10, 11, 20, 73)}
SERIES = [*COUNTS, Series("streamed", "NONE", "1m")]
MINUTE_US = 60_000_000
START_US = int(START.timestamp()) * 1_000_000


@pytest.fixture(scope="module")
def url(live_database_settings: Settings) -> str:
    for seed, (series, count) in enumerate(COUNTS.items()):
        insert_bars(live_database_settings.database_url, series, count, seed)
    return live_database_settings.database_url


@pytest.fixture(params=[True, False], ids=["autocommit", "transactions"])
def connection(url: str, request: pytest.FixtureRequest) -> Iterator[psycopg.Connection]:
    with psycopg.connect(url, autocommit=request.param) as found:
        yield found


@pytest.fixture(autouse=True)
def pages_of_ten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PAGE_BARS_MIN", 10)


@pytest.mark.parametrize("minutes", [None, 0, 10, 40])
def test_pages_are_together_what_one_query_gives(
    connection: psycopg.Connection, minutes: int | None
) -> None:
    end_us = None if minutes is None else START_US + minutes * MINUTE_US
    with stored_streams(connection, SERIES, end_us, held_bars=70) as streams:
        pages = [list(each) for each in streams]
    whole = stored_bars(connection, SERIES, end_us)
    assert [values(joined(each)) for each in pages] == list(map(values, whole))
    assert {len(page) for each in pages for page in each[:-1]} <= {10}


def test_mixed_streams_on_one_connection_are_in_the_order_of_time(
    connection: psycopg.Connection,
) -> None:
    with stored_streams(connection, SERIES, held_bars=70) as streams:
        runs = list(map(told, streamed(streams, 28)))
    assert runs == list(map(told, merged(stored_bars(connection, SERIES), 28)))


def test_what_is_written_meanwhile_is_not_read(connection: psycopg.Connection, url: str) -> None:
    series = Series("streamed", f"MOVING{connection.autocommit}", "1m")
    insert_bars(url, series, 30)
    with stored_streams(connection, [series], held_bars=10) as (stream,):
        pages = [next(stream)]
        with psycopg.connect(url) as other:
            other.execute("UPDATE bars SET volume = 7 WHERE series_id = %s", (series.id,))
        pages += stream
    assert set(joined(pages).volume.tolist()) == {1e6}
    assert set(stored_bars(connection, [series])[0].volume.tolist()) == {7.0}


def test_nothing_that_is_set_for_the_pages_stays(connection: psycopg.Connection) -> None:
    with stored_streams(connection, SERIES[:1]):
        assert shown(connection, "enable_sort") == "off"
        assert shown(connection, "transaction_read_only") == "on"
    assert shown(connection, "enable_sort") == "on"
    assert shown(connection, "transaction_read_only") == "off"


def shown(connection: psycopg.Connection, name: str) -> str:
    (value,) = connection.execute(f"SHOW {name}").fetchone() or ("",)
    return str(value)


@pytest.mark.parametrize("minute", [-5, 0, 8, 9, 30, 71, 72, 500])
def test_two_opens_tell_where_orders_can_fill(connection: psycopg.Connection, minute: int) -> None:
    begin_us = START_US + minute * MINUTE_US - 1
    opens = stored_opens(connection, SERIES, begin_us)
    assert all(len(each) <= 2 for each in opens)
    whole = stored_bars(connection, SERIES)
    assert [fills_from(each, begin_us) for each in opens] == [
        fills_from(bars.ts, begin_us) for bars in whole
    ]


def test_the_first_so_many_bars_from_a_time_on(connection: psycopg.Connection) -> None:
    begin_us, end_us = START_US + 5 * MINUTE_US, START_US + 30 * MINUTE_US
    found = stored_bars(connection, SERIES, end_us, begin_us=begin_us, most=7)
    whole = stored_bars(connection, SERIES)
    for some, all_ in zip(found, whole, strict=True):
        inside = np.flatnonzero((all_.ts >= begin_us) & (all_.ts < end_us))[:7]
        assert values(some) == values(all_.take(inside))


def test_a_server_that_is_gone_is_told(url: str) -> None:
    with (
        psycopg.connect(url, autocommit=True) as connection,
        psycopg.connect(url, autocommit=True) as other,
        pytest.raises(psycopg.OperationalError),
        stored_streams(connection, SERIES, held_bars=70) as streams,
    ):
        other.execute("SELECT pg_terminate_backend(%s)", (connection.info.backend_pid,))
        list(streamed(streams))
