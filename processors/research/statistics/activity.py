"""The account and its fills in, how much it was invested, traded, and could have traded out."""

from __future__ import annotations

import math

import numpy as np

from processors.research.results import Fills
from processors.research.statistics.course import Course
from processors.research.statistics.returns import average, ratio
from schemas.columns import Floats

CAPACITY_PERCENTILE = 0.95
CAPACITY_SHARE = 0.01


def exposure(course: Course) -> float:
    """Share of the times at whose close there was a position, a fraction.

    vectorbt counts the same. backtesting.py counts a trade's bars from entry to exit, with the
    bar of the exit, at whose close there is none any more.
    """
    return ratio(course.exposed, course.n)


def annual_turnover(fills: Fills, equity: Floats, years: float) -> float:
    """Value traded in a year / mean equity: 1.0 where the account was bought or sold once.

    Both sides count, so that buying all and selling all is 2.0; some halve it. equity: at the ends
    of periods; years: the count of these / periods a year, as for the annual return.
    """
    mean = average(equity)
    if not mean > 0.0:
        return math.nan
    return ratio(float((np.abs(fills.units) * fills.price).sum()), years * mean)


def capacity(fills: Fills, initial_cash: float) -> float:
    """The starting capital with which fills would begin to move the market.

    With it, the 95th percentile of the fills' shares in their bars' dollar volumes (of n shares,
    the ⌈0.95 (n - 1)⌉-th from below, from 0) would be 1 %, if the sizes of orders grow with the
    capital. A fill in a bar whose volume is 0 or unknown has a share without bound: NaN where the
    percentile is one of them, or where there are no fills. backtesting.py, vectorbt and
    quantstats have none.
    """
    if len(fills) == 0:
        return math.nan
    # The price is in both values, of the fill and of the bar, and falls out.
    known = fills.volume > 0.0
    shares = np.full(len(fills), np.inf)
    np.divide(np.abs(fills.units), fills.volume, out=shares, where=known)
    rank = math.ceil(CAPACITY_PERCENTILE * (len(shares) - 1))
    share = float(np.partition(shares, rank)[rank])
    return initial_cash * CAPACITY_SHARE / share if 0.0 < share < math.inf else math.nan
