"""Many made-up histories, a row each, and what became of the account in each of them."""

from __future__ import annotations

import math

import numpy as np

from processors.research.statistics.returns import ROUNDING
from schemas.columns import Floats

CELLS_MAX = 4_000_000
"""Of rows that are made at a time: 32 MB."""


def runs_together(length: int) -> int:
    """How many histories of so many steps are made at a time."""
    return max(CELLS_MAX // max(length, 1), 1)


def max_drawdowns(equity: Floats, initial: float) -> Floats:
    """The deepest drawdown of each row of equity (runs, steps), a fraction ≤ 0; the peak is never
    below the initial value."""
    peak = np.maximum.accumulate(equity, axis=1)
    np.maximum(peak, initial, out=peak)
    found: Floats = np.minimum((equity / peak).min(axis=1) - 1.0, 0.0)
    return found


def sharpes(made: Floats, per_year: float) -> Floats:
    """The annualised Sharpe ratio of each row of returns (runs, periods); NaN without a spread."""
    spread = made.std(axis=1, ddof=1)
    found: Floats = made.mean(axis=1) / np.where(spread > ROUNDING, spread, np.nan)
    found *= math.sqrt(per_year)
    return found
