"""Bars of several series in the order in which they were: by time, then by symbol."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from schemas.columns import BarColumns, Ints

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


def merged(bars: Sequence[BarColumns], chunk_bars: int = CHUNK_BARS) -> Iterator[Rows]:
    """Cuts all bars into runs of about chunk_bars, none within a time.

    bars: by symbol, each in the order of its times.
    """
    if len(bars) == 1:
        (only,) = bars
        for start in range(0, len(only), chunk_bars):
            part = slice(start, start + chunk_bars)
            found = only.take(part)
            places = np.arange(start, start + len(found))
            yield Rows(np.zeros(len(found), np.int32), places, found)
        return
    begun = np.zeros(len(bars), np.int64)
    sizes = np.array([len(each) for each in bars])
    while (begun < sizes).any():
        ends = _ends(bars, begun, chunk_bars)
        parts = [
            each.take(slice(first, last))
            for each, first, last in zip(bars, begun, ends, strict=True)
        ]
        symbol = np.repeat(np.arange(len(bars), dtype=np.int32), ends - begun)
        places = np.concatenate(
            [np.arange(first, last) for first, last in zip(begun, ends, strict=True)]
        )
        together = BarColumns(
            *(
                np.concatenate([getattr(part, name) for part in parts])
                for name in BarColumns.__slots__
            )
        )
        order = np.lexsort((symbol, together.ts))
        yield Rows(symbol[order], places[order], together.take(order))
        begun = ends


def _ends(bars: Sequence[BarColumns], begun: Ints, chunk_bars: int) -> Ints:
    """Where each series' part ends: all of them before the same time."""
    each = max(chunk_bars // len(bars), 1)
    left = [
        series.ts[first + each]
        for series, first in zip(bars, begun, strict=True)
        if first + each < len(series)
    ]
    if not left:
        return np.array([len(series) for series in bars])
    until = min(left)
    ends = np.array([int(np.searchsorted(series.ts, until)) for series in bars])
    if (ends == begun).all():  # cannot be: the series whose bar `until` is has some before it
        raise AssertionError("a series' times do not rise")
    return ends
