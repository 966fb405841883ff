"""Statistics of trades: by hand, where quantstats differs, and what must hold of any."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from processors.research.statistics.trades import (
    closed_trades,
    fees_paid,
    largest,
    longest_run,
    outcomes_of,
    slippage_paid,
    smallest,
    sqn,
)
from schemas.columns import Floats
from tests.processors.research.statistics.made import fills_of, trades_of
from tests.processors.research.statistics.oracles import (
    SYMBOLS,
    close_to,
    dated,
    market_returns,
    oracle,
)

PNL = np.array([30.0, -10.0, 0.0, 20.0, 10.0, -20.0, -5.0, -5.0])


def test_trades_by_hand() -> None:
    found = outcomes_of(PNL)
    assert (found.count, found.winners, found.losers) == (8, 3, 4)
    assert (found.gains, found.losses) == (60.0, 40.0)
    assert found.win_rate == pytest.approx(3 / 8)
    assert found.profit_factor == pytest.approx(1.5)
    assert found.expectancy == pytest.approx(2.5)
    assert found.payoff_ratio == pytest.approx(2.0)
    assert found.kelly == pytest.approx(3 / 8 - (5 / 8) / 2)
    deviation = math.sqrt((900 + 100 + 400 + 100 + 400 + 25 + 25 - 8 * 2.5**2) / 7)
    assert sqn(PNL) == pytest.approx(math.sqrt(8) * 2.5 / deviation)
    assert longest_run(PNL > 0.0) == 2
    assert longest_run(PNL < 0.0) == 3
    assert (largest(PNL), smallest(PNL)) == (30.0, -20.0)


def test_open_trades_are_left_out() -> None:
    closed = closed_trades(trades_of([10.0, -5.0, 99.0], bars_held=[3, 1, 9], open_last=1))
    assert closed.pnl.tolist() == [10.0, -5.0]
    assert closed.returns.tolist() == [0.01, -0.005]
    assert closed.bars.tolist() == [3, 1]
    assert closed.days.tolist() == [3.0, 1.0]


def test_no_trades_have_no_figures() -> None:
    found, nothing = outcomes_of(np.zeros(0)), np.zeros(0)
    assert (found.count, found.winners, found.losers) == (0, 0, 0)
    unknown = [found.win_rate, found.profit_factor, found.expectancy, found.payoff_ratio]
    unknown += [found.kelly, sqn(nothing), largest(nothing), smallest(nothing)]
    assert all(math.isnan(figure) for figure in unknown)
    assert longest_run(nothing > 0.0) == 0


def test_without_losses_there_is_nothing_to_compare_with() -> None:
    found = outcomes_of(np.array([1.0, 2.0]))
    assert found.win_rate == 1.0
    unknown = [found.profit_factor, found.payoff_ratio, found.kelly]
    assert all(math.isnan(figure) for figure in unknown)


def test_without_wins_there_is_no_profit() -> None:
    found = outcomes_of(np.array([-1.0, -2.0]))
    assert (found.win_rate, found.profit_factor) == (0.0, 0.0)
    assert math.isnan(found.kelly)


def test_equal_trades_have_no_quality() -> None:
    assert math.isnan(sqn(np.full(7, 0.1)))
    assert math.isnan(sqn(np.array([5.0])))


def test_costs_are_of_all_fills() -> None:
    fills = fills_of([1.0, -1.0, 5.0], fee=2.0, slippage=0.5)
    assert (fees_paid(fills), slippage_paid(fills)) == (6.0, 1.5)
    assert (fees_paid(fills_of([])), slippage_paid(fills_of([]))) == (0.0, 0.0)


@pytest.mark.parametrize("symbol", SYMBOLS)
def test_what_quantstats_says_of_days_is_what_we_say_of_trades(symbol: str) -> None:
    quantstats, returns = oracle("quantstats.stats"), market_returns(symbol)
    series, found = dated(returns), outcomes_of(returns)
    assert close_to(found.profit_factor, quantstats.profit_factor(series))
    assert close_to(found.payoff_ratio, quantstats.payoff_ratio(series))
    assert longest_run(returns > 0.0) == quantstats.consecutive_wins(series)
    assert longest_run(returns < 0.0) == quantstats.consecutive_losses(series)
    # quantstats leaves out what neither won nor lost, which for us is a trade that did not win.
    traded = returns[returns != 0.0]
    assert len(traded) < len(returns)
    assert close_to(outcomes_of(traded).win_rate, quantstats.win_rate(series))
    assert close_to(outcomes_of(traded).kelly, quantstats.kelly_criterion(series))
    assert found.win_rate < outcomes_of(traded).win_rate


# In cents: what is left of 5e-324 when it is halved is no property of a trade.
cents = st.integers(-(10**6), 10**6)
pnls = st.lists(cents, min_size=1, max_size=60).map(lambda found: np.array(found) / 100)


@given(pnls, st.floats(0.1, 0.9))
def test_a_trade_that_is_closed_in_parts_earns_the_same(pnl: Floats, part: float) -> None:
    whole = outcomes_of(pnl)
    parts = outcomes_of(np.concatenate([pnl * part, pnl * (1.0 - part)]))
    assert parts.gains == pytest.approx(whole.gains)
    assert parts.losses == pytest.approx(whole.losses)
    total = parts.expectancy * parts.count
    assert total == pytest.approx(pnl.sum(), rel=1e-9, abs=1e-6)


@given(pnls, st.integers(-10, 10))
def test_the_currency_does_not_matter(pnl: Floats, power: int) -> None:
    scaled, found = outcomes_of(pnl * 2.0**power), outcomes_of(pnl)
    for name in ("win_rate", "profit_factor", "payoff_ratio", "kelly"):
        expected = getattr(found, name)
        assert getattr(scaled, name) == pytest.approx(expected, nan_ok=True)
    assert sqn(pnl * 2.0**power) == pytest.approx(sqn(pnl), nan_ok=True)


@given(st.lists(st.booleans(), max_size=80))
def test_the_longest_run_is_the_longest(held: list[bool]) -> None:
    runs = "".join("x" if each else " " for each in held).split()
    assert longest_run(np.array(held, np.bool_)) == max(map(len, runs), default=0)
