"""Drawdowns: by hand, against empyrical and quantstats, and what must hold of any."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from processors.research.statistics.drawdowns import (
    BLOCK_BARS,
    Drawdown,
    Drawdowns,
    drawdown_series,
    drawdowns_of,
    running_peak,
    worst_drawdowns,
)
from schemas.columns import Floats
from tests.processors.research.statistics.made import days
from tests.processors.research.statistics.oracles import (
    SYMBOLS,
    close_to,
    dated,
    market_returns,
    oracle,
)

#                 0    1    2    3    4    5    6    7    8    9   10
EQUITY = np.array([100, 110, 99, 104, 110, 115, 92, 69, 115, 120, 108], np.float64)


def found_in(equity: Floats, initial_cash: float = 100.0) -> Drawdowns:
    return drawdowns_of(equity, running_peak(equity, initial_cash))


def test_three_drawdowns_by_hand() -> None:
    found = found_in(EQUITY)
    assert found.peak_rows.tolist() == [1, 5, 9]
    assert found.recovery_rows.tolist() == [4, 8, 11]
    assert found.depths == pytest.approx([-0.1, -0.4, -0.1])
    assert found.maximum == pytest.approx(-0.4)
    assert found.average == pytest.approx(-0.2)
    # The last has not recovered, and lasts until the last bar.
    assert found.durations_days(days(11)).tolist() == [3.0, 3.0, 1.0]


def test_the_series_is_what_a_plot_shows() -> None:
    series = drawdown_series(EQUITY, 100.0)
    expected = [0, 0, -0.1, 104 / 110 - 1, 0, 0, -0.2, -0.4, 0, 0, -0.1]
    assert series == pytest.approx(expected)
    assert series[[0, 1, 4, 5, 8, 9]].tolist() == [0.0] * 6


def test_the_table_begins_with_the_worst() -> None:
    ts = days(11)
    worst, next_worst = worst_drawdowns(ts, EQUITY, 100.0, 2)
    assert worst == Drawdown(int(ts[5]), int(ts[7]), int(ts[8]), 69 / 115 - 1.0)
    assert next_worst == Drawdown(int(ts[1]), int(ts[2]), int(ts[4]), 99 / 110 - 1.0)
    last = worst_drawdowns(ts, EQUITY, 100.0, 9)[-1]
    assert (last.peak_ts, last.trough_ts, last.recovery_ts) == (ts[9], ts[10], None)


def test_the_initial_cash_is_a_peak() -> None:
    equity = np.array([90.0, 80.0, 100.0, 90.0])
    found = found_in(equity)
    assert found.peak_rows.tolist() == [-1, 2]
    assert found.depths == pytest.approx([-0.2, -0.1])
    ts = days(4)
    assert found.durations_days(ts).tolist() == [2.0, 1.0]
    assert worst_drawdowns(ts, equity, 100.0, 1)[0].peak_ts == ts[0]
    assert drawdown_series(equity, 100.0) == pytest.approx([-0.1, -0.2, 0.0, -0.1])


@pytest.mark.parametrize("equity", [[], [100.0], [100.0, 100.0, 101.0]])
def test_an_account_that_never_falls_has_none(equity: list[float]) -> None:
    found = found_in(np.array(equity))
    assert len(found) == 0
    assert found.maximum == 0.0
    assert math.isnan(found.average)
    assert found.durations_days(days(len(equity))).tolist() == []
    assert worst_drawdowns(days(len(equity)), np.array(equity), 100.0, 5) == ()


def test_debts_are_more_than_all() -> None:
    assert found_in(np.array([100.0, -20.0])).maximum == pytest.approx(-1.2)


@pytest.mark.parametrize("symbol", SYMBOLS)
def test_what_empyrical_and_quantstats_say_too(symbol: str) -> None:
    returns = market_returns(symbol)
    equity = np.asarray(100.0 * np.cumprod(returns + 1.0), np.float64)
    found = found_in(equity)
    assert close_to(found.maximum, oracle("empyrical").max_drawdown(returns))
    quantstats, series = oracle("quantstats.stats"), dated(returns)
    assert close_to(found.maximum, quantstats.max_drawdown(series))
    theirs = quantstats.to_drawdown_series(series)
    assert np.allclose(drawdown_series(equity, 100.0), theirs, rtol=1e-9, atol=1e-12)


def test_a_drawdown_begins_at_its_peak_where_quantstats_begins_below_it() -> None:
    pandas, quantstats = oracle("pandas"), oracle("quantstats.stats")
    index = pandas.date_range("2024-01-01", periods=11)
    series = pandas.Series(drawdown_series(EQUITY, 100.0), index=index)
    theirs = quantstats.drawdown_details(series)
    ours = found_in(EQUITY)
    assert np.allclose(theirs["max drawdown"], 100.0 * ours.depths)
    # Theirs is from the first day below to the last, both counted: a day less, until it recovers.
    assert theirs["days"].tolist() == [2, 2, 1]
    assert ours.durations_days(days(11)).tolist() == [3.0, 3.0, 1.0]


equities = st.lists(st.floats(0.0, 1e6), max_size=60).map(lambda found: np.array(found, np.float64))


@given(equities, st.floats(0.5, 1e6))
def test_drawdowns_are_the_series_in_parts(equity: Floats, initial_cash: float) -> None:
    series = drawdown_series(equity, initial_cash)
    assert ((series >= -1.0) & (series <= 0.0)).all()
    found = found_in(equity, initial_cash)
    below = np.zeros(len(equity), bool)
    for peak, recovery, depth in zip(
        found.peak_rows, found.recovery_rows, found.depths, strict=True
    ):
        below[peak + 1 : recovery] = True
        assert depth == series[peak + 1 : recovery].min()
    assert (series[below] < 0.0).all()
    assert (series[~below] == 0.0).all()


@given(st.lists(st.floats(1.0, 1e3), min_size=1, max_size=60), st.integers(-20, 20))
def test_the_currency_does_not_matter(equity: list[float], power: int) -> None:
    values = np.array(equity)
    scaled = drawdown_series(values * 2.0**power, 100.0 * 2.0**power)
    assert scaled.tolist() == drawdown_series(values, 100.0).tolist()


@pytest.mark.parametrize("drift", [-1e-3, 0.0, 1e-4, 1e-2])
@pytest.mark.parametrize("bars", [1, BLOCK_BARS - 1, BLOCK_BARS, BLOCK_BARS + 1, 5 * BLOCK_BARS])
def test_peaks_go_on_from_block_to_block(bars: int, drift: float) -> None:
    chance = np.random.default_rng(bars)
    equity = 100.0 * np.exp(np.cumsum(chance.normal(drift, 0.01, bars)))
    expected = np.maximum.accumulate(np.maximum(equity, 100.0))
    assert running_peak(equity, 100.0).tolist() == expected.tolist()
