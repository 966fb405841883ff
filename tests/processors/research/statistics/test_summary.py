"""All figures of a backtest at once: their names and units, and what is None."""

from __future__ import annotations

import math
import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from processors.research.results import Curve, Fills, Trades
from processors.research.statistics import returns as of_returns
from processors.research.statistics.benchmark import (
    alpha,
    beta,
    correlation,
    information_ratio,
)
from processors.research.statistics.luck import (
    Trials,
    minimum_track_record,
    probabilistic_sharpe,
)
from processors.research.statistics.periods import DAY_US
from processors.research.statistics.summary import ORDER, Figures, summary
from tests.processors.research.statistics.made import curve_of, days, fills_of, trades_of
from tests.processors.research.statistics.oracles import SYMBOLS, close_to, oracle
from tests.sandbox.market import daily_bars

GIVEN = (
    *("trades", "equity_final", "equity_peak", "return_pct", "buy_and_hold_return_pct"),
    *("max_drawdown_pct", "sharpe", "sortino", "calmar", "sqn", "win_rate_pct"),
    *("profit_factor", "exposure_pct"),
)
COUNTS = {"trades", "open_trades", "periods", "consecutive_wins", "consecutive_losses"}


def of_a_week() -> Figures:
    """Seven days from a Monday on, with two trades and one still open."""
    return summary(
        curve_of(
            [100.0, 110.0, 121.0, 99.0, 99.0, 110.0, 120.0],
            exposure=[0.0, 50.0, 50.0, 50.0, 0.0, 0.0, 10.0],
            benchmark=[100.0, 101.0, 99.0, 102.0, 100.0, 103.0, 105.0],
        ),
        fills_of([5.0, -5.0, 5.0, -5.0, 1.0], price=10.0, fee=0.5, slippage=0.1),
        trades_of([30.0, -10.0, 7.0], bars_held=[2, 1, 1], open_last=1, entered_with=50.0),
        initial_cash=100.0,
    )


def test_a_week_by_hand() -> None:
    found = of_a_week()
    expected = {
        "trades": 2,
        "equity_final": 120.0,
        "equity_peak": 121.0,
        "return_pct": 20.0,
        "buy_and_hold_return_pct": 5.0,
        "max_drawdown_pct": 100.0 * (99 / 121 - 1),
        "win_rate_pct": 50.0,
        "profit_factor": 3.0,
        "exposure_pct": 100.0 * 4 / 7,
        "duration_days": 6.0,
        "periods": 7,
        "periods_per_year": 365.0,
        "annual_return_pct": 100.0 * (1.2 ** (365 / 7) - 1),
        "calmar": (1.2 ** (365 / 7) - 1) / (1 - 99 / 121),
        "avg_drawdown_pct": 100.0 * (99 / 121 - 1),
        "longest_drawdown_days": 4.0,
        "avg_drawdown_days": 4.0,
        "open_trades": 1,
        "avg_trade_pct": 20.0,
        "best_trade_pct": 60.0,
        "worst_trade_pct": -20.0,
        "expectancy": 10.0,
        "payoff_ratio": 3.0,
        "kelly": 0.5 - 0.5 / 3.0,
        "sqn": math.sqrt(2) * 10.0 / math.sqrt(800.0),
        "consecutive_wins": 1,
        "consecutive_losses": 1,
        "avg_trade_bars": 1.5,
        "longest_trade_bars": 2.0,
        "avg_trade_days": 1.5,
        "longest_trade_days": 2.0,
        "fees_paid": 2.5,
        "slippage_paid": 0.5,
        "annual_turnover": 210.0 / (759.0 / 7) / (7 / 365),
        "capacity": 100.0 * 0.01 / (5.0 / 1e6),
    }
    assert {name: found[name] for name in expected} == pytest.approx(expected)


def test_the_names_have_one_order() -> None:
    found = of_a_week()
    assert tuple(found) == ORDER
    assert ORDER[: len(GIVEN)] == GIVEN
    assert len(set(ORDER)) == len(ORDER)


def test_figures_are_plain_numbers() -> None:
    found = of_a_week()
    assert {name for name, figure in found.items() if type(figure) is int} == COUNTS
    rest = {type(figure) for name, figure in found.items() if name not in COUNTS}
    assert rest == {float, type(None)}


