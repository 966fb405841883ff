"""Bars of files, however long: by symbol, whole where they are few, else to be gone through.

Consumes what `streams.sources.long_table` makes of each file. A command reads what it is given
with `opened_files`, and is done with it before that ends.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np

from deploy.errors import UserError
from schemas.columns import BarColumns, Ints
from schemas.series import Series
from streams.sources.errors import TableError
from streams.sources.long_table import ROWS_WHOLE_MAX, LongTable, read_any_table
from streams.sources.order import by_symbol
from streams.sources.spool import Spool
from streams.sources.table import Names, Table

REJECTS_SHOWN = 3


@dataclass(frozen=True, slots=True)
class WholeBars:
    """A series of a file that is held."""

    bars: BarColumns

    def __len__(self) -> int:
        return len(self.bars)

    def stream(self) -> Iterator[BarColumns]:
        """Its bars, in one piece."""
        return iter((self.bars,))

    def opens_from(self, begin_us: int) -> Ints:
        """As `SpooledBars.opens_from`."""
        first = int(np.searchsorted(self.bars.ts, begin_us))
        return self.bars.ts[first : first + 2]


@dataclass(frozen=True, slots=True)
class SpooledBars:
    """A series of a file that is not."""

    table: LongTable
    code: int

    def __len__(self) -> int:
        return self.table.counts[self.code]

    def stream(self) -> Iterator[BarColumns]:
        """Its bars, piece by piece, in the order of their times; each call begins anew."""
        return self.table.stream(self.code)

    def opens_from(self, begin_us: int) -> Ints:
        """Its first two opens at or behind begin_us, or as many as there are: what
        `processors.research.market.fills_from` needs of all."""
        return self.table.opens_from(self.code, begin_us)


FileBars = WholeBars | SpooledBars


class FileMarket(NamedTuple):
    """bars: by symbol, in the order of the files, those with at least one bar; all of one interval.
    notes: sentences on what was left out."""

    bars: dict[str, FileBars]
    interval: str
    notes: list[str]


@contextmanager
def opened_files(
    paths: Sequence[Path], interval: str | None, rows_max: int = ROWS_WHOLE_MAX
) -> Iterator[FileMarket]:
    """The bars of files. rows_max: of all of them, what is held whole; the files behind are long
    ones. Raises UserError."""
    bars: dict[str, FileBars] = {}
    intervals: set[str] = set()
    notes: list[str] = []
    left = rows_max
    with ExitStack() as ends:
        for path in paths:
            spool = ends.enter_context(Spool())
            try:
                names = Names(interval=interval)
                table = read_any_table(path, spool, names, rows_max=max(left, 0))
            except TableError as error:
                raise UserError(f"{path}: {error}.") from None
            left -= table.rows_read
            notes += _left_out(path, table)
            for series, found in _by_series(table):
                if series.symbol in bars:
                    raise UserError(f"{series.symbol} is in more than one of the files.")
                bars[series.symbol] = found
                intervals.add(series.interval)
        if not bars:
            why = notes[: REJECTS_SHOWN + 1]
            raise UserError(" ".join(["The files have no bars that can be used.", *why]))
        if len(intervals) > 1:
            told = ", ".join(sorted(intervals))
            raise UserError(f"The bars have several intervals ({told}): take one, with --interval.")
        yield FileMarket(bars, intervals.pop(), notes)


def _by_series(table: Table | LongTable) -> Iterator[tuple[Series, FileBars]]:
    """Those that have bars."""
    if isinstance(table, LongTable):
        for code, series in enumerate(table.series):
            if table.counts[code]:
                yield series, SpooledBars(table, code)
    else:
        for rows in by_symbol(table.codes):
            yield table.series[table.codes[rows[0]]], WholeBars(table.columns.take(rows))


def _left_out(path: Path, table: Table | LongTable) -> list[str]:
    notes = [
        f"{path.name}, line {reject.line}: {reject.reason}; it is left out."
        for reject in table.rejects[:REJECTS_SHOWN]
    ]
    if table.rejected > REJECTS_SHOWN:
        notes.append(f"{path.name}: {table.rejected:,} lines are left out in all.")
    return notes
