"""Bars of the database, page after page: as many as there are in the memory of a few pages.

A page is a query of its own that goes on where the one before ended, so that one connection
serves any number of series.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import psycopg
from psycopg import sql

from processors.research.stored import stored_bars, times_of
from schemas.columns import BarColumns, Ints
from schemas.series import Series

PAGE_BARS_MAX = 65_536
"""As quick as 16,384 or 262,144; of 4,096 two thirds, a row of its own for each bar a third."""
PAGE_BARS_MIN = 1_024
HELD_BARS = 1 << 20
"""Of all series: their pages get smaller as they are more."""

_ONE_MOMENT = """
SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY;
SET LOCAL enable_sort = off;
SET LOCAL enable_bitmapscan = off
"""
_EXPECTED = sql.SQL(
    "EXPLAIN (FORMAT JSON) SELECT 1 FROM bars b WHERE b.series_id = ANY({series}::bigint[]) {times}"
)


@contextmanager
def stored_streams(
    connection: psycopg.Connection,
    series: Sequence[Series],
    end_us: int | None = None,
    held_bars: int = HELD_BARS,
) -> Iterator[list[Iterator[BarColumns]]]:
    """Of each series its bars before end_us, in pieces in the order of their times.

    The first pages are read at once, by one query, the others when they are asked for. All that
    is read on the connection until the end is of one moment; it must have no transaction begun.
    held_bars: about so many are in memory. Raises as `stored_bars`.

    PostgreSQL takes each series to be as long as they are on average: it would sort all that is
    left of a long one for every page (4 s instead of 0.04 of 10 M), if we let it.
    """
    page_bars = min(max(held_bars // max(len(series), 1), PAGE_BARS_MIN), PAGE_BARS_MAX)
    with connection.transaction():
        connection.execute(_ONE_MOMENT)
        first = stored_bars(connection, series, end_us, most=page_bars)
        yield [
            _pages(connection, one, end_us, page_bars, page)
            for one, page in zip(series, first, strict=True)
        ]


def _pages(
    connection: psycopg.Connection,
    series: Series,
    end_us: int | None,
    page_bars: int,
    page: BarColumns,
) -> Iterator[BarColumns]:
    while len(page):
        yield page
        if len(page) < page_bars:
            return
        begin_us = int(page.ts[-1]) + 1
        (page,) = stored_bars(connection, [series], end_us, begin_us=begin_us, most=page_bars)


def stored_opens(
    connection: psycopg.Connection,
    series: Sequence[Series],
    begin_us: int,
    end_us: int | None = None,
) -> list[Ints]:
    """Of each series the first two opens at or behind begin_us, or as many as there are: what
    `market.fills_from` needs of all. Raises as `stored_bars`."""
    found = stored_bars(connection, series, end_us, begin_us=begin_us, most=2)
    return [bars.ts for bars in found]


def expected_bars(
    connection: psycopg.Connection, series: Sequence[Series], end_us: int | None = None
) -> int:
    """About how many bars these have, as PostgreSQL's planner has it. Raises as `stored_bars`."""
    query = _EXPECTED.format(
        series=sql.Literal([each.id for each in series]), times=times_of(None, end_us)
    )
    row = connection.execute(query).fetchone()
    assert row is not None
    return int(row[0][0]["Plan"]["Plan Rows"])