def test_a_run_that_did_nothing_invents_nothing() -> None:
    found = summary(curve_of([100.0] * 30), fills_of([]), trades_of([]), initial_cash=100.0)
    told = {name: figure for name, figure in found.items() if figure is not None}
    assert told == {
        "trades": 0,
        "equity_final": 100.0,
        "equity_peak": 100.0,
        "return_pct": 0.0,
        "buy_and_hold_return_pct": 0.0,
        "max_drawdown_pct": 0.0,
        "exposure_pct": 0.0,
        "duration_days": 29.0,
        "periods": 30,
        "periods_per_year": 365.0,
        "annual_return_pct": 0.0,
        "annual_volatility_pct": 0.0,
        "value_at_risk_pct": 0.0,
        "conditional_value_at_risk_pct": 0.0,
        "open_trades": 0,
        "consecutive_wins": 0,
        "consecutive_losses": 0,
        "fees_paid": 0.0,
        "slippage_paid": 0.0,
        "annual_turnover": 0.0,
    }


def test_a_run_without_bars_has_counts_only() -> None:
    found = summary(curve_of([]), fills_of([]), trades_of([]), initial_cash=100.0)
    told = {name for name, figure in found.items() if figure is not None}
    assert told == COUNTS | {
        *("equity_final", "equity_peak", "periods_per_year", "fees_paid", "slippage_paid"),
    }


def test_an_account_that_was_lost_is_told_as_far_as_it_goes() -> None:
    curve = curve_of([100.0, 50.0, -10.0, -10.0])
    found = summary(curve, fills_of([1.0]), trades_of([-110.0]), initial_cash=100.0)
    assert found["return_pct"] == pytest.approx(-110.0)
    assert found["max_drawdown_pct"] == pytest.approx(-110.0)
    for name in ("sharpe", "sortino", "calmar", "annual_return_pct", "beta", "kurtosis"):
        assert found[name] is None


@pytest.mark.parametrize("symbol", SYMBOLS)
def test_a_stock_that_is_held_is_what_empyrical_says_of_it(symbol: str) -> None:
    empyrical, bars = oracle("empyrical"), daily_bars(symbol)
    equity = 1_000.0 * bars.close / bars.close[0]
    found = summary(
        Curve(bars.ts, equity, equity, equity), fills_of([]), trades_of([]), initial_cash=1_000.0
    )
    returns = np.diff(equity, prepend=1_000.0) / np.append(1_000.0, equity[:-1])
    expected = {
        "return_pct": 100.0 * empyrical.cum_returns_final(returns),
        "annual_return_pct": 100.0 * empyrical.annual_return(returns),
        "annual_volatility_pct": 100.0 * empyrical.annual_volatility(returns),
        "max_drawdown_pct": 100.0 * empyrical.max_drawdown(returns),
        "sharpe": empyrical.sharpe_ratio(returns),
        "sortino": empyrical.sortino_ratio(returns),
        "calmar": empyrical.calmar_ratio(returns),
        "omega": empyrical.omega_ratio(returns),
    }
    for name, theirs in expected.items():
        figure = found[name]
        assert figure is not None
        assert close_to(figure, theirs), name
    assert found["buy_and_hold_return_pct"] == found["return_pct"]
    assert found["beta"] == pytest.approx(1.0)
    assert found["exposure_pct"] == 100.0
    assert found["information_ratio"] is None


