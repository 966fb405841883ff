"""Bars that are too many to be held, as a backtest goes through them: without splits and dividends,
since what these do to a price is told by all of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from processors.research.listing import Listing
from processors.research.market import Frame, fills_from
from processors.research.merged import Rows
from processors.research.streamed import streamed
from schemas.columns import NO_BARS, BarColumns, Ints

WHOLE_MAX = 2_000_000
"""Of all symbols: so many are held, 96 MB, since to go through them twice takes longer."""


@dataclass(frozen=True, slots=True)
class LongBars:
    """To be gone through once. streams: by symbol, in the order of their times. opens: given a
    time, by symbol the first two opens at or behind it."""

    streams: Sequence[Iterator[BarColumns]]
    opens: Callable[[int], Sequence[Ints]]

    @property
    def series(self) -> int:
        """How many symbols there are."""
        return len(self.streams)

    def rows(self, chunk_bars: int) -> Iterator[Rows]:
        """As Markets.rows."""
        return streamed(self.streams, chunk_bars)

    def frame_of(self, rows: Rows) -> Frame | None:
        """None: the bars are as they are traded."""
        del rows
        return None

    def begins_us(self, begin_us: int | None) -> Sequence[int]:
        """As Markets.begins_us."""
        if begin_us is None:
            return [0] * self.series
        return [fills_from(opens, begin_us) for opens in self.opens(begin_us)]

    @property
    def in_units(self) -> Sequence[BarColumns]:
        """Of each symbol none."""
        return [NO_BARS] * self.series


def must_be_whole(listings: Iterable[Listing]) -> bool:
    """Whether there are splits or dividends."""
    return any(len(each.actions) for each in listings)


def until(stream: Iterator[BarColumns], end_us: int | None) -> Iterator[BarColumns]:
    """A stream's bars that open before end_us; what is behind them is not read."""
    for piece in stream:
        count = len(piece) if end_us is None else int(piece.ts.searchsorted(end_us))
        yield piece.take(slice(count)) if count < len(piece) else piece
        if count < len(piece):
            return
