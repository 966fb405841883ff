"""Bars that are too many to be held, as a backtest goes through them: without splits and dividends,
since what these do to a price is told by all of them."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from processors.research.listing import Listing
from processors.research.market import Frame, fills_from
from processors.research.merged import Rows, streamed
from schemas.columns import NO_BARS, BarColumns, Ints, joined

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


class Begun(NamedTuple):
    """Streams that were read ahead. whole: all their bars, by symbol, where there were so few.
    streams: the same bars, whatever they were."""

    whole: list[BarColumns] | None
    streams: list[Iterator[BarColumns]]


def begun(streams: Sequence[Iterator[BarColumns]], bars_max: int) -> Begun:
    """Reads until the streams end or have more than bars_max bars in all."""
    read: list[deque[BarColumns]] = [deque() for _ in streams]
    count = 0
    for pieces, stream in zip(read, streams, strict=True):
        while count <= bars_max and (piece := next(stream, None)) is not None:
            pieces.append(piece)
            count += len(piece)
    if count > bars_max:
        return Begun(None, list(map(_after, read, streams)))
    whole = [joined(pieces) for pieces in read]
    return Begun(whole, [iter((bars,)) for bars in whole])


def _after(pieces: deque[BarColumns], stream: Iterator[BarColumns]) -> Iterator[BarColumns]:
    """What was read, each piece let go when it is given, then the rest."""
    while pieces:
        yield pieces.popleft()
    yield from stream
