"""A Parquet file → its rows, as cells or as bars; a line elsewhere is the row's number here."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import polars as pl

from streams.sources.cells import CHUNK_ROWS, Cells, Table
from streams.sources.csv_file import NO_SYMBOL
from streams.sources.errors import TableError
from streams.sources.headers import Layout, find_columns
from streams.sources.rows import COLUMNS, Rows, cells_of, read_rows

SLICE_ROWS = 1 << 18
"""So many rows are in one group as a rule; what is read of a group begins with its first row."""
READ_ROWS = 1 << 16


@contextmanager
def open_parquet(path: Path, symbol: str | None) -> Iterator[tuple[Layout, Iterator[Rows]]]:
    """As `open_csv`."""
    try:
        header = list(pl.read_parquet_schema(path))
    except (OSError, pl.exceptions.PolarsError) as error:
        raise unreadable(error) from None
    layout = find_columns(header)
    if layout.symbol is None and symbol is None:
        raise TableError(NO_SYMBOL)
    frame = pl.scan_parquet(path).select(wanted(header, layout))
    yield layout, read_slices(frame, lambda part: cells_of(part, header, layout, symbol))


@contextmanager
def open_parquet_cells(path: Path) -> Iterator[Table]:
    """As `open_csv_cells`."""
    try:
        frame = pl.read_parquet(path)
    except (OSError, pl.exceptions.PolarsError) as error:
        raise unreadable(error) from None
    yield (
        frame.columns,
        (
            Cells(range(start + 1, start + 1 + len(rows)), rows, [])
            for start in range(0, len(frame), CHUNK_ROWS)
            for rows in (frame.slice(start, CHUNK_ROWS).rows(),)
        ),
    )


def unreadable(error: Exception) -> TableError:
    reason = str(error).splitlines()[0]
    return TableError(f"the file can't be read as Parquet: {reason}")


def wanted(header: list[str], layout: Layout) -> list[str]:
    places = [getattr(layout, name) for name in (*COLUMNS, "clock")]
    return [header[place] for place in places if place is not None]


def read_slices(
    frame: pl.LazyFrame, cells: Callable[[pl.DataFrame], pl.DataFrame]
) -> Iterator[Rows]:
    """Raises TableError."""
    for start in count(0, SLICE_ROWS):
        try:
            part = cells(frame.slice(start, SLICE_ROWS).collect())
        except (OSError, pl.exceptions.PolarsError) as error:
            raise unreadable(error) from None
        for first in range(0, len(part), READ_ROWS):
            rows = part.slice(first, READ_ROWS)
            line = start + first + 1
            yield read_rows(range(line, line + len(rows)), rows)
        if len(part) < SLICE_ROWS:
            return
