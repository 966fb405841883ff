"""Equity in, how far and how long it was below its peak out.

At the resolution of the bars: one that falls and rises again within a day counts. The peak is
never below the initial cash, so that an account that loses from its first bar on is in a drawdown.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from processors.research.statistics.periods import DAY_US
from schemas.columns import Floats, Ints

BLOCK_BARS = 4096


def running_peak(equity: Floats, initial_cash: float) -> Floats:
    """The highest equity so far, at least the initial cash; shape of the equity."""
    if len(equity) == 0:
        return np.zeros(0)
    # numpy accumulates one value after the other, 3 ms for a million, but finds the highest of a
    # block several at a time; and few blocks of an account that is traded have a new peak.
    highest = np.maximum.reduceat(equity, np.arange(0, len(equity), BLOCK_BARS))
    before = np.maximum.accumulate(np.concatenate(([initial_cash], highest[:-1])))
    peak: Floats = np.repeat(before, BLOCK_BARS)[: len(equity)]
    for block in np.flatnonzero(highest > before):
        rows = slice(block * BLOCK_BARS, (block + 1) * BLOCK_BARS)
        inside = peak[rows]
        np.maximum.accumulate(equity[rows], out=inside)
        np.maximum(inside, before[block], out=inside)
    return peak


def drawdown_series(equity: Floats, initial_cash: float) -> Floats:
    """equity / running peak - 1: fractions, 0.0 at a peak, below -1.0 only with debts."""
    peak = running_peak(equity, initial_cash)
    np.divide(equity, peak, out=peak)
    peak -= 1.0
    return peak


@dataclass(frozen=True, slots=True)
class Drawdowns:
    """n drawdowns in the order of time; every array has shape (n,).

    peak_rows: the last row at the peak, -1 where it was the initial cash. recovery_rows: the
    first at the peak again or above it; the number of rows where that never came. depths:
    lowest equity / peak - 1, negative.
    """

    peak_rows: Ints
    recovery_rows: Ints
    depths: Floats

    def __len__(self) -> int:
        return len(self.depths)

    @property
    def maximum(self) -> float:
        """The deepest, a negative fraction; 0.0 where there was none."""
        return float(self.depths.min()) if len(self) else 0.0

    @property
    def average(self) -> float:
        """Mean of their depths, each counted once, as backtesting.py; NaN where there was none."""
        return float(self.depths.mean()) if len(self) else math.nan

    def durations_days(self, ts: Ints) -> Floats:
        """Days from each one's peak to its recovery, or to the last bar, shape (n,).

        As backtesting.py and vectorbt; quantstats counts from the first bar below the peak.
        """
        ends = np.minimum(self.recovery_rows, len(ts) - 1)
        found: Floats = (ts[ends] - ts[np.maximum(self.peak_rows, 0)]) / DAY_US
        return found


def drawdowns_of(equity: Floats, peak: Floats) -> Drawdowns:
    """The drawdowns of an equity below its running peak; both have the shape of the bars."""
    below = equity < peak
    edges = np.flatnonzero(below[1:] != below[:-1]) + 1
    if len(below) and below[0]:
        edges = np.insert(edges, 0, 0)
    if len(edges) % 2:
        edges = np.append(edges, len(below))
    starts, ends = edges[::2], edges[1::2]
    if len(starts) == 0:
        return Drawdowns(starts, ends, np.zeros(0))
    # A part reaches to the next drawdown's start: what follows a recovery is not below the
    # peak, so the lowest is the drawdown's own.
    lowest = np.minimum.reduceat(equity, starts)
    return Drawdowns(starts - 1, ends, lowest / peak[starts] - 1.0)


@dataclass(frozen=True, slots=True)
class Drawdown:
    """One of the worst. Times are bars' opens in UTC microseconds; depth is a negative fraction.

    recovery_ts: None where the equity had not come back when the bars ended.
    """

    peak_ts: int
    trough_ts: int
    recovery_ts: int | None
    depth: float


def worst_drawdowns(
    ts: Ints, equity: Floats, initial_cash: float, count: int
) -> tuple[Drawdown, ...]:
    """The deepest ones, the worst first; of equals the earlier first."""
    found = drawdowns_of(equity, running_peak(equity, initial_cash))
    worst = np.argsort(found.depths, kind="stable")[:count]
    return tuple(one_drawdown(ts, equity, found, int(which)) for which in worst)


def one_drawdown(ts: Ints, equity: Floats, found: Drawdowns, which: int) -> Drawdown:
    """The row of a table for one of them; a peak that was the initial cash is at the first bar."""
    peak, recovery = int(found.peak_rows[which]), int(found.recovery_rows[which])
    start = peak + 1
    trough = start + int(np.argmin(equity[start:recovery]))
    return Drawdown(
        peak_ts=int(ts[max(peak, 0)]),
        trough_ts=int(ts[trough]),
        recovery_ts=int(ts[recovery]) if recovery < len(ts) else None,
        depth=float(found.depths[which]),
    )
