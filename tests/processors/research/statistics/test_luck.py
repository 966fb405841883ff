"""Whether a Sharpe ratio is luck: by hand, against quantstats, scipy and chance itself."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from processors.research.statistics import returns as of_returns
from processors.research.statistics.luck import (
    Trials,
    deflated_sharpe,
    expected_maximum_sharpe,
    minimum_track_record,
    probabilistic_sharpe,
)
from tests.processors.research.statistics.oracles import (
    SYMBOLS,
    close_to,
    dated,
    market_returns,
    oracle,
)


def test_of_normal_returns_by_hand() -> None:
    norm = oracle("scipy.stats").norm
    sharpe, n = 0.1, 101
    z = (0.1 - 0.05) / math.sqrt((1 + 0.01 / 2) / 100)
    assert probabilistic_sharpe(sharpe, n, 0.0, 0.0, above=0.05) == pytest.approx(norm.cdf(z))
    length = 1 + (1 + 0.01 / 2) * (norm.ppf(0.95) / 0.05) ** 2
    assert minimum_track_record(sharpe, 0.0, 0.0, above=0.05) == pytest.approx(length)


@pytest.mark.parametrize("symbol", SYMBOLS)
def test_what_quantstats_says_too(symbol: str) -> None:
    quantstats, returns = oracle("quantstats.stats"), market_returns(symbol)
    found = probabilistic_sharpe(
        of_returns.sharpe(returns, 1),
        len(returns),
        of_returns.skewness(returns),
        of_returns.kurtosis(returns),
    )
    assert close_to(found, quantstats.probabilistic_sharpe_ratio(dated(returns)))


def test_the_example_of_the_paper() -> None:
    """Bailey, López de Prado 2014: of 100 trials with a variance of 1/2, five years of daily
    returns with a Sharpe ratio of 2.5, skewness of -3 and kurtosis of 10 are a chance of 90 %."""
    maximum = expected_maximum_sharpe(100, 0.5 / 250)
    assert maximum == pytest.approx(0.1132, abs=5e-5)
    sharpe = 2.5 / math.sqrt(250)
    chance = deflated_sharpe(sharpe, 1250, -3.0, 7.0, count=100, sharpe_variance=0.5 / 250)
    assert chance == pytest.approx(0.9004, abs=5e-5)


@pytest.mark.parametrize("count", [10, 100, 1000])
def test_the_expected_maximum_is_that_of_chance(count: int) -> None:
    drawn = np.random.default_rng(7).normal(0.0, 0.3, (4_000, count)).max(axis=1).mean()
    # The formula is an approximation, for many trials; of ten it is 2 % off.
    assert expected_maximum_sharpe(count, 0.09) == pytest.approx(drawn, rel=0.05)


def test_one_trial_is_no_choice() -> None:
    assert expected_maximum_sharpe(1, 0.5) == 0.0
    assert math.isnan(expected_maximum_sharpe(0, 0.5))
    single = deflated_sharpe(0.1, 100, -0.5, 2.0, count=1, sharpe_variance=0.5)
    assert single == probabilistic_sharpe(0.1, 100, -0.5, 2.0)


def test_trials_are_those_that_have_a_sharpe_ratio() -> None:
    assert Trials.of([1.0, None, 3.0, math.nan]) == Trials(2, 2.0)
    assert Trials.of([1.5]) == Trials(1, 0.0)
    assert Trials.of([]) == Trials(0, 0.0)


def test_no_time_is_long_enough_for_a_sharpe_ratio_of_nothing() -> None:
    assert math.isnan(minimum_track_record(0.0, 0.0, 0.0))
    assert math.isnan(minimum_track_record(0.1, 0.0, 0.0, above=0.2))
    assert math.isnan(minimum_track_record(math.nan, 0.0, 0.0))


def test_what_is_not_known_is_no_chance() -> None:
    assert math.isnan(probabilistic_sharpe(math.nan, 100, 0.0, 0.0))
    assert math.isnan(probabilistic_sharpe(0.1, 1, 0.0, 0.0))
    assert math.isnan(probabilistic_sharpe(0.1, 100, math.nan, 0.0))
    # Moments that no returns can have together.
    assert math.isnan(probabilistic_sharpe(1.0, 100, 9.0, 0.0))


sharpes = st.floats(-1.0, 1.0)


@given(sharpes, sharpes, st.integers(2, 10_000), st.floats(-0.9, 0.9), st.floats(0.0, 20.0))
def test_a_chance_is_within_0_and_1(
    sharpe: float, above: float, n: int, skewness: float, kurtosis: float
) -> None:
    chance = probabilistic_sharpe(sharpe, n, skewness, kurtosis, above=above)
    assert 0.0 <= chance <= 1.0
    assert (chance >= 0.5) == (sharpe >= above) or chance == pytest.approx(0.5)


@given(st.floats(0.01, 0.5), st.floats(-0.9, 0.9), st.floats(0.0, 20.0))
def test_the_minimum_track_record_makes_95_percent(
    sharpe: float, skewness: float, kurtosis: float
) -> None:
    length = minimum_track_record(sharpe, skewness, kurtosis)
    n = math.ceil(length)
    assert probabilistic_sharpe(sharpe, n, skewness, kurtosis) >= 0.95 - 1e-9
    if n > 3:
        assert probabilistic_sharpe(sharpe, n - 1, skewness, kurtosis) < 0.95 + 1e-9


@given(st.integers(2, 10**6), st.integers(1, 10**6), st.floats(0.01, 1.0))
def test_more_trials_are_more_luck(count: int, more: int, variance: float) -> None:
    assert expected_maximum_sharpe(count, variance) < expected_maximum_sharpe(
        count + more, variance
    )
