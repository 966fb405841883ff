"""Bars of several series in the order in which they were: by time, then by symbol.

Consumes whole columns, or a stream a series: pieces of any size, in the order of their times.
Produces runs of rows, the same of both, and holds of each stream no more than a piece and a run.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from schemas.columns import NO_BARS, BarColumns, Ints, joined

CHUNK_BARS = 32_768
"""So few that their columns stay in the cache: 262,144 took 1.6 times as long, 16,384 a tenth
more."""


@dataclass(frozen=True, slots=True)
class Rows:
    """A run of n rows. symbol: index, int32 (n,). places: of the bar in its series, int64 (n,)."""

    symbol: NDArray[np.int32]
    places: Ints
    bars: BarColumns

    def part(self, rows: slice) -> Rows:
        """Those rows, as views."""
        return Rows(self.symbol[rows], self.places[rows], self.bars.take(rows))

    def cuts(self, count: int) -> Iterator[slice]:
        """Parts of about so many rows, none cut within a time."""
        ts, start = self.bars.ts, 0
        while start < len(ts):
            end = min(start + count, len(ts))
            if end < len(ts) and ts[end] == ts[end - 1]:
                end = int(np.searchsorted(ts, ts[end], side="right"))
            yield slice(start, end)
            start = end


def streamed(
    streams: Sequence[Iterator[BarColumns]], chunk_bars: int = CHUNK_BARS
) -> Iterator[Rows]:
    """Cuts all bars into runs of about chunk_bars, none within a time, however they come in pieces.

    streams: by symbol, each in the order of its times. Raises AssertionError where one is not.
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


def merged(bars: Sequence[BarColumns], chunk_bars: int = CHUNK_BARS) -> Iterator[Rows]:
    """The same of whole columns, by symbol."""
    return streamed([iter((each,)) for each in bars], chunk_bars)


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
