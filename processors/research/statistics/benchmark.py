"""Returns of an account and of its benchmark in, what the one owes to the other out.

Both are of the same periods, fractions, shape (n,); per_year is how many periods a year has, and
risk_free a year's rate. What the returns do not tell is NaN.
"""

from __future__ import annotations

import math

from processors.research.statistics.returns import (
    ROUNDING,
    average,
    compounded,
    deviation,
    excess,
    ratio,
)
from schemas.columns import Floats


def buy_and_hold_return(benchmark: Floats, initial_cash: float) -> float:
    """What the same cash became in the benchmark, as a fraction of it."""
    return ratio(float(benchmark[-1]), initial_cash) - 1.0 if len(benchmark) else math.nan


def beta(returns: Floats, benchmark: Floats) -> float:
    """Covariance with the benchmark / the benchmark's variance, as empyrical and quantstats.

    backtesting.py takes it of log returns of bars.
    """
    if len(returns) < 2:
        return math.nan
    centred = benchmark - average(benchmark)
    variance, covariance = average(centred * centred), average(centred * returns)
    return ratio(covariance, variance if variance > ROUNDING**2 else 0.0)


def alpha(returns: Floats, benchmark: Floats, per_year: float, risk_free: float = 0.0) -> float:
    """Jensen's (1968), annualised: (1 + mean(excess - beta × benchmark's excess))^per_year - 1.

    As empyrical, whose risk-free rate is a period's. quantstats multiplies the mean by the periods
    of a year; backtesting.py's is of the whole time.
    """
    if len(returns) < 2:
        return math.nan
    over = average(excess(returns, per_year, risk_free))
    over_benchmark = average(excess(benchmark, per_year, risk_free))
    return compounded(1.0 + over - beta(returns, benchmark) * over_benchmark, per_year)


def correlation(returns: Floats, benchmark: Floats) -> float:
    """Pearson's."""
    spreads = deviation(returns) * deviation(benchmark)
    if not spreads > 0.0:
        return math.nan
    product = float(((returns - returns.mean()) * (benchmark - benchmark.mean())).sum())
    # Rounding may bring it above 1.
    return min(1.0, max(-1.0, product / (len(returns) - 1) / spreads))


def information_ratio(returns: Floats, benchmark: Floats) -> float:
    """Mean / standard deviation (ddof 1) of the returns above the benchmark's; not annualised.

    As quantstats, vectorbt and empyrical's excess_sharpe; Grinold and Kahn (2000) multiply it by
    √per_year.
    """
    active = returns - benchmark
    return ratio(average(active), deviation(active))
