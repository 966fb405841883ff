"""Equity in, how far and how long it was below its peak out: part after part, however cut.

At the resolution of the bars: one that falls and rises again within a day counts. The peak is
never below the initial cash, so that an account that loses from its first bar on is in a drawdown.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from processors.research.statistics.periods import DAY_US
from schemas.columns import Floats, Ints

BLOCK_BARS = 256
WORST = 5


def running_peak(equity: Floats, initial_cash: float) -> Floats:
    """The highest equity so far, at least the initial cash; shape of the equity."""
    # numpy accumulates one value after the other, 3 ns each, but finds the highest of a block
    # several at a time; and few blocks of an account that is traded have a new peak.
    whole = len(equity) // BLOCK_BARS * BLOCK_BARS
    blocks = equity[:whole].reshape(-1, BLOCK_BARS)
    highest = np.maximum.accumulate(np.append(initial_cash, blocks.max(axis=1)))
    peak = np.empty(len(equity))
    inside = peak[:whole].reshape(-1, BLOCK_BARS)
    inside[:] = highest[:-1, None]
    new = np.flatnonzero(highest[1:] > highest[:-1])
    inside[new] = np.maximum(np.maximum.accumulate(blocks[new], axis=1), inside[new])
    rest = np.append(highest[-1], equity[whole:])
    peak[whole:] = np.maximum.accumulate(rest)[1:]
    return peak


def drawdown_series(equity: Floats, initial_cash: float) -> Floats:
    """equity / running peak - 1: fractions, 0.0 at a peak, below -1.0 only with debts."""
    peak = running_peak(equity, initial_cash)
    np.divide(equity, peak, out=peak)
    peak -= 1.0
    return peak


@dataclass(frozen=True, slots=True)
class Drawdown:
    """From a peak through the lowest point until the peak is reached again.

    Times are bars' opens in UTC microseconds: of the last bar at the peak (of the first one where
    the peak was the initial cash), of the lowest, and of the first at the peak again or above it,
    None where the equity had not come back when the bars ended. depth: lowest equity / peak - 1.
    """

    peak_ts: int
    trough_ts: int
    recovery_ts: int | None
    depth: float


@dataclass(frozen=True, slots=True)
class Drawdowns:
    """All of an account, with one that has not ended. depths: their sum, a negative fraction.
    lasted_us: their sum, and that of the longest, each from its peak to its recovery or to the last
    bar, as backtesting.py and vectorbt; quantstats counts from the first bar below the peak.
    worst: up to WORST of them, the deepest first, of equals the earlier first."""

    count: int = 0
    depths: float = 0.0
    lasted_us: int = 0
    longest_us: int = 0
    worst: tuple[Drawdown, ...] = ()

    @property
    def maximum(self) -> float:
        """The deepest, a negative fraction; 0.0 where there was none."""
        return self.worst[0].depth if self.worst else 0.0

    @property
    def average(self) -> float:
        """Mean of their depths, each counted once, as backtesting.py; NaN where there was none."""
        return self.depths / self.count if self.count else math.nan

    @property
    def average_days(self) -> float:
        """How long they lasted on average; NaN where there was none."""
        return self.lasted_us / self.count / DAY_US if self.count else math.nan

    @property
    def longest_days(self) -> float:
        """NaN where there was none."""
        return self.longest_us / DAY_US if self.count else math.nan

    def and_these(self, depths: Floats, lasted_us: Ints, deep: tuple[Drawdown, ...]) -> Drawdowns:
        """With the next ones, at least one. deep: those of them that may be among the worst."""
        # One after the other, so that the sum does not depend on how many come at a time.
        total = np.add.accumulate(np.append(self.depths, depths))[-1]
        return Drawdowns(
            self.count + len(depths),
            float(total),
            self.lasted_us + int(lasted_us.sum()),
            max(self.longest_us, int(lasted_us.max())),
            tuple(sorted(self.worst + deep, key=lambda each: each.depth)[:WORST]),
        )

    @property
    def bar_to_worst(self) -> float:
        """How deep one must be to be among the worst."""
        return self.worst[-1].depth if len(self.worst) == WORST else 0.0


class DrawdownFold:
    """Finds drawdowns as equity comes. peak: the highest so far, at least the initial cash."""

    def __init__(self, initial_cash: float) -> None:
        self.peak = initial_cash
        self._ended = Drawdowns()
        self._last_ts: int | None = None
        self._since: int | None = None  # the peak's time, where the equity is below it
        self._lowest = (math.inf, 0)  # since then, and its time

    def add(self, ts: Ints, equity: Floats) -> None:
        """The next n bars, (n,) each."""
        if not len(ts):
            return
        if self._last_ts is None:
            self._last_ts = int(ts[0])
        (self._fall if equity.max() < self.peak else self._rise)(ts, equity)

    def found(self) -> Drawdowns:
        """What there was until now."""
        if self._since is None:
            return self._ended
        assert self._last_ts is not None
        return self._with_this(self._last_ts, None)

    def _fall(self, ts: Ints, equity: Floats) -> None:
        """Bars below the peak, all of them."""
        if self._since is None:
            self._since, self._lowest = self._last_ts, (math.inf, 0)
        at = int(equity.argmin())
        if equity[at] < self._lowest[0]:
            self._lowest = float(equity[at]), int(ts[at])
        self._last_ts = int(ts[-1])

    def _rise(self, ts: Ints, equity: Floats) -> None:
        """Bars of which at least one is at the peak or above it."""
        peaks = running_peak(equity, self.peak)
        below = equity < peaks
        edges = np.flatnonzero(below[1:] != below[:-1]) + 1
        if below[0] != (self._since is not None):
            edges = np.append(0, edges)
        if self._since is not None:
            end, edges = int(edges[0]), edges[1:]
            if end:
                self._fall(ts[:end], equity[:end])
            self._ended = self._with_this(int(ts[end]), int(ts[end]))
            self._since = None
        pairs = edges[: len(edges) // 2 * 2].reshape(-1, 2)
        if len(pairs):
            self._whole(ts, equity, peaks, pairs)
        before = int(ts[edges[-1] - 1]) if len(edges) and edges[-1] else self._last_ts
        self.peak, self._last_ts = float(peaks[-1]), int(ts[-1])
        if len(edges) % 2:
            begin = int(edges[-1])
            self._last_ts = before
            self._fall(ts[begin:], equity[begin:])

    def _whole(self, ts: Ints, equity: Floats, peaks: Floats, edges: NDArray[np.intp]) -> None:
        """Drawdowns that begin and end among these bars. edges: where they do, (n, 2)."""
        starts, ends = edges.T
        since = ts[starts - 1]
        if starts[0] == 0:
            since[0] = self._last_ts
        lowest = np.minimum.reduceat(equity, edges.ravel())[::2]
        depths = lowest / peaks[starts] - 1.0
        deep = np.flatnonzero(depths < self._ended.bar_to_worst)
        deep = deep[np.argsort(depths[deep], kind="stable")[:WORST]]
        worst = tuple(
            Drawdown(
                int(since[each]),
                int(ts[starts[each] + equity[starts[each] : ends[each]].argmin()]),
                int(ts[ends[each]]),
                float(depths[each]),
            )
            for each in deep.tolist()
        )
        self._ended = self._ended.and_these(depths, ts[ends] - since, worst)

    def _with_this(self, end_us: int, recovery_ts: int | None) -> Drawdowns:
        assert self._since is not None
        lowest, trough_ts = self._lowest
        this = Drawdown(self._since, trough_ts, recovery_ts, lowest / self.peak - 1.0)
        deep = (this,) if this.depth < self._ended.bar_to_worst else ()
        lasted = np.array([end_us - self._since])
        return self._ended.and_these(np.array([this.depth]), lasted, deep)
