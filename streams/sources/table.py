"""A person's CSV or Parquet file → bars per series, and every bad row with its line and reason.

In memory a row takes about 64 bytes; the text is read a few megabytes at a time.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np

from schemas.columns import BarColumns, Ints, joined
from schemas.series import FEED_PATTERN, INTERVAL_PATTERN, SYMBOL_PATTERN, Series
from streams.sources.csv_bars import open_csv
from streams.sources.errors import Reject, TableError
from streams.sources.headers import Layout
from streams.sources.order import Codes, descends, infer_intervals, rejects_of_order
from streams.sources.parquet_file import open_parquet
from streams.sources.rows import Rows

UTC_ASSUMED = "times without an offset are taken as UTC"
CSV_SUFFIXES = (".csv", ".tsv", ".txt", ".csv.gz", ".tsv.gz", ".txt.gz")
PARQUET_SUFFIXES = (".parquet", ".pq")


@dataclass(frozen=True, slots=True)
class Table:
    """n bars, ascending in time per series, and the rows that did not become one, by line.

    codes: int32 (n,), index into series. rows_read: all rows below the header. notes: how the
    file was understood, in sentences.
    """

    series: list[Series]
    codes: Codes
    columns: BarColumns
    rejects: list[Reject]
    rows_read: int
    notes: list[str]

    def __len__(self) -> int:
        return len(self.codes)

    @property
    def rejected(self) -> int:
        """How many rows did not become a bar."""
        return len(self.rejects)


class Names(NamedTuple):
    """What the person said; None is left to the file."""

    feed: str | None = None
    symbol: str | None = None
    interval: str | None = None


FROM_FILE = Names()


def read_table(
    path: Path, names: Names = FROM_FILE, progress: Callable[[int], None] = lambda _rows: None
) -> Table:
    """The bars of a file. progress: told how many rows have been read.

    Raises TableError, one sentence, when the file as a whole can't be used.
    """
    with opened_rows(path, names, progress) as (rows, feed, notes):
        return arrange(list(rows), feed, names.interval, notes)


@contextmanager
def opened_rows(
    path: Path, names: Names, progress: Callable[[int], None]
) -> Iterator[tuple[Iterator[Rows], str, list[str]]]:
    """The rows of a file, the feed they are of, and how its columns were understood; raises as
    `read_table`, also while the rows are read."""
    stem = stem_of(path)
    feed = feed_name(names.feed, stem)
    symbol = symbol_name(names.symbol, stem)
    if names.interval is not None and not re.match(INTERVAL_PATTERN, names.interval):
        raise TableError(f"{names.interval!r} is no interval; write 1m, 15m, 1h, 1d or 1w")
    opened = open_parquet if path.name.lower().endswith(PARQUET_SUFFIXES) else open_csv
    with opened(path, symbol) as (layout, chunks):
        notes = [*layout.notes, *symbol_notes(layout, names.symbol)]
        yield watched(chunks, progress), feed, notes


def stem_of(path: Path) -> str:
    """The file's name without its ending. Raises TableError when the ending is not known."""
    for suffix in (*CSV_SUFFIXES, *PARQUET_SUFFIXES):
        if path.name.lower().endswith(suffix):
            return path.name[: -len(suffix)]
    endings = ", ".join((*CSV_SUFFIXES, *PARQUET_SUFFIXES))
    raise TableError(f"the file's name must end in one of {endings}")


def feed_name(wanted: str | None, stem: str) -> str:
    """The feed: as wanted, or the file's stem in lower case with `-` for what may not be."""
    name = wanted
    if name is None:
        name = re.sub(r"[^a-z0-9._-]+", "-", stem.lower()).strip("._-")[:32]
    if not re.match(FEED_PATTERN, name):
        raise TableError(
            f"{name!r} is no feed; give one with --feed: up to 32 of a-z, 0-9 and . _ -"
        )
    return name


def symbol_name(wanted: str | None, stem: str) -> str | None:
    """The symbol of a file without a column for it; None when its stem is none either."""
    if wanted is not None and not re.match(SYMBOL_PATTERN, wanted):
        raise TableError(f"{wanted!r} is no symbol; use up to 32 letters, digits and . ^ = _ -")
    name = wanted or stem.upper()
    return name if re.match(SYMBOL_PATTERN, name) else None


def symbol_notes(layout: Layout, wanted: str | None) -> list[str]:
    if layout.symbol is not None and wanted is not None:
        return ["--symbol is not used, since the file has a column of symbols"]
    return []


def watched(chunks: Iterator[Rows], progress: Callable[[int], None]) -> Iterator[Rows]:
    read = 0
    for rows in chunks:
        yield rows
        read += len(rows) + len(rows.rejects)
        progress(read)


def arrange(chunks: list[Rows], feed: str, interval: str | None, notes: list[str]) -> Table:
    """All rows of a file as a table: in order, and each series with its interval."""
    if not any(len(rows) or rows.rejects for rows in chunks):
        raise TableError("the file has no rows below its header")
    symbols: dict[str, int] = {}
    codes = codes_of(chunks, symbols)
    lines = np.concatenate([rows.lines for rows in chunks])
    columns = joined(rows.columns for rows in chunks)
    rejects = [reject for rows in chunks for reject in rows.rejects]
    rows_read = len(lines) + len(rejects)
    if any(rows.utc_assumed for rows in chunks):
        notes.append(UTC_ASSUMED)
    if descends(codes, columns.ts):
        notes.append("the newest rows come first; they are read from the last to the first")
        rows_back = np.arange(len(codes))[::-1]
        codes, lines, columns = codes[::-1], lines[::-1], columns.take(rows_back)
    backward = rejects_of_order(codes, columns.ts, lines)
    if backward:
        keep = np.ones(len(codes), np.bool_)
        keep[list(backward)] = False
        codes, columns = codes[keep], columns.take(np.flatnonzero(keep))
    intervals, said = intervals_of(codes, columns.ts, list(symbols), interval)
    return Table(
        series=[Series(feed, name, intervals[code]) for name, code in symbols.items()],
        codes=codes,
        columns=columns,
        rejects=sorted([*rejects, *backward.values()]),
        rows_read=rows_read,
        notes=[*notes, *said],
    )


def codes_of(chunks: Sequence[Rows], symbols: dict[str, int]) -> Codes:
    """The places of the rows' symbols among `symbols`, where new ones are added."""
    found = [np.zeros(0, np.int32)]
    for rows in chunks:
        names = dict.fromkeys(rows.symbols)
        for name in names:
            symbols.setdefault(name, len(symbols))
        if len(names) == 1:
            found.append(np.full(len(rows), symbols[rows.symbols[0]], np.int32))
        else:
            found.append(np.array([symbols[name] for name in rows.symbols], np.int32))
    return np.concatenate(found)


def intervals_of(
    codes: Codes, ts: Ints, symbols: list[str], wanted: str | None
) -> tuple[list[str], list[str]]:
    """The interval of each symbol, and a note when it was inferred."""
    if wanted is not None or not len(codes):
        return [wanted or "1d"] * len(symbols), []
    return told(infer_intervals(codes, ts, len(symbols)))


def told(intervals: list[str]) -> tuple[list[str], list[str]]:
    """Inferred ones with a note of them."""
    found = ", ".join(sorted(set(intervals)))
    return intervals, [f"the interval is {found}, the rows' most common spacing"]
