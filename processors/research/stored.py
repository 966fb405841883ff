"""Bars of the database as columns, by PostgreSQL's binary COPY: no bar becomes a Python object."""

from __future__ import annotations

import struct
from collections.abc import Sequence

import numpy as np
import psycopg
from psycopg import sql
from psycopg.errors import error_from_result
from psycopg.pq import DiagnosticField, ExecStatus
from psycopg.pq.abc import PGresult

from schemas.columns import BarColumns
from schemas.series import Series

PG_EPOCH_US = 946_684_800_000_000  # 2000-01-01, where PostgreSQL's timestamps begin
_HEADER_BYTES = 19  # signature, flags, length of the extension, of which there is none
_TRAILER = b"\xff\xff"
_COLUMNS = ("ts", "open", "high", "low", "close", "volume")
_ID, _SIZE = struct.Struct(">6xq"), struct.Struct(">i")  # after its own number of fields and size
_ARRAY_BYTES = 20  # dimensions, whether there are nulls, type, length, first index
_TIME, _PRICE = (np.dtype([("bytes", ">i4"), ("value", kind)]) for kind in (">i8", ">f8"))
_QUERY = sql.SQL(
    "COPY (SELECT wanted.id, found.* FROM unnest({series}::bigint[]) AS wanted (id), LATERAL ("
    "SELECT {arrays} FROM {bars}"
    ") AS found) TO STDOUT (FORMAT binary)"
)
_BARS = sql.SQL("bars b WHERE b.series_id = wanted.id {times}")
_FIRST_BARS = sql.SQL("(SELECT * FROM {bars} ORDER BY b.ts LIMIT {most}) b")
_TIME_OF = sql.SQL(" AND b.ts {} to_timestamp(0) + {} * interval '1 microsecond'")
_ARRAYS = sql.SQL(", ").join(
    sql.SQL("array_agg({} ORDER BY b.ts)").format(sql.Identifier("b", name)) for name in _COLUMNS
)


def stored_bars(
    connection: psycopg.Connection,
    series: Sequence[Series],
    end_us: int | None = None,
    *,
    begin_us: int | None = None,
    most: int | None = None,
) -> list[BarColumns]:
    """Each series' bars in the order of their times, those before end_us and from begin_us on;
    most: of each the first so many. None for one that the database does not have. Raises
    psycopg.Error, OperationalError where the server is gone.

    A series is one row of arrays: with a row for each bar 5,000 series of 500 took over twice as
    long. PostgreSQL's rows have less than 1 GiB: longer than some 14 M bars needs `most`.
    """
    bars: sql.Composable = _BARS.format(times=times_of(begin_us, end_us))
    if most is not None:
        bars = _FIRST_BARS.format(bars=bars, most=sql.Literal(most))
    wanted = sql.Literal([each.id for each in series])
    query = _QUERY.format(series=wanted, arrays=_ARRAYS, bars=bars)
    found = dict(map(_series, copied(connection, query.as_bytes(connection))))
    return [found[each.id] for each in series]


def times_of(begin_us: int | None, end_us: int | None) -> sql.Composed:
    """The conditions that bars `b` open from begin_us on, and before end_us."""
    limits = [(">=", begin_us), ("<", end_us)]
    return sql.Composed(
        [_TIME_OF.format(sql.SQL(sign), sql.Literal(at)) for sign, at in limits if at is not None]
    )


def _series(row: memoryview) -> tuple[int, BarColumns]:
    """A series' id and its bars."""
    which, at = _ID.unpack_from(row)[0], _ID.size
    columns = []
    for kind in (_TIME, *[_PRICE] * (len(_COLUMNS) - 1)):
        size = max(_SIZE.unpack_from(row, at)[0], _ARRAY_BYTES)  # −1: there are no bars
        first, count = at + _SIZE.size + _ARRAY_BYTES, (size - _ARRAY_BYTES) // kind.itemsize
        cells = np.frombuffer(row, kind, count, first)["value"] if count else np.zeros(0)
        columns.append(cells)
        at += _SIZE.size + (size if count else 0)
    ts, *prices = columns
    return which, BarColumns(
        ts.astype(np.int64) + PG_EPOCH_US, *(price.astype(np.float64) for price in prices)
    )


def copied(connection: psycopg.Connection, query: bytes) -> list[memoryview]:
    """The rows of a binary COPY TO STDOUT, by libpq itself. Raises psycopg.Error."""
    libpq = connection.pgconn
    result = libpq.exec_(query)
    if result.status != ExecStatus.COPY_OUT:
        raise _error(result)
    parts = []
    while True:
        size, part = libpq.get_copy_data(0)
        if size <= 0:
            break
        parts.append(part)
    while (end := libpq.get_result()) is not None:
        if end.status != ExecStatus.COMMAND_OK:
            raise _error(end)
    parts[0] = parts[0][_HEADER_BYTES:]  # it comes with the first row, the trailer by itself
    return [part for part in parts if part != _TRAILER]


def _error(result: PGresult) -> psycopg.Error:
    """An error without a code is libpq's own: it has lost the server."""
    if result.error_field(DiagnosticField.SQLSTATE) is None:
        return psycopg.OperationalError(result.get_error_message())
    return error_from_result(result)
