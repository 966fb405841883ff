"""Bars of a whole universe out of the database: one pass over the table, by two connections.

Live bars lie in the order of time, so each bar of a series is on another page of the table, and
to look a few thousand series up costs more than to read all pages once: here PostgreSQL gives the
columns as it finds the bars, half of the series by each connection, and we put them in order.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import psycopg
from numpy.typing import NDArray
from psycopg import sql

from processors.research.stored import PG_EPOCH_US, copied, stored_bars, times_of
from processors.research.stored_streams import expected_bars
from schemas.columns import BarColumns, Ints
from schemas.series import Series

SERIES_MIN = 200
"""Of fewer, each is looked up."""
PASS_BARS = 4_000_000
"""Of a pass, about: PostgreSQL puts a pass's columns together in its memory."""
_PRICES = ("open", "high", "low", "close", "volume")
_FIELDS, _SIZE = struct.Struct(">h"), struct.Struct(">i")
_FROM = sql.SQL("FROM bars b WHERE b.series_id = ANY({series}::bigint[]) {times}")
_COLUMNS = sql.SQL(
    "string_agg(int8send(b.series_id), ''::bytea), string_agg(timestamptz_send(b.ts), ''::bytea), "
) + sql.SQL(", ").join(
    sql.SQL("string_agg(float8send({}), ''::bytea)").format(sql.Identifier("b", name))
    for name in _PRICES
)
_PLAIN = "SET LOCAL jit = off; SET LOCAL max_parallel_workers_per_gather = 0"
"""A plan of one process, at once: we have as many connections as are of use."""


def stored_universe(
    connection: psycopg.Connection,
    another: Callable[[], psycopg.Connection],
    series: Sequence[Series],
    end_us: int | None = None,
) -> list[BarColumns]:
    """As stored_bars, of any number of series at one moment. connection: without a transaction.
    another: opens a further one, which is closed afterwards; where the server has no more of them,
    one reads all. Raises psycopg.Error, OperationalError where the server is gone."""
    if len(series) < SERIES_MIN:
        return stored_bars(connection, series, end_us)
    try:
        second = another()
    except psycopg.OperationalError:
        return stored_bars(connection, series, end_us)
    ids = np.array([each.id for each in series])
    with second, connection.transaction(), second.transaction():
        _same_moment(connection, second)
        count = max(2, -(-expected_bars(connection, series, end_us) // PASS_BARS))
        groups = np.array_split(np.arange(len(ids)), min(count, len(ids)))
        with ThreadPoolExecutor(1) as thread:
            theirs = thread.submit(
                lambda: [_group(second, ids[group], end_us) for group in groups[1::2]]
            )
            ours = [_group(connection, ids[group], end_us) for group in groups[::2]]
            found = [*ours, *theirs.result()]
    places = np.concatenate([*groups[::2], *groups[1::2]])
    together = [bars for group in found for bars in group]
    return [together[place] for place in np.argsort(places)]


def _same_moment(first: psycopg.Connection, second: psycopg.Connection) -> None:
    """Has both see the table as it is now."""
    for each in (first, second):
        each.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
    row = first.execute("SELECT pg_export_snapshot()").fetchone()
    assert row is not None
    second.execute(sql.SQL("SET TRANSACTION SNAPSHOT {}").format(sql.Literal(row[0])))
    for each in (first, second):
        each.execute(_PLAIN)


def _rows(ids: Ints, end_us: int | None) -> sql.Composed:
    return _FROM.format(series=sql.Literal(ids.tolist()), times=times_of(None, end_us))


def _group(connection: psycopg.Connection, ids: Ints, end_us: int | None) -> list[BarColumns]:
    """The bars of each of these series, in their order."""
    query = sql.SQL("COPY (SELECT ") + _COLUMNS + sql.SQL(" ") + _rows(ids, end_us)
    query += sql.SQL(") TO STDOUT (FORMAT binary)")
    (row,) = copied(connection, query.as_bytes(connection))
    of, ts, *prices = _cells(row)
    rising = np.argsort(ids, kind="stable")
    place = rising[np.searchsorted(ids[rising], of.view(">i8").astype(np.int64))]
    times = ts.view(">i8").astype(np.int64) + PG_EPOCH_US
    order = _in_order(place, times)
    columns: list[NDArray[Any]] = [times[order]]
    columns += [price.view(">f8").astype(np.float64)[order] for price in prices]
    counts = np.bincount(place, minlength=len(ids))
    ends = np.cumsum(counts)
    begins = ends - counts
    return [
        BarColumns(*(column[begin:end] for column in columns))
        for begin, end in zip(begins.tolist(), ends.tolist(), strict=True)
    ]


def _cells(row: memoryview) -> list[NDArray[np.int64]]:
    """The columns of a row of binary strings, 8 bytes each; empty where nothing was found."""
    at, found = _FIELDS.size, []
    for _ in range(_FIELDS.unpack_from(row)[0]):
        size = max(_SIZE.unpack_from(row, at)[0], 0)  # −1 where there is none
        at += _SIZE.size
        found.append(np.frombuffer(row, np.int64, size // 8, at))
        at += size
    return found


def _in_order(place: NDArray[np.intp], ts: Ints) -> NDArray[np.intp]:
    """The rows by series, and by time in each."""
    # numpy sorts 16 bits by counting, a tenth of what it takes for more; and bars mostly come in
    # the order of time, which a stable sort keeps.
    small = place.astype(np.uint16) if len(place) == 0 or place.max() < 1 << 16 else place
    order = np.argsort(small, kind="stable")
    of, at = place[order], ts[order]
    if ((of[1:] == of[:-1]) & (at[1:] <= at[:-1])).any():
        return np.lexsort((ts, place))
    return order
