"""How many trials a Sharpe ratio stands, and what is said where nobody counted them."""

from __future__ import annotations

import math

import pytest

from processors.research.statistics import luck
from processors.research.verification.deflation import (
    TRIALS_MAX,
    Record,
    Tried,
    finding,
    record_of,
    supposed,
    trials_allowed,
)
from processors.research.verification.finding import State

GOOD = Record(sharpe=2.5, periods=1250, per_year=250.0, skewness=-3.0, kurtosis=7.0)
"""Bailey, López de Prado (2014), p. 10: SR 2.5 a year of daily returns over five years; after 100
trials whose annualised variance is 1/2 the deflated Sharpe ratio is 0.9004."""
VARIANCE = 0.5


def test_it_is_the_papers_example() -> None:
    assert GOOD.deflated(100, VARIANCE) == pytest.approx(0.9004, abs=5e-5)
    assert GOOD.deflated(46, VARIANCE) == pytest.approx(0.9505, abs=1e-3), "the paper's 46 trials"


def test_the_paper_says_how_many_trials_it_stands() -> None:
    assert trials_allowed(GOOD, VARIANCE) == 46
    assert trials_allowed(Record(-0.5, 1250, 250.0, 0.0, 0.0), VARIANCE) == 0
    assert trials_allowed(GOOD, 0.0) >= TRIALS_MAX // 2


def test_more_trials_and_trials_that_differ_more_are_worse() -> None:
    assert GOOD.deflated(10, 0.5) > GOOD.deflated(100, 0.5) > GOOD.deflated(100, 1.0)
    assert GOOD.deflated(1, 0.5) == luck.probabilistic_sharpe(2.5 / math.sqrt(250), 1250, -3.0, 7.0)
    assert GOOD.chance_variance == pytest.approx(250 / 1249)


def test_what_is_found_is_said_with_its_number_of_trials() -> None:
    tried = Tried(100, VARIANCE, "counted")
    found = finding(GOOD, tried, "")
    assert found.state is State.WARNS
    assert "90.04% after 100 trials (counted)" in found.found
    assert "stands up to 46 trials at 95%" in found.found
    assert found.figures["trials"] == 100
    few = finding(GOOD, Tried(3, VARIANCE, "counted"), "")
    assert (few.state, few.remedy) == (State.HOLDS, "")


def test_trials_that_nobody_kept_are_supposed_to_differ_by_chance_at_the_least() -> None:
    chance = GOOD.chance_variance
    assert supposed(GOOD, 9, None).variance == chance
    little = supposed(GOOD, 9, (chance / 2, 25))
    assert (little.count, little.variance) == (9, chance)
    much = supposed(GOOD, 9, (2 * chance, 25))
    assert (much.variance, much.source) == (
        2 * chance,
        "supposed to differ as 25 with params beside",
    )


def test_without_a_number_of_trials_that_is_said() -> None:
    found = finding(GOOD, None, "nobody counted")
    assert found.state is State.UNKNOWN
    assert "nobody counted" in found.found and "--trials" in found.remedy
    assert found.figures["trials"] is None
    hopeless = finding(Record(-0.5, 1250, 250.0, 0.0, 0.0), None, "nobody counted")
    assert "not above 0 at 95% even then" in hopeless.found


def test_a_run_without_a_sharpe_ratio_has_no_record() -> None:
    summary = {"sharpe": 1.5, "periods": 20, "periods_per_year": 252.0}
    shape: dict[str, float | int | None] = {"skewness": 0.1, "kurtosis": 0.2}
    assert record_of({**summary, **shape}) == Record(1.5, 20, 252.0, 0.1, 0.2)
    assert record_of({**summary, **shape, "sharpe": None}) is None
    assert finding(None, None, "").state is State.UNKNOWN
