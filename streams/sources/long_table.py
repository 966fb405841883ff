"""A person's file of bars, however long → whole where it is short, else put down series by series.

Consumes what `table` does and gives the same bars, by the same rules, in the memory of some
hundred thousand rows: of a long file the bars lie on the disk, 48 bytes each.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from schemas.columns import BarColumns, Ints, joined
from schemas.series import Series
from streams.sources.errors import Reject, TableError
from streams.sources.order import Rising, Spacings, descends
from streams.sources.rows import Rows
from streams.sources.spool import Spool
from streams.sources.table import (
    FROM_FILE,
    UTC_ASSUMED,
    Names,
    Table,
    arrange,
    codes_of,
    opened_rows,
    told,
)

ROWS_WHOLE_MAX = 2_000_000
PART_ROWS = 1 << 18
"""So many rows are looked at together: what each costs a symbol should not show."""
REJECTS_KEPT = 1_000


@dataclass(frozen=True, slots=True)
class LongTable:
    """As `Table`, of a file of too many rows to hold. counts: bars by series; rejects: the first
    REJECTS_KEPT, and how many there are in all."""

    series: list[Series]
    counts: list[int]
    rejects: list[Reject]
    rejected: int
    rows_read: int
    notes: list[str]
    _spool: Spool

    def stream(self, code: int) -> Iterator[BarColumns]:
        """As `Spool.stream`, of a series by its place in `series`."""
        return self._spool.stream(code)

    def opens_from(self, code: int, begin_us: int) -> Ints:
        """As `Spool.opens_from`."""
        return self._spool.opens_from(code, begin_us)


def read_any_table(
    path: Path,
    spool: Spool,
    names: Names = FROM_FILE,
    progress: Callable[[int], None] = lambda _rows: None,
    *,
    rows_max: int = ROWS_WHOLE_MAX,
) -> Table | LongTable:
    """The bars of a file, whole up to rows_max rows.

    spool: an unused one, where a longer one's bars are put down, and from which they are read.
    Raises TableError as `read_table`, and when a long one has its newest rows first or finds no
    room.
    """
    with opened_rows(path, names, progress) as (rows, feed, notes):
        read: deque[Rows] = deque()
        count = 0
        while count <= rows_max and (part := next(rows, None)) is not None:
            read.append(part)
            count += len(part) + len(part.rejects)
        if count <= rows_max:
            return arrange(list(read), feed, names.interval, notes)
        return _put_down(_after(read, rows), spool, feed, names.interval, notes)


def _after(read: deque[Rows], rows: Iterator[Rows]) -> Iterator[Rows]:
    while read:
        yield read.popleft()
    yield from rows


def _put_down(
    rows: Iterator[Rows], spool: Spool, feed: str, interval: str | None, notes: list[str]
) -> LongTable:
    reading = _Reading(spool, interval is None)
    part: list[Rows] = []
    waits = 0
    for some in rows:
        part.append(some)
        waits += len(some) + len(some.rejects)
        if waits >= PART_ROWS:
            reading.add(part)
            part, waits = [], 0
    if part:
        reading.add(part)
    spool.flush()
    names = list(reading.symbols)
    intervals, said = [interval or ""] * len(names), list[str]()
    if interval is None:
        intervals, said = told(reading.spacings.intervals(len(names)))
    return LongTable(
        series=[Series(feed, *each) for each in zip(names, intervals, strict=True)],
        counts=[spool.count(code) for code in range(len(names))],
        rejects=reading.rejects,
        rejected=reading.rejected,
        rows_read=reading.rows_read,
        notes=[*notes, *([UTC_ASSUMED] if reading.utc_assumed else []), *said],
        _spool=spool,
    )


class _Reading:
    """What is known of the rows so far."""

    def __init__(self, spool: Spool, infer: bool) -> None:
        """infer: whether the interval is to be told from the rows."""
        self._spool, self._infer = spool, infer
        self._rising = Rising()
        self.spacings = Spacings()
        self.symbols: dict[str, int] = {}
        self.rejects: list[Reject] = []
        self.rejected = self.rows_read = 0
        self.utc_assumed = False

    def add(self, part: list[Rows]) -> None:
        """The next rows. Raises TableError."""
        first = not self.symbols
        codes = codes_of(part, self.symbols)
        lines = np.concatenate([rows.lines for rows in part])
        bars = joined(rows.columns for rows in part)
        if first and descends(codes, bars.ts):
            raise TableError(
                "the newest rows come first, and they are too many to be turned around; sort them"
                " by time"
            )
        backward = self._rising.rejects(codes, bars.ts, lines)
        bad = [*backward.values(), *(reject for rows in part for reject in rows.rejects)]
        self.rejected += len(bad)
        self.rejects += sorted(bad)[: REJECTS_KEPT - len(self.rejects)]
        self.rows_read += len(codes) + len(bad) - len(backward)
        self.utc_assumed |= any(rows.utc_assumed for rows in part)
        if backward:
            keep = np.ones(len(codes), np.bool_)
            keep[list(backward)] = False
            codes, bars = codes[keep], bars.take(np.flatnonzero(keep))
        if self._infer:
            self.spacings.add(codes, bars.ts)
        self._spool.put(codes, bars)