def test_returns_are_of_days_and_drawdowns_of_bars() -> None:
    # Each day falls by a tenth at noon and is back at its end, 1 % above the day before.
    ends = 100.0 * 1.01 ** np.arange(1, 31) * (1.0 + 0.001 * (np.arange(30) % 2))
    equity = np.column_stack([ends * 0.9, ends]).ravel()
    curve = curve_of(equity.tolist(), ts=days(60, step_us=DAY_US // 2))
    found = summary(curve, fills_of([]), trades_of([]), initial_cash=100.0)
    daily = ends / np.append(100.0, ends[:-1]) - 1.0
    assert found["periods"] == 30
    assert found["sharpe"] == pytest.approx(of_returns.sharpe(daily, 365))
    assert found["value_at_risk_pct"] == pytest.approx(100.0 * of_returns.value_at_risk(daily))
    assert found["max_drawdown_pct"] is not None
    assert found["max_drawdown_pct"] < -9.0


def test_the_periods_of_a_year_and_the_rate_may_be_given() -> None:
    curve = curve_of([100.0, 103.0, 101.0, 104.0, 108.0])
    arguments = (curve, fills_of([]), trades_of([]))
    found = summary(*arguments, initial_cash=100.0, periods_per_year=52.0, risk_free=0.1)
    returns = curve.equity / np.append(100.0, curve.equity[:-1]) - 1.0
    assert found["periods_per_year"] == 52.0
    assert found["sharpe"] == pytest.approx(of_returns.sharpe(returns, 52.0, 0.1))
    assert found["sortino"] == pytest.approx(of_returns.sortino(returns, 52.0, 0.1))
    # The benchmark stood still.
    assert found["alpha_pct"] is None
    market = [100.0, 101.0, 100.0, 102.0, 103.0]
    found = summary(
        curve_of(curve.equity.tolist(), benchmark=market),
        *arguments[1:],
        initial_cash=100.0,
        periods_per_year=52.0,
        risk_free=0.1,
    )
    theirs = np.array(market) / np.append(100.0, market[:-1]) - 1.0
    assert found["alpha_pct"] == pytest.approx(100.0 * alpha(returns, theirs, 52.0, 0.1))
    assert found["beta"] == pytest.approx(beta(returns, theirs))
    assert found["correlation"] == pytest.approx(correlation(returns, theirs))
    assert found["information_ratio"] == pytest.approx(information_ratio(returns, theirs))


def test_luck_is_reckoned_with_the_sharpe_ratio_of_a_period() -> None:
    equity = 100.0 * np.cumprod(1.0 + np.random.default_rng(5).normal(0.001, 0.01, 300))
    curve = curve_of(equity.tolist())
    found = summary(curve, fills_of([]), trades_of([]), initial_cash=100.0)
    returns = equity / np.append(100.0, equity[:-1]) - 1.0
    moments = of_returns.skewness(returns), of_returns.kurtosis(returns)
    sharpe = of_returns.sharpe(returns, 1)
    assert found["probabilistic_sharpe"] == pytest.approx(
        probabilistic_sharpe(sharpe, 300, *moments)
    )
    years = minimum_track_record(sharpe, *moments) / 365
    assert found["min_track_record_years"] == pytest.approx(years)


def test_more_trials_make_luck_likelier() -> None:
    chance = np.random.default_rng(3)
    equity = 100.0 * np.cumprod(1.0 + chance.normal(0.002, 0.01, 500))

    def of_trials(trials: Trials | None) -> Figures:
        curve = curve_of(equity.tolist())
        return summary(curve, fills_of([]), trades_of([]), initial_cash=100.0, trials=trials)

    alone = of_trials(None)
    assert (alone["expected_max_sharpe"], alone["deflated_sharpe"]) == (None, None)
    one, ten, many = (of_trials(Trials(count, 1.0)) for count in (1, 10, 1000))
    assert one["deflated_sharpe"] == alone["probabilistic_sharpe"]
    # Annualised, as the Sharpe ratio that it is to be set beside.
    assert ten["expected_max_sharpe"] == pytest.approx(1.5746, abs=1e-4)
    assert ten["deflated_sharpe"] is not None and many["deflated_sharpe"] is not None
    assert 1.0 > ten["deflated_sharpe"] > many["deflated_sharpe"] > 0.0


@given(
    st.lists(st.floats(10.0, 1e3), min_size=3, max_size=30),
    st.lists(st.floats(-100.0, 100.0), max_size=10),
)
def test_the_same_run_has_the_same_figures(equity: list[float], pnl: list[float]) -> None:
    first, again = (
        summary(curve_of(equity), fills_of(pnl), trades_of(pnl), initial_cash=100.0)
        for _ in range(2)
    )
    assert first == again


def a_long_run(bars: int, trades: int) -> tuple[Curve, Fills, Trades]:
    """A minute a bar."""
    chance = np.random.default_rng(1)
    ts = days(bars, step_us=60_000_000)
    equity, benchmark = 1e5 * np.exp(np.cumsum(chance.normal(0.0, 2e-4, (2, bars)), axis=1))
    curve = Curve(ts, equity, np.where(chance.random(bars) < 0.5, 0.0, equity), benchmark)
    units = chance.normal(0.0, 10.0, 2 * trades)
    fills = fills_of(units.tolist(), price=100.0, volume=chance.uniform(1e3, 1e5, len(units)))
    return curve, fills, trades_of(chance.normal(1.0, 100.0, trades))


def test_a_million_bars_take_milliseconds() -> None:
    run = a_long_run(1_000_000, 30_000)
    took = []
    for _ in range(5):
        began = time.perf_counter()
        summary(*run, initial_cash=1e5)
        took.append(time.perf_counter() - began)
    # About 4 ms on an idle core. The bound only tells a pass too many from a quadratic one.
    assert min(took) < 0.1
