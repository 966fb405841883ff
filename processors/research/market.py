"""Bars as they are traded, with splits and dividends, and as a strategy sees them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

import numpy as np

from processors.research.merged import Rows, merged
from schemas.columns import BarColumns, Floats, Ints
from streams.actions import PRICES, Actions, adjusted, on_bars


class Frame(NamedTuple):
    """Of n rows, float64 (n,) each. factor, units: what prices were multiplied, and volumes
    divided, by for the strategy (actions.Adjusted). split, dividend: as the book takes them
    (actions.on_bars)."""

    factor: Floats
    units: Floats
    split: Floats
    dividend: Floats

    def seen(self, bars: BarColumns) -> BarColumns:
        """The rows' bars as a strategy sees them."""
        prices = {name: getattr(bars, name) * self.factor for name in PRICES}
        return replace(bars, **prices, volume=bars.volume / self.units)

    def in_units(self, bars: BarColumns) -> BarColumns:
        """The rows' bars adjusted for splits alone."""
        prices = {name: getattr(bars, name) * self.units for name in PRICES}
        return replace(bars, **prices, volume=bars.volume / self.units)


@dataclass(frozen=True, slots=True)
class Markets:
    """bars: by symbol, raw, at least one. frame: of all of them one behind the other, or None
    where no symbol has actions; begins: where each symbol's begin in it."""

    bars: Sequence[BarColumns]
    frame: Frame | None = None
    begins: Ints = field(default_factory=lambda: np.zeros(0, np.int64))

    def frame_of(self, rows: Rows) -> Frame | None:
        """That of rows that were merged from the bars."""
        if self.frame is None:
            return None
        places = self.begins[rows.symbol] + rows.places
        return Frame(*(column[places] for column in self.frame))

    @property
    def series(self) -> int:
        """How many symbols there are."""
        return len(self.bars)

    def rows(self, chunk_bars: int) -> Iterator[Rows]:
        """All bars, in runs of about so many."""
        return merged(self.bars, chunk_bars)

    def begins_us(self, begin_us: int | None) -> Sequence[int]:
        """When orders of each symbol can fill at first, in a run from begin_us on."""
        return [fills_from(bars.ts, begin_us) for bars in self.bars]

    @property
    def seen(self) -> Sequence[BarColumns]:
        """By symbol, as a strategy sees them."""
        return self._by_symbol(Frame.seen)

    @property
    def in_units(self) -> Sequence[BarColumns]:
        """By symbol, adjusted for splits alone."""
        return self._by_symbol(Frame.in_units)

    def until(self, end_us: int | None) -> Markets:
        """The same with no bar at or behind end_us."""
        if end_us is None:
            return self
        counts = [int(np.searchsorted(bars.ts, end_us)) for bars in self.bars]
        bars = [bars.take(slice(count)) for bars, count in zip(self.bars, counts, strict=True)]
        if self.frame is None:
            return Markets(bars)
        kept = np.concatenate(
            [np.arange(b, b + count) for b, count in zip(self.begins, counts, strict=True)]
        )
        frame = Frame(*(column[kept] for column in self.frame))
        return Markets(bars, frame, np.cumsum([0, *counts[:-1]]))

    def frames(self) -> Sequence[Frame | None]:
        """By symbol."""
        if self.frame is None:
            return [None] * len(self.bars)
        return [
            Frame(*(column[begin : begin + len(bars)] for column in self.frame))
            for bars, begin in zip(self.bars, self.begins, strict=True)
        ]

    def _by_symbol(self, change: Callable[[Frame, BarColumns], BarColumns]) -> Sequence[BarColumns]:
        if self.frame is None:
            return self.bars
        pairs = zip(self.frames(), self.bars, strict=True)
        return [bars if frame is None else change(frame, bars) for frame, bars in pairs]


def markets_of(
    bars: Sequence[BarColumns], actions: Sequence[Actions], begin_us: int | None
) -> Markets:
    """bars, actions: by symbol. begin_us: of the run, the first bar's where None. Raises
    ActionError."""
    if not any(map(len, actions)):
        return Markets(bars)
    frames = []
    for each, of in zip(bars, actions, strict=True):
        first = int(each.ts[0]) if len(each) else 0
        found = adjusted(each, of, first if begin_us is None else begin_us)
        frames.append(Frame(found.factor, found.units, *on_bars(of, each)))
    joined = Frame(*(np.concatenate(column) for column in zip(*frames, strict=True)))
    return Markets(bars, joined, np.cumsum([0, *(len(each) for each in bars[:-1])]))


def fills_from(ts: Ints, begin_us: int | None) -> int:
    """The first time at which an order can fill where the series is traded from begin_us on."""
    if begin_us is None:
        return 0
    first = int(np.searchsorted(ts, begin_us)) + 1
    if first < len(ts):
        return int(ts[first])
    return max(begin_us, int(ts[-1]) + 1) if len(ts) else begin_us
