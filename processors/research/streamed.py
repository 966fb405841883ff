"""Bars of several series, read piece after piece, in the order in which they were.

Consumes a stream a series: pieces of any size, in the order of their times. Produces the runs that
`merged` cuts from whole columns, and of each series holds no more than a piece and a run.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from processors.research.merged import CHUNK_BARS, Rows
from schemas.columns import NO_BARS, BarColumns, Ints, joined


def streamed(
    streams: Sequence[Iterator[BarColumns]], chunk_bars: int = CHUNK_BARS
) -> Iterator[Rows]:
    """As `merged` of what the streams have: the same runs, however they come in pieces.

    streams: by symbol.
    """
    series = [_Ahead(each) for each in streams]
    if len(series) == 1:
        yield from _single(series[0], chunk_bars)
        return
    each = max(chunk_bars // max(len(series), 1), 1)
    while True:
        for one in series:
            one.read(each + 1)
        ends = _ends([one.ts for one in series], each)
        if not ends.any():
            return
        yield _run(series, ends)


class _Ahead:
    """A series' next bars. place: of the first of them in the series."""

    def __init__(self, stream: Iterator[BarColumns]) -> None:
        self._stream = stream
        self._bars, self._begun = NO_BARS, 0
        self._latest = np.iinfo(np.int64).min
        self.place = 0

    @property
    def ts(self) -> Ints:
        """The times of those that are read."""
        return self._bars.ts[self._begun :]

    def read(self, count: int) -> int:
        """So far that there are so many bars, or all that are left; how many there are."""
        there = len(self._bars) - self._begun
        if there >= count:
            return there
        pieces = [self._bars.take(slice(self._begun, None))]
        while there < count and (piece := next(self._stream, None)) is not None:
            if len(piece):
                if piece.ts[0] <= self._latest:
                    raise AssertionError("a series' times do not rise")
                self._latest = int(piece.ts[-1])
            pieces.append(piece)
            there += len(piece)
        self._bars, self._begun = joined(pieces), 0
        return there

    def take(self, count: int) -> BarColumns:
        """The next bars, so many of those that are read."""
        end = self._begun + count
        taken = self._bars.take(slice(self._begun, end))
        self._begun = end
        self.place += count
        return taken


def _single(series: _Ahead, chunk_bars: int) -> Iterator[Rows]:
    while there := series.read(chunk_bars):
        first = series.place
        bars = series.take(min(chunk_bars, there))
        yield Rows(np.zeros(len(bars), np.int32), np.arange(first, series.place), bars)


def _ends(times: Sequence[Ints], each: int) -> Ints:
    """How many of each series' next bars are in the run: all of them before the same time.

    times: of as many as were read ahead, more than `each` where there are so many.
    """
    left = [ts[each] for ts in times if len(ts) > each]
    if not left:
        return np.array([len(ts) for ts in times], np.int64)
    until = min(left)
    ends = np.array([ts.searchsorted(until) for ts in times])
    if not ends.any():  # cannot be: the series whose bar `until` is has some before it
        raise AssertionError("a series' times do not rise")
    return ends


def _run(series: Sequence[_Ahead], ends: Ints) -> Rows:
    firsts = np.array([one.place for one in series])
    bars = joined([one.take(end) for one, end in zip(series, ends.tolist(), strict=True)])
    symbol = np.repeat(np.arange(len(series), dtype=np.int32), ends)
    before = np.cumsum(ends) - ends  # rows of the series before, as they are joined
    places = np.arange(len(bars)) + np.repeat(firsts - before, ends)
    order = np.argsort(bars.ts, kind="stable")  # they come by symbol
    return Rows(symbol[order], places[order], bars.take(order))


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
