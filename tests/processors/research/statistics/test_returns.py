"""Statistics of returns: by hand, against empyrical and quantstats, and what must hold of any."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from processors.research.statistics import returns as ours
from schemas.columns import Floats
from tests.processors.research.statistics.oracles import (
    SYMBOLS,
    close_to,
    dated,
    market_returns,
    oracle,
)

FEW = np.array([0.1, -0.05, 0.0, 0.02, -0.1, 0.04])
RATE = 0.03
DAILY_RATE = 1.03 ** (1 / 252) - 1


def test_a_few_returns_by_hand() -> None:
    growth = 1.1 * 0.95 * 1.02 * 0.9 * 1.04
    assert ours.total_return(FEW) == pytest.approx(growth - 1)
    assert ours.annual_return(FEW, 12) == pytest.approx(growth**2 - 1)
    mean, squares = 0.01 / 6, 0.01 + 0.0025 + 0.0004 + 0.01 + 0.0016
    variance = (squares - 6 * mean**2) / 5
    assert ours.annual_volatility(FEW, 12) == pytest.approx(math.sqrt(12 * variance))
    assert ours.sharpe(FEW, 12) == pytest.approx(mean / math.sqrt(variance) * math.sqrt(12))
    downside = math.sqrt((0.0025 + 0.01) / 6)
    assert ours.sortino(FEW, 12) == pytest.approx(mean / downside * math.sqrt(12))
    assert ours.omega(FEW) == pytest.approx(0.16 / 0.15)
    assert ours.calmar(0.2, -0.1) == pytest.approx(2.0)
    # A quarter of the way from the worst to the next.
    assert ours.value_at_risk(FEW) == pytest.approx(-0.1 + 0.25 * 0.05)
    assert ours.conditional_value_at_risk(FEW) == pytest.approx(-0.1)


@pytest.mark.parametrize(("n", "tail"), [(20, [0]), (21, [0, 1]), (40, [0, 1]), (41, [0, 1, 2])])
def test_the_worst_twentieth_has_the_edge_in_it(n: int, tail: list[int]) -> None:
    returns = np.arange(n, dtype=np.float64)[::-1].copy()
    assert ours.conditional_value_at_risk(returns) == pytest.approx(np.mean(tail))


def test_the_risk_free_rate_is_a_years() -> None:
    # 21 % a year is 10 % a half-year.
    returns = np.array([0.1, 0.3, 0.05])
    assert ours.sharpe(returns, 2, 0.21) == pytest.approx(ours.sharpe(returns - 0.1, 2))
    assert ours.sortino(returns, 2, 0.21) == pytest.approx(ours.sortino(returns - 0.1, 2))


@pytest.mark.parametrize("symbol", SYMBOLS)
@pytest.mark.parametrize("per_year", [252, 12])
def test_what_empyrical_says_too(symbol: str, per_year: int) -> None:
    empyrical, returns = oracle("empyrical"), market_returns(symbol)
    rate = (1 + RATE) ** (1 / per_year) - 1
    year = {"annualization": per_year}
    pairs: list[tuple[float, Any]] = [
        (ours.total_return(returns), empyrical.cum_returns_final(returns)),
        (ours.annual_return(returns, per_year), empyrical.annual_return(returns, **year)),
        (ours.annual_volatility(returns, per_year), empyrical.annual_volatility(returns, **year)),
        (ours.sharpe(returns, per_year), empyrical.sharpe_ratio(returns, **year)),
        (ours.sharpe(returns, per_year, RATE), empyrical.sharpe_ratio(returns, rate, **year)),
        (ours.sortino(returns, per_year), empyrical.sortino_ratio(returns, **year)),
        (ours.sortino(returns, per_year, RATE), empyrical.sortino_ratio(returns, rate, **year)),
        (ours.omega(returns), empyrical.omega_ratio(returns)),
        (ours.value_at_risk(returns), empyrical.value_at_risk(returns)),
        (
            ours.conditional_value_at_risk(returns),
            empyrical.conditional_value_at_risk(returns),
        ),
        (
            ours.calmar(ours.annual_return(returns, per_year), empyrical.max_drawdown(returns)),
            empyrical.calmar_ratio(returns, **year),
        ),
    ]
    assert [pair for pair in pairs if not close_to(*pair)] == []


@pytest.mark.parametrize("symbol", SYMBOLS)
def test_what_quantstats_says_too(symbol: str) -> None:
    quantstats, returns = oracle("quantstats.stats"), market_returns(symbol)
    series = dated(returns)
    pairs: list[tuple[float, Any]] = [
        (ours.total_return(returns), quantstats.comp(series)),
        (ours.annual_return(returns, 252), quantstats.cagr(series)),
        (ours.annual_volatility(returns, 252), quantstats.volatility(series)),
        (ours.sharpe(returns, 252), quantstats.sharpe(series)),
        (ours.sharpe(returns, 252, RATE), quantstats.sharpe(series, rf=RATE)),
        (ours.sortino(returns, 252), quantstats.sortino(series)),
        (ours.sortino(returns, 252, RATE), quantstats.sortino(series, rf=RATE)),
        (ours.omega(returns), quantstats.omega(series)),
        (ours.skewness(returns), quantstats.skew(series)),
        (ours.kurtosis(returns), quantstats.kurtosis(series)),
        (
            ours.conditional_value_at_risk(returns),
            quantstats.conditional_value_at_risk(series, method="historical"),
        ),
    ]
    assert [pair for pair in pairs if not close_to(*pair)] == []


@pytest.mark.parametrize("symbol", SYMBOLS)
def test_moments_are_the_corrected_ones(symbol: str) -> None:
    stats, returns = oracle("scipy.stats"), market_returns(symbol)
    assert close_to(ours.skewness(returns), stats.skew(returns, bias=False))
    assert close_to(ours.kurtosis(returns), stats.kurtosis(returns, bias=False))
    assert not close_to(ours.kurtosis(returns), stats.kurtosis(returns))


def test_value_at_risk_is_what_happened_where_quantstats_assumes_a_normal_distribution() -> None:
    quantstats, returns = oracle("quantstats.stats"), market_returns("AAPL")
    normal = oracle("scipy.stats").norm(returns.mean(), returns.std(ddof=1))
    assert close_to(normal.ppf(0.05), quantstats.value_at_risk(dated(returns)))
    assert ours.value_at_risk(returns) > normal.ppf(0.05)
    expected_shortfall = quantstats.conditional_value_at_risk(dated(returns))
    assert not close_to(ours.conditional_value_at_risk(returns), expected_shortfall)


def test_omega_knows_no_risk_free_rate_where_empyrical_subtracts_it() -> None:
    returns = market_returns("AAPL")
    theirs = oracle("empyrical").omega_ratio(returns, risk_free=DAILY_RATE)
    assert close_to(ours.omega(returns - DAILY_RATE), theirs)
    assert ours.omega(returns) > theirs


@pytest.mark.parametrize(
    "returns",
    [np.zeros(0), np.array([0.01]), np.full(10, 0.01), np.zeros(10), np.full(10, np.nan)],
    ids=["none", "one", "equal", "zeros", "unknown"],
)
def test_what_returns_do_not_tell_is_unknown(returns: Floats) -> None:
    unknown = [
        ours.sharpe(returns, 252),
        ours.sortino(returns, 252),
        ours.omega(returns),
        ours.skewness(returns),
        ours.kurtosis(returns),
    ]
    assert all(math.isnan(figure) for figure in unknown)


def test_nothing_at_all_has_no_figures() -> None:
    nothing = np.zeros(0)
    unknown = [
        ours.total_return(nothing),
        ours.annual_return(nothing, 252),
        ours.annual_volatility(nothing, 252),
        ours.value_at_risk(nothing),
        ours.conditional_value_at_risk(nothing),
        ours.calmar(0.1, 0.0),
    ]
    assert all(math.isnan(figure) for figure in unknown)


def test_steady_interest_is_no_endless_sharpe_ratio() -> None:
    # Equal returns, but for the rounding of the equity that they are computed from.
    equity = 1e5 * 1.0001 ** np.arange(500)
    returns = equity[1:] / equity[:-1] - 1.0
    assert returns.std() > 0.0
    assert math.isnan(ours.sharpe(returns, 252))
    assert math.isnan(ours.skewness(returns))


def test_an_account_that_was_lost_has_no_annual_return() -> None:
    assert ours.annual_return(np.array([0.1, -1.0]), 252) == -1.0
    assert math.isnan(ours.annual_return(np.array([0.1, -1.5]), 252))


def test_a_good_day_is_an_endless_year() -> None:
    assert ours.annual_return(np.array([20.0]), 252) == math.inf


some_returns = st.lists(st.floats(-0.5, 0.5), min_size=2, max_size=40).map(np.array)


@given(some_returns, st.floats(0.1, 2.0))
def test_ratios_do_not_know_the_leverage(returns: Floats, leverage: float) -> None:
    if returns.std() < 1e-6 or returns.min() > -1e-6:
        return
    levered = returns * leverage
    for figure in (ours.sharpe, ours.sortino):
        assert figure(levered, 252) == pytest.approx(figure(returns, 252), rel=1e-6, abs=1e-9)
    assert ours.omega(levered) == pytest.approx(ours.omega(returns), rel=1e-9)


@given(some_returns)
def test_the_tail_is_no_better_than_its_edge(returns: Floats) -> None:
    edge, tail = ours.value_at_risk(returns), ours.conditional_value_at_risk(returns)
    assert returns.min() <= tail + 1e-12
    assert tail <= edge + 1e-12


@given(some_returns, st.randoms(use_true_random=False))
def test_the_order_of_the_returns_does_not_matter(returns: Floats, random: Any) -> None:
    order = list(range(len(returns)))
    random.shuffle(order)
    mixed = returns[order]
    for figure in (ours.total_return, ours.value_at_risk, ours.conditional_value_at_risk):
        assert figure(mixed) == pytest.approx(figure(returns), rel=1e-9, abs=1e-12)
