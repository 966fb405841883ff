"""Returns of periods in, how much they were and how steady out.

Sums are numpy's own, never a dot product: BLAS adds in an order that depends on the machine.
Everywhere: returns are fractions of one period each, shape (n,); per_year is how many periods a
year has; risk_free is a year's rate, as a fraction. What the returns do not tell is NaN: too few
of them, nothing to divide by, or an account that was lost.
"""

from __future__ import annotations

import math

import numpy as np

from schemas.columns import Floats, Ints

# A return is a ratio near 1.0 less 1.0, so that equal ones differ by some 2e-16: a deviation that
# small is rounding, and dividing by it would make a ratio of 1e15 of a riskless account.
ROUNDING = 1e-15
TAIL = 0.05


def ratio(numerator: float, denominator: float) -> float:
    """Their ratio, NaN where there is nothing to divide by."""
    return float(numerator) / float(denominator) if denominator != 0.0 else math.nan


def average(values: Floats | Ints) -> float:
    """Arithmetic mean."""
    return float(values.mean()) if len(values) else math.nan


def deviation(values: Floats) -> float:
    """Standard deviation, ddof 1; 0.0 where the values differ by rounding only."""
    if len(values) < 2:
        return math.nan
    found = float(values.std(ddof=1))
    return 0.0 if found <= ROUNDING else found


def excess(returns: Floats, per_year: float, risk_free: float) -> Floats:
    """The returns less what was free of risk in a period: (1 + risk_free)^(1 / per_year) - 1."""
    return returns - ((1.0 + risk_free) ** (1.0 / per_year) - 1.0) if risk_free else returns


def compounded(growth: float, exponent: float) -> float:
    """growth^exponent - 1, a return; NaN where nothing is left to grow, infinite above 1e308."""
    if not growth >= 0.0:
        return math.nan
    try:
        return math.pow(growth, exponent) - 1.0
    except OverflowError:
        return math.inf


def total_return(returns: Floats) -> float:
    """What they compound to."""
    return float(np.prod(returns + 1.0)) - 1.0 if len(returns) else math.nan


def annual_return(returns: Floats, per_year: float) -> float:
    """Geometric: (1 + total)^(per_year / n) - 1, with the years by the count of periods.

    As empyrical, quantstats, vectorbt and backtesting.py, which differ in what a period is only.
    """
    if len(returns) == 0:
        return math.nan
    return compounded(1.0 + total_return(returns), per_year / len(returns))


def annual_volatility(returns: Floats, per_year: float) -> float:
    """Standard deviation (ddof 1) × √per_year, as empyrical, quantstats and vectorbt.

    backtesting.py compounds the variance instead, which gives more where returns are high.
    """
    return deviation(returns) * math.sqrt(per_year)


def sharpe(returns: Floats, per_year: float, risk_free: float = 0.0) -> float:
    """Mean / standard deviation (ddof 1) of the excess returns × √per_year (Sharpe 1994).

    As empyrical, quantstats and vectorbt; the first and the last take the risk-free rate of a
    period. backtesting.py divides the geometric annual return by its compounded volatility.
    """
    over = excess(returns, per_year, risk_free)
    return ratio(average(over), deviation(over)) * math.sqrt(per_year)


def sortino(returns: Floats, per_year: float, risk_free: float = 0.0) -> float:
    """Mean excess return / downside deviation × √per_year.

    Downside deviation: the root of the mean square of the negative excess returns, over all n
    periods, as empyrical, quantstats and vectorbt. backtesting.py has the geometric annual
    return above it.
    """
    if len(returns) < 2:
        return math.nan
    over = excess(returns, per_year, risk_free)
    downside = math.sqrt(average(np.minimum(over, 0.0) ** 2))
    return ratio(average(over), downside if downside > ROUNDING else 0.0) * math.sqrt(per_year)


def calmar(annual: float, max_drawdown: float) -> float:
    """Annual return / |largest drawdown|, both fractions (Young 1991, but over all years).

    The drawdown is of all bars here, as in backtesting.py; empyrical and quantstats only see
    that of the returns they are given, which for bars within the day is smaller.
    """
    return ratio(annual, abs(max_drawdown))


def omega(returns: Floats) -> float:
    """Sum of the gains / sum of the losses, the threshold 0 (Keating, Shadwick 2002).

    As empyrical, quantstats and vectorbt without a risk-free rate, which shifts theirs.
    """
    if len(returns) < 2:
        return math.nan
    gains = float(np.maximum(returns, 0.0).sum())
    return ratio(gains, -float(np.minimum(returns, 0.0).sum()))


def value_at_risk(returns: Floats) -> float:
    """The 5th percentile of a period's returns, interpolated: negative where it is a loss.

    Historical, as empyrical and vectorbt; quantstats takes that of a normal distribution.
    """
    return float(np.quantile(returns, TAIL)) if len(returns) else math.nan


def conditional_value_at_risk(returns: Floats) -> float:
    """Mean of the worst 5 % of the returns, at least one: the first ⌊(n - 1) × 0.05⌋ + 1.

    As empyrical and vectorbt, and quantstats with method="historical"; its default is that of a
    normal distribution.
    """
    if len(returns) == 0:
        return math.nan
    last = int((len(returns) - 1) * TAIL)
    return float(np.partition(returns, last)[: last + 1].mean())


def skewness(returns: Floats) -> float:
    """Third standardised moment, corrected for the sample's size, as pandas and quantstats.

    G1 of Joanes, Gill (1998); scipy's default is not corrected.
    """
    n = len(returns)
    second, third, _ = central_moments(returns)
    if n < 3 or second != second:
        return math.nan
    return ratio(third, second**1.5) * math.sqrt(n * (n - 1)) / (n - 2)


def kurtosis(returns: Floats) -> float:
    """Fourth standardised moment less 3, corrected for the sample's size, as pandas and quantstats.

    G2 of Joanes, Gill (1998), 0 for a normal distribution; scipy's default is not corrected.
    """
    n = len(returns)
    second, _, fourth = central_moments(returns)
    if n < 4 or second != second:
        return math.nan
    excess_kurtosis = ratio(fourth, second**2) - 3.0
    return (n - 1) / ((n - 2) * (n - 3)) * ((n + 1) * excess_kurtosis + 6.0)


def central_moments(values: Floats) -> tuple[float, float, float]:
    """Second, third and fourth, ddof 0; the second is 0.0 where values differ by rounding only."""
    centred = values - average(values)
    squared = centred * centred
    second, third, fourth = average(squared), average(squared * centred), average(squared * squared)
    return 0.0 if second <= ROUNDING**2 else second, third, fourth
