"""Rows of a table, as strings or typed → bars in columns, and the reason for each row that is none.

Rows are read many at once; those that do not pass at first sight are read again one by one by
`read_row`, which is the authority: it knows every way to write a time, and what is wrong.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import compress
from math import isfinite
from typing import Any, NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from schemas.columns import BarColumns
from schemas.events.base import TS_US_MAX, TS_US_MIN
from schemas.series import SYMBOL_PATTERN
from streams.sources.errors import Reject, RowError
from streams.sources.headers import Layout
from streams.sources.times import lacks_offset, time_us, times_us

VALUES = ("open", "high", "low", "close", "volume")
COLUMNS = ("time", "symbol", *VALUES)


class Row(NamedTuple):
    """One good row."""

    ts: int
    symbol: str
    open: float
    high: float
    low: float
    close: float
    volume: float


@dataclass(frozen=True, slots=True)
class Rows:
    """n good rows in the order of the file, and the bad ones.

    lines: int64 (n,), where each row is in the file; symbols: n. utc_assumed: whether a time of
    day came without an offset.
    """

    lines: NDArray[np.int64]
    symbols: list[str]
    columns: BarColumns
    rejects: list[Reject]
    utc_assumed: bool

    def __len__(self) -> int:
        return len(self.lines)


def cells_of(
    frame: pl.DataFrame, header: list[str], layout: Layout, symbol: str | None
) -> pl.DataFrame:
    """A table's columns, of strings or typed, as `read_rows` wants them. header: the names of those
    that the layout counts; symbol: of every row where no column says it."""
    columns = {}
    for name in COLUMNS:
        place = getattr(layout, name)
        if place is not None:
            columns[name] = frame[header[place]].rename(name)
    if layout.clock is not None:
        pair = pl.concat_str(
            [
                frame[header[layout.time]].cast(pl.String),
                frame[header[layout.clock]].cast(pl.String),
            ],
            separator=" ",
        )
        columns["time"] = pl.select(pair).to_series().rename("time")
    columns.setdefault("symbol", pl.repeat(symbol, len(frame), dtype=pl.String, eager=True))
    columns.setdefault("volume", pl.zeros(len(frame), eager=True))
    columns["symbol"] = columns["symbol"].cast(pl.String)
    for name in VALUES:
        if columns[name].dtype.is_decimal():
            columns[name] = columns[name].cast(pl.Float64)
    return pl.DataFrame([columns[name].rename(name) for name in COLUMNS])


def read_rows(lines: Sequence[int], cells: pl.DataFrame, rejects: Sequence[Reject] = ()) -> Rows:
    """The rows of `cells`, whose columns are COLUMNS; lines: where each is in the file.

    rejects: rows among them that did not even get that far.
    """
    ts = times_us(cells["time"]).copy()
    values = [
        cells[name].cast(pl.Float64, strict=False).fill_null(np.nan).to_numpy().copy()
        for name in VALUES
    ]
    symbols: list[str] = cells["symbol"].to_list()
    good = plausible(ts, *values) & valid_symbols(symbols)
    bad = list(rejects)
    for place in np.flatnonzero(~good).tolist():
        try:
            row = read_row(cells.row(place))
        except RowError as error:
            bad.append(Reject(lines[place], str(error)))
            continue
        good[place] = True
        ts[place], symbols[place] = row.ts, row.symbol
        for column, value in zip(values, row[2:], strict=True):
            column[place] = value
    return Rows(
        lines=np.asarray(lines, np.int64)[good],
        symbols=list(compress(symbols, good)),
        columns=BarColumns(ts[good], *(column[good] for column in values)),
        rejects=bad,
        utc_assumed=any(lacks_offset(raw) for raw in cells["time"].head(1)),
    )


def plausible(ts: NDArray[Any], *values: NDArray[Any]) -> NDArray[np.bool_]:
    """Which rows keep a bar's rules, bool (n,); NaN and infinity do not."""
    o, h, low, c, v = values
    with np.errstate(invalid="ignore"):
        good: NDArray[np.bool_] = (
            (low <= o)
            & (o <= h)
            & (low <= c)
            & (c <= h)
            & np.isfinite(h)
            & np.isfinite(low)
            & (v >= 0)
            & np.isfinite(v)
            & (ts >= TS_US_MIN)
            & (ts <= TS_US_MAX)
        )
    return good


def valid_symbols(symbols: Sequence[str | None]) -> NDArray[np.bool_]:
    """Which are symbols as they stand, bool (n,)."""
    names = set(symbols)
    valid = {name for name in names if name and re.match(SYMBOL_PATTERN, name)}
    if valid == names:
        return np.ones(len(symbols), np.bool_)
    return np.fromiter(map(valid.__contains__, symbols), np.bool_, len(symbols))


def read_row(cells: Sequence[Any]) -> Row:
    """One row, its cells in the order of COLUMNS. Raises RowError with the reason."""
    for name, cell in zip(COLUMNS, cells, strict=True):
        if cell is None or (isinstance(cell, str) and not cell.strip()):
            raise RowError(f"{name} is missing")
    ts = time_us(cells[0])
    symbol = str(cells[1]).strip()
    if not re.match(SYMBOL_PATTERN, symbol):
        raise RowError(f"symbol {symbol!r} is none; use up to 32 letters, digits and . ^ = _ -")
    row = Row(ts, symbol, *map(number, VALUES, cells[2:]))
    check_range(row)
    return row


def number(name: str, cell: Any) -> float:
    """The cell as a finite number."""
    try:
        if isinstance(cell, str) and "_" in cell:
            raise ValueError
        value = float(cell)
    except (ValueError, TypeError):
        raise RowError(f"{name} {cell!r} is not a number") from None
    if not isfinite(value):
        raise RowError(f"{name} is {value}; every value must be finite")
    return value


def check_range(row: Row) -> None:
    """The rules of schemas.events.market.BarValues, with what breaks them."""
    if row.high < row.low:
        raise RowError(f"high {row.high} is below low {row.low}")
    for name, value in (("open", row.open), ("close", row.close)):
        if not row.low <= value <= row.high:
            raise RowError(f"{name} {value} is outside low {row.low} to high {row.high}")
    if row.volume < 0:
        raise RowError(f"volume {row.volume} is negative")
