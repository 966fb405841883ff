"""Bars of the database as columns, by PostgreSQL's binary COPY: no row becomes a Python object."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import psycopg
from psycopg import sql
from psycopg.errors import error_from_result
from psycopg.pq import ExecStatus

from schemas.columns import BarColumns
from schemas.series import Series

_EPOCH_US = 946_684_800_000_000  # 2000-01-01, where PostgreSQL's timestamps begin
_HEADER_BYTES = 19  # signature, flags, length of the extension, of which there is none
_TRAILER_BYTES = 2
_PRICES = ("open", "high", "low", "close", "volume")
_ROW = np.dtype(
    [("fields", ">i2"), ("ts_bytes", ">i4"), ("ts", ">i8")]
    + [part for name in _PRICES for part in ((f"{name}_bytes", ">i4"), (name, ">f8"))]
)
_QUERY = sql.SQL(
    "COPY (SELECT b.ts, b.open, b.high, b.low, b.close, b.volume FROM bars b"
    " WHERE b.series_id = {series} {until} ORDER BY b.ts) TO STDOUT (FORMAT binary)"
)


def stored_bars(
    connection: psycopg.Connection, series: Sequence[Series], end_us: int | None = None
) -> list[BarColumns]:
    """Each series' bars in the order of their times, those before end_us; none for one that
    the database does not have. Raises psycopg.Error."""
    return [_bars(connection, each, end_us) for each in series]


def _bars(connection: psycopg.Connection, series: Series, end_us: int | None) -> BarColumns:
    until: sql.Composable = sql.SQL("")
    if end_us is not None:
        until = sql.SQL("AND b.ts < to_timestamp(0) + {} * interval '1 microsecond'").format(
            sql.Literal(end_us)
        )
    query = _QUERY.format(series=sql.Literal(series.id), until=until)
    data = _copied(connection, query.as_bytes(connection))
    rows = np.frombuffer(data[_HEADER_BYTES : len(data) - _TRAILER_BYTES], _ROW)
    prices = (rows[name].astype(np.float64) for name in _PRICES)
    return BarColumns(rows["ts"].astype(np.int64) + _EPOCH_US, *prices)


def _copied(connection: psycopg.Connection, query: bytes) -> bytes:
    """All that a COPY TO STDOUT says, by libpq itself: it comes row by row, and psycopg's own loop
    takes as long for a row as the database does. Raises psycopg.Error."""
    libpq = connection.pgconn
    result = libpq.exec_(query)
    if result.status != ExecStatus.COPY_OUT:
        raise error_from_result(result)
    parts = []
    while True:
        size, part = libpq.get_copy_data(0)
        if size <= 0:
            break
        parts.append(part)
    while (end := libpq.get_result()) is not None:
        if end.status != ExecStatus.COMMAND_OK:
            raise error_from_result(end)
    return b"".join(parts)
