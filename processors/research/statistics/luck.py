"""Sharpe ratios in, how likely they are luck out.

Everywhere but in Trials, Sharpe ratios are of a period, not annualised; n is how many returns one
was found with; skewness is theirs, and kurtosis theirs less 3, as in returns.py.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from statistics import NormalDist, variance

from processors.research.statistics.returns import ratio

NORMAL = NormalDist()
EULER_MASCHERONI = 0.5772156649015329
CONFIDENCE = 0.95


@dataclass(frozen=True, slots=True)
class Trials:
    """What was tried before one was chosen.

    count: how many independent trials, the chosen one too. sharpe_variance: of their annualised
    Sharpe ratios, ddof 1. Trials that resemble each other, as those of a sweep over a window's
    length, are fewer than they seem: count clusters of them, or the chances come out too low.
    """

    count: int
    sharpe_variance: float

    @classmethod
    def of(cls, sharpes: Iterable[float | None]) -> Trials:
        """Of all trials' annualised Sharpe ratios; trials without one are left out."""
        known = [sharpe for sharpe in sharpes if sharpe is not None and math.isfinite(sharpe)]
        return cls(len(known), variance(known) if len(known) > 1 else 0.0)


def sharpe_deviation(sharpe: float, n: int, skewness: float, kurtosis: float) -> float:
    """Standard deviation of an estimated Sharpe ratio: √((1 - γ₃ SR + (γ₄ - 1) / 4 SR²) / (n - 1)).

    Mertens (2002), as Bailey, López de Prado (2012) use it; γ₄ = kurtosis + 3.
    """
    if n < 2:
        return math.nan
    inside = 1.0 - skewness * sharpe + (kurtosis + 2.0) / 4.0 * sharpe**2
    # Moments of a small sample may contradict each other.
    return math.sqrt(inside / (n - 1)) if inside > 0.0 else math.nan


def probabilistic_sharpe(
    sharpe: float, n: int, skewness: float, kurtosis: float, *, above: float = 0.0
) -> float:
    """Probability that the true Sharpe ratio is above a given one, in [0, 1].

    Bailey, López de Prado, "The Sharpe ratio efficient frontier" (2012).
    quantstats has the same for above = 0.
    """
    z = ratio(sharpe - above, sharpe_deviation(sharpe, n, skewness, kurtosis))
    return NORMAL.cdf(z) if z == z else math.nan


def expected_maximum_sharpe(count: int, sharpe_variance: float) -> float:
    """The highest Sharpe ratio to expect of so many independent trials that are all worth 0.

    √V × ((1 - γ) Φ⁻¹(1 - 1/N) + γ Φ⁻¹(1 - 1/(N e))), γ being Euler's constant: Bailey, López de
    Prado, "The deflated Sharpe ratio" (2014), the trials' mean being 0. One trial has 0.0: the
    formula has no value for it.
    """
    if count < 2:
        return 0.0 if count == 1 else math.nan
    # Φ⁻¹(1 - p) is -Φ⁻¹(p), which keeps its digits for a small p.
    highest = -(1.0 - EULER_MASCHERONI) * NORMAL.inv_cdf(1.0 / count)
    highest -= EULER_MASCHERONI * NORMAL.inv_cdf(1.0 / (count * math.e))
    return math.sqrt(sharpe_variance) * highest


def deflated_sharpe(
    sharpe: float, n: int, skewness: float, kurtosis: float, *, count: int, sharpe_variance: float
) -> float:
    """Probability that the best of so many trials is better than the best of luck, in [0, 1].

    The probabilistic Sharpe ratio above the expected maximum: Bailey, López de Prado (2014).
    """
    above = expected_maximum_sharpe(count, sharpe_variance)
    return probabilistic_sharpe(sharpe, n, skewness, kurtosis, above=above)


def minimum_track_record(
    sharpe: float,
    skewness: float,
    kurtosis: float,
    *,
    above: float = 0.0,
    confidence: float = CONFIDENCE,
) -> float:
    """How many periods it takes to be so confident that the true Sharpe ratio is above a given one.

    1 + (1 - γ₃ SR + (γ₄ - 1) / 4 SR²) × (Φ⁻¹(confidence) / (SR - above))²: Bailey, López de Prado
    (2012). NaN where the Sharpe ratio is not above it: no time is long enough.
    """
    if not sharpe > above:
        return math.nan
    # With n = 2 the deviation is that of a single return.
    single = sharpe_deviation(sharpe, 2, skewness, kurtosis)
    return 1.0 + (single * NORMAL.inv_cdf(confidence) / (sharpe - above)) ** 2
