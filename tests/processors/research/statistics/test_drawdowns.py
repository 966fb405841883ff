"""Drawdowns: by hand, against empyrical and quantstats, and what must hold of any."""

from __future__ import annotations

import math
from functools import reduce
from operator import add

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from processors.research.statistics.drawdowns import (
    BLOCK_BARS,
    WORST,
    Drawdown,
    DrawdownFold,
    Drawdowns,
    drawdown_series,
    running_peak,
)
from schemas.columns import Floats, Ints
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


def found_in(equity: Floats) -> Drawdowns:
    fold = DrawdownFold(100.0)
    fold.add(days(len(equity)), equity)
    return fold.found()


def test_three_drawdowns_by_hand() -> None:
    found = found_in(EQUITY)
    assert found.count == 3
    assert found.maximum == pytest.approx(-0.4)
    assert found.average == pytest.approx(-0.2)
    # The last has not recovered, and lasts until the last bar: 3, 3 and 1.
    assert found.longest_days == 3.0
    assert found.average_days == pytest.approx(7 / 3)


def test_the_series_is_what_a_plot_shows() -> None:
    series = drawdown_series(EQUITY, 100.0)
    expected = [0, 0, -0.1, 104 / 110 - 1, 0, 0, -0.2, -0.4, 0, 0, -0.1]
    assert series == pytest.approx(expected)
    assert series[[0, 1, 4, 5, 8, 9]].tolist() == [0.0] * 6


def test_the_table_begins_with_the_worst() -> None:
    ts = days(11)
    worst, next_worst, last = found_in(EQUITY).worst
    assert worst == Drawdown(int(ts[5]), int(ts[7]), int(ts[8]), 69 / 115 - 1.0)
    assert next_worst == Drawdown(int(ts[1]), int(ts[2]), int(ts[4]), 99 / 110 - 1.0)
    assert (last.peak_ts, last.trough_ts, last.recovery_ts) == (ts[9], ts[10], None)
    many = np.array([100.0, 90.0, 101.0] * 9)
    assert found_in(many).worst == found_in(many[: 3 * WORST + 4]).worst, (
        "of equals the earlier first"
    )


def test_the_initial_cash_is_a_peak() -> None:
    equity, ts = np.array([90.0, 80.0, 100.0, 90.0]), days(4)
    first, second = found_in(equity).worst
    assert first == Drawdown(int(ts[0]), int(ts[1]), int(ts[2]), 80 / 100 - 1.0)
    assert second == Drawdown(int(ts[2]), int(ts[3]), None, 90 / 100 - 1.0)
    assert drawdown_series(equity, 100.0) == pytest.approx([-0.1, -0.2, 0.0, -0.1])


@pytest.mark.parametrize("equity", [[], [100.0], [100.0, 100.0, 101.0]])
def test_an_account_that_never_falls_has_none(equity: list[float]) -> None:
    found = found_in(np.array(equity))
    assert (found.count, found.maximum, found.worst) == (0, 0.0, ())
    assert math.isnan(found.average) and math.isnan(found.average_days)
    assert math.isnan(found.longest_days)


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
    assert np.isclose(theirs["max drawdown"].mean(), 100.0 * ours.average)
    # Theirs is from the first day below to the last, both counted: a day less, until it recovers.
    assert theirs["days"].tolist() == [2, 2, 1]
    assert ours.average_days == pytest.approx((3 + 3 + 1) / 3)


equities = st.lists(
    st.one_of(st.floats(0.0, 1e6), st.sampled_from([90.0, 100.0, 110.0])), max_size=60
).map(lambda found: np.array(found, np.float64))


def one_by_one(ts: Ints, equity: Floats, initial_cash: float) -> list[Drawdown]:
    """The oracle: every drawdown, bar by bar."""
    found: list[Drawdown] = []
    peak, peak_ts, low = initial_cash, None, None
    for t, value in zip(ts.tolist(), equity.tolist(), strict=True):
        peak_ts = t if peak_ts is None else peak_ts
        if value < peak:
            if low is None or value < low[0]:
                low = value, t
            continue
        if low is not None:
            found.append(Drawdown(peak_ts, low[1], t, low[0] / peak - 1.0))
        peak, peak_ts, low = value, t, None
    if low is not None:
        assert peak_ts is not None
        found.append(Drawdown(peak_ts, low[1], None, low[0] / peak - 1.0))
    return found


def total(found: list[Drawdown]) -> float:
    """Of the depths, one after the other: sum() adds otherwise from Python 3.12 on."""
    return reduce(add, (each.depth for each in found), 0.0)


@given(equities, st.floats(0.5, 1e6), st.integers(1, 61))
def test_drawdowns_are_those_found_bar_by_bar_however_cut(
    equity: Floats, initial_cash: float, part: int
) -> None:
    ts = days(len(equity))
    fold = DrawdownFold(initial_cash)
    for start in range(0, len(ts), part):
        fold.add(ts[start : start + part], equity[start : start + part])
    found = fold.found()
    meant = one_by_one(ts, equity, initial_cash)
    assert found.worst == tuple(sorted(meant, key=lambda each: each.depth)[:WORST])
    assert (found.count, found.depths) == (len(meant), total(meant))
    lasted = [int(each.recovery_ts or ts[-1]) - each.peak_ts for each in meant]
    assert (found.lasted_us, found.longest_us) == (sum(lasted), max(lasted, default=0))
    assert fold.peak == max([initial_cash, *equity.tolist()])


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


@pytest.mark.parametrize("drift", [-1e-3, 0.0, 1e-4, 1e-2])
def test_many_bars_have_the_drawdowns_that_are_found_bar_by_bar(drift: float) -> None:
    chance = np.random.default_rng(5)
    equity = 100.0 * np.exp(np.cumsum(chance.normal(drift, 0.01, 5 * BLOCK_BARS + 17)))
    ts = days(len(equity))
    found, meant = found_in(equity), one_by_one(ts, equity, 100.0)
    assert found.worst == tuple(sorted(meant, key=lambda each: each.depth)[:WORST])
    assert (found.count, found.depths) == (len(meant), total(meant))
