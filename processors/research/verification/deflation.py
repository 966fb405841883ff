"""Luck: how likely a Sharpe ratio is more than the best of as many trials without skill."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from processors.research.statistics import luck
from processors.research.statistics.luck import CONFIDENCE
from processors.research.verification.finding import Finding, State

CHECK = "luck"
TRIALS_MAX = 1 << 40


@dataclass(frozen=True, slots=True)
class Tried:
    """What was tried before this was chosen. count: of trials, this one too. variance: of their
    annualised Sharpe ratios, ddof 1. source: where the two are from, in words."""

    count: int
    variance: float
    source: str


@dataclass(frozen=True, slots=True)
class Record:
    """A run's returns. sharpe: annualised. periods: how many returns; per_year: of a year.
    skewness, kurtosis: as statistics.returns has them."""

    sharpe: float
    periods: int
    per_year: float
    skewness: float
    kurtosis: float

    @property
    def chance_variance(self) -> float:
        """Of the annualised Sharpe ratios of trials without skill over as many periods, each by
        itself: 1 / (n − 1) of a period's (Lo 2002)."""
        return self.per_year / (self.periods - 1)

    def deflated(self, count: int, variance: float) -> float:
        """The deflated Sharpe ratio, in [0, 1]; NaN where the returns do not tell one."""
        return luck.deflated_sharpe(
            self.sharpe / math.sqrt(self.per_year),
            self.periods,
            self.skewness,
            self.kurtosis,
            count=count,
            sharpe_variance=variance / self.per_year,
        )


def record_of(summary: Mapping[str, float | int | None]) -> Record | None:
    """Of a backtest's summary; None where it has no Sharpe ratio or no shape of returns."""
    names = ("sharpe", "periods", "periods_per_year", "skewness", "kurtosis")
    values = [summary[name] for name in names]
    if None in values:
        return None
    sharpe, periods, per_year, skewness, kurtosis = (
        float(each) for each in values if each is not None
    )
    return Record(sharpe, int(periods), per_year, skewness, kurtosis)


def supposed(record: Record, count: int, near: tuple[float, int] | None) -> Tried:
    """Of trials that nobody kept, how far they differ: as those with params beside do, or as chance
    alone has it, whichever is more. What differs in little but its params is no search.

    near: the variance of those beside, and how many they are; None without any.
    """
    chance = record.chance_variance
    if near is None:
        return Tried(count, chance, "supposed to differ as by chance alone")
    variance, beside = near
    if variance > chance:
        return Tried(count, variance, f"supposed to differ as {beside:,} with params beside")
    said = (
        f"supposed to differ as by chance alone, which is more than {beside:,} with params beside"
    )
    return Tried(count, chance, said)


def trials_allowed(record: Record, variance: float) -> int:
    """The most trials after which the deflated Sharpe ratio is CONFIDENCE still; 0 for none."""
    if not record.deflated(1, variance) >= CONFIDENCE:
        return 0
    low, high = 1, 2
    while high < TRIALS_MAX and record.deflated(high, variance) >= CONFIDENCE:
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        enough = record.deflated(middle, variance) >= CONFIDENCE
        low, high = (middle, high) if enough else (low, middle)
    return low


def finding(record: Record | None, tried: Tried | None, why_unknown: str) -> Finding:
    """In words. why_unknown: why it is not known what was tried, where it is not."""
    if record is None:
        return Finding(CHECK, State.UNKNOWN, "The run has no Sharpe ratio to judge.")
    probabilistic = record.deflated(1, 0.0)
    figures: dict[str, object] = {
        "sharpe": record.sharpe,
        "probabilistic_sharpe": _known(probabilistic),
    }
    if tried is None:
        allowed = trials_allowed(record, record.chance_variance)
        return Finding(
            CHECK,
            State.UNKNOWN,
            f"How many trials were made is not known: {why_unknown}. Were this the only one, the"
            f" Sharpe ratio of {record.sharpe:.2f} is above 0 with a probability of"
            f" {_percent(probabilistic)}; it {_stands(allowed)}.",
            "Say how many with --trials, or have Peripheral run while you search: it counts them.",
            {**figures, "trials": None, "trials_allowed": allowed},
        )
    deflated = record.deflated(tried.count, tried.variance)
    allowed = trials_allowed(record, tried.variance)
    figures |= {
        "trials": tried.count,
        "sharpe_variance": tried.variance,
        "deflated_sharpe": _known(deflated),
        "expected_max_sharpe": _known(luck.expected_maximum_sharpe(tried.count, tried.variance)),
        "trials_allowed": allowed,
        "source": tried.source,
    }
    said = (
        f"Deflated Sharpe ratio {_percent(deflated)} after {tried.count:,} trials ({tried.source}):"
        f" so likely is {record.sharpe:.2f} more than the best of as many without skill, which is"
        f" {luck.expected_maximum_sharpe(tried.count, tried.variance):.2f}"
    )
    if deflated >= CONFIDENCE:
        return Finding(CHECK, State.HOLDS, said + ".", figures=figures)
    return Finding(
        CHECK,
        State.WARNS,
        f"{said}; it {_stands(allowed)}.",
        "Take it for luck until bars that no trial saw say otherwise: leave it alone, and look"
        " again at what comes.",
        figures,
    )


def _stands(allowed: int) -> str:
    if not allowed:
        return f"is not above 0 at {CONFIDENCE:.0%} even then"
    many = "any number of" if allowed >= TRIALS_MAX // 2 else f"{allowed:,}"
    return f"stands up to {many} trials at {CONFIDENCE:.0%}"


def _percent(probability: float) -> str:
    return f"{100.0 * probability:.2f}%" if probability == probability else "unknown"


def _known(value: float) -> float | None:
    return value if math.isfinite(value) else None
