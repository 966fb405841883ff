"""The account beside its benchmark: by hand, and against empyrical and quantstats."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from processors.research.statistics.benchmark import (
    alpha,
    beta,
    buy_and_hold_return,
    correlation,
    information_ratio,
)
from schemas.columns import Floats
from tests.processors.research.statistics.oracles import close_to, dated, market_returns, oracle

PAIRS = [("AAPL", "IBM"), ("MSFT", "AAPL"), ("GOOG", "MSFT"), ("IBM", "IBM")]
RATE = 0.03
DAILY_RATE = 1.03 ** (1 / 252) - 1


def paired(symbol: str, market: str) -> tuple[Floats, Floats]:
    """The returns of their last days: GOOG is younger."""
    returns, factor = market_returns(symbol), market_returns(market)
    n = min(len(returns), len(factor))
    return returns[-n:].copy(), factor[-n:].copy()


def test_twice_the_market_and_something_more() -> None:
    market = np.array([0.01, -0.02, 0.03, 0.0])
    returns = 2.0 * market + 0.001
    assert beta(returns, market) == pytest.approx(2.0)
    assert alpha(returns, market, 12) == pytest.approx(1.001**12 - 1)
    assert correlation(returns, market) == pytest.approx(1.0)
    active = market + 0.001
    assert information_ratio(returns, market) == pytest.approx(active.mean() / active.std(ddof=1))


def test_the_benchmark_is_bought_with_the_initial_cash() -> None:
    assert buy_and_hold_return(np.array([100.0, 90.0, 130.0]), 100.0) == pytest.approx(0.3)
    assert math.isnan(buy_and_hold_return(np.zeros(0), 100.0))


@pytest.mark.parametrize(("symbol", "market"), PAIRS)
def test_what_empyrical_says_too(symbol: str, market: str) -> None:
    empyrical = oracle("empyrical")
    returns, factor = paired(symbol, market)
    assert close_to(beta(returns, factor), empyrical.beta(returns, factor))
    assert close_to(alpha(returns, factor, 252), empyrical.alpha(returns, factor))
    assert close_to(alpha(returns, factor, 252, RATE), empyrical.alpha(returns, factor, DAILY_RATE))
    if symbol != market:
        theirs = empyrical.excess_sharpe(returns, factor)
        assert close_to(information_ratio(returns, factor), theirs)


@pytest.mark.parametrize(("symbol", "market"), PAIRS)
def test_what_quantstats_says_too(symbol: str, market: str) -> None:
    quantstats = oracle("quantstats.stats")
    returns, factor = paired(symbol, market)
    series, benchmark = dated(returns), dated(factor)
    theirs = quantstats.greeks(series, benchmark)
    assert close_to(beta(returns, factor), theirs["beta"])
    assert close_to(correlation(returns, factor) ** 2, quantstats.r_squared(series, benchmark))
    # quantstats multiplies what the days have more, where we and empyrical compound it.
    expected = (1.0 + theirs["alpha"] / 252) ** 252 - 1.0
    assert close_to(alpha(returns, factor, 252), expected)
    if symbol != market:
        ratio = quantstats.information_ratio(series, benchmark)
        assert close_to(information_ratio(returns, factor), ratio)


def test_an_account_that_is_its_benchmark_has_no_information_ratio() -> None:
    returns = market_returns("IBM")
    assert math.isnan(information_ratio(returns, returns))
    # quantstats says 0 then.
    assert oracle("quantstats.stats").information_ratio(dated(returns), dated(returns)) == 0


@pytest.mark.parametrize("n", [0, 1, 5])
def test_a_benchmark_that_stands_still_says_nothing(n: int) -> None:
    returns = np.linspace(-0.1, 0.1, n)
    unknown = [beta(returns, np.zeros(n)), correlation(returns, np.zeros(n))]
    unknown.append(alpha(returns, np.zeros(n), 252))
    assert all(math.isnan(figure) for figure in unknown)


def test_a_benchmark_of_steady_interest_says_nothing() -> None:
    # Equal returns, but for the rounding of the values that they are computed from.
    values = 1e5 * 1.0001 ** np.arange(500)
    market = values[1:] / values[:-1] - 1.0
    assert market.std() > 0.0
    assert math.isnan(beta(market_returns("IBM")[:499], market))


@given(
    st.lists(st.tuples(st.floats(-0.5, 0.5), st.floats(-0.5, 0.5)), min_size=2, max_size=60).map(
        np.array
    )
)
def test_correlation_is_within_one_of_zero(pairs: Floats) -> None:
    returns, market = pairs[:, 0].copy(), pairs[:, 1].copy()
    found = correlation(returns, market)
    assert math.isnan(found) or -1.0 <= found <= 1.0
    mirrored = correlation(market, returns)
    assert found == pytest.approx(mirrored, nan_ok=True)
