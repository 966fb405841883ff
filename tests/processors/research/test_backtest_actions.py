"""Splits and dividends in a backtest: the strategy sees prices that go on, the account is paid."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from processors.research.backtest import Result, backtest
from processors.research.listing import Listing
from processors.research.results import Fills, Income, Trades
from processors.research.sweeps.runner import Runner, Setting
from processors.research.sweeps.tape import ALL
from sandbox.fills import FillRules, Reason
from schemas.columns import BarColumns, Floats
from streams.actions import Actions
from tests.processors.research.case import DAY_US, book, columns
from tests.processors.research.script import SOURCE, asking
from tests.processors.research.sweeps.trading import compiled
from tests.sandbox.market import part, random_bars
from tests.sandbox.running import body, module_of

BUY_AND_HOLD = body("if bar.index == 0: enter_long(10)")
# 2 for 1 before the third bar, at whose open a new unit is 50
SPLIT = columns([(100, 101, 99, 100), (100, 102, 99, 101), (50, 52, 49, 51), (51, 53, 50, 52)])
# 4.0 a unit before the third bar
PAYS = columns([(100, 101, 99, 100), (100, 102, 99, 100), (96, 97, 95, 96), (96, 98, 95, 97)])


def acting(
    split: tuple[int, float] | None = None, dividend: tuple[int, float] | None = None
) -> Listing:
    days = sorted({day for day, _ in filter(None, (split, dividend))})
    ratios, amounts = np.ones(len(days)), np.zeros(len(days))
    if split:
        ratios[days.index(split[0])] = split[1]
    if dividend:
        amounts[days.index(dividend[0])] = dividend[1]
    return Listing(Actions(np.array(days, np.int64) * DAY_US, ratios, amounts))


def ran(source: str, bars: BarColumns, listing: Listing, under: FillRules | None = None) -> Result:
    return backtest(module_of(source), book(), [bars], {}, under or FillRules(), listings=[listing])


def test_a_split_changes_units_and_no_wealth() -> None:
    result = ran(BUY_AND_HOLD, SPLIT, acting(split=(2, 2.0)))
    assert result.curve.equity.tolist() == [10_000, 10_010, 10_020, 10_040]
    trades = result.trades
    # 10 units of the first day, whose price went from 100 to 2 × 52
    found = (trades.size[0], trades.entry_price[0], trades.exit_price[0], trades.pnl[0])
    assert found == (10, 100, 104, 40)
    assert trades.mae[0] == pytest.approx(-2 / 100) and trades.mfe[0] == pytest.approx(6 / 100)
    assert result.bars_in_units[0].close.tolist() == [100, 101, 102, 104]


def test_fills_after_a_split_are_of_new_units() -> None:
    source = body("if bar.index == 0: enter_long(10)", "if bar.index == 2: exit()")
    result = ran(source, SPLIT, acting(split=(2, 2.0)))
    assert result.fills.units.tolist() == [10, -20] and result.fills.price.tolist() == [100, 51]
    assert result.trades.size.tolist() == [10] and result.trades.pnl.tolist() == [20]


def test_a_dividend_is_paid_in_cash_and_belongs_to_the_trade() -> None:
    result = ran(BUY_AND_HOLD, PAYS, acting(dividend=(2, 4.0)))
    assert result.curve.equity.tolist() == [10_000, 10_000, 10_000, 10_010]
    assert result.trades.pnl.tolist() == [10] and result.income.amount.tolist() == [40]


def test_indicators_do_not_see_a_split() -> None:
    falls = body("if bar.close < 0.8 * bar.close[1]: enter_long(10)")
    assert ran(falls, SPLIT, Listing()).fills.units.tolist() == [10]
    assert not len(ran(falls, SPLIT, acting(split=(2, 2.0))).fills)


def test_prices_and_units_that_a_strategy_orders_after_a_split_are_those_that_it_sees() -> None:
    # after the split it sees the close of the third bar as 102
    source = body("if bar.index == 2: enter_long(10, limit=bar.close, stop_loss=bar.close - 1.0)")
    result = ran(source, SPLIT, acting(split=(2, 2.0)))
    assert result.fills.units.tolist() == [20, -20]
    assert result.fills.price.tolist() == [51, 50.5]
    assert result.fills.reason.tolist() == [Reason.LIMIT, Reason.STOP_LOSS]


def test_an_order_before_a_split_is_of_as_much_after_it() -> None:
    source = body("if bar.index == 1: enter_long(10, limit=99.0)")
    result = ran(source, SPLIT, acting(split=(2, 2.0)))
    assert result.fills.units.tolist() == [20] and result.fills.price.tolist() == [49.5]


def test_cash_and_percent_are_of_the_account_on_either_side() -> None:
    source = body("if bar.index == 2: enter_long(cash=5100)")
    assert ran(source, SPLIT, acting(split=(2, 2.0))).fills.units.tolist() == [100]


def test_the_run_begins_in_the_units_of_its_begin() -> None:
    source = body("if bar.index == 2: enter_long(10)")
    result = backtest(
        module_of(source), book(), [SPLIT], {},
        listings=[acting(split=(2, 2.0))], begin_us=2 * DAY_US,
    )  # fmt: skip
    assert result.fills.units.tolist() == [10] and result.trades.size.tolist() == [10]
    assert result.bars_in_units[0].close.tolist() == [50, 50.5, 51, 52]


def test_buy_and_hold_puts_dividends_back() -> None:
    bench = ran(BUY_AND_HOLD, PAYS, acting(dividend=(2, 4.0))).curve.benchmark
    assert bench.tolist() == pytest.approx([10_000, 10_000, 10_000, 10_000 * 97 / 96])


def test_lots_and_ticks_are_the_instruments() -> None:
    source = body("if bar.index == 0: enter_long(cash=5000)")
    listing = Listing(tick=0.25, lot=7.0)
    found = ran(source, SPLIT.take(slice(2)), listing, FillRules(slip=0.1)).fills
    assert found.units.tolist() == [49] and found.price.tolist() == [100.25]
    own = ran(source, SPLIT.take(slice(2)), listing, FillRules(slip=0.1, lot=1.0)).fills
    assert own.units.tolist() == [49]  # 5,000 buys 49.87 at 100.25


@st.composite
def acted(draw: st.DrawFn) -> tuple[list[BarColumns], list[Listing]]:
    seed = draw(st.integers(0, 2**32 - 1))
    chance = np.random.default_rng(seed)
    bars, listings = [], []
    for symbol in range(draw(st.integers(1, 3))):
        walk = random_bars(90, seed % 1000 + symbol)
        days = np.arange(len(walk)) * DAY_US
        walk = asking(BarColumns(days, *(getattr(walk, n) for n in walk.__slots__[1:])), symbol, 2)
        bars.append(part(walk, np.flatnonzero(chance.random(90) < 0.9).tolist() or [0]))
        at = np.flatnonzero(chance.random(90) < 0.06)
        splits = np.where(chance.random(len(at)) < 0.5, chance.choice([2.0, 0.1], len(at)), 1.0)
        paid = np.where(splits == 1.0, 0.4, 0.0)
        listings.append(Listing(Actions(at * DAY_US, splits, paid)))
    return bars, listings


@settings(max_examples=40, deadline=None)
@given(acted())
def test_profits_are_what_the_equity_gained_whatever_was_split(
    drawn: tuple[list[BarColumns], list[Listing]],
) -> None:
    bars, listings = drawn
    under = FillRules(rate=0.001, leverage=2.0, borrow=0.05)
    result = backtest(module_of(SOURCE), book(), bars, {}, under, listings=listings)
    gained = result.curve.equity[-1] - under.cash
    assert result.trades.pnl.sum() == pytest.approx(gained, rel=1e-6, abs=1e-5)


@settings(max_examples=20, deadline=None)
@given(acted(), st.sampled_from([0.0, 1.0]), st.sampled_from([1, 7, 4_096]))
def test_a_sweep_and_a_backtest_in_cuts_come_to_the_same_bytes(
    drawn: tuple[list[BarColumns], list[Listing]], at_close: float, rows: int
) -> None:
    bars, listings = drawn
    under = FillRules(rate=0.001, at_close=at_close)
    module = module_of(SOURCE)
    whole = backtest(module, book(), bars, {}, under, listings=listings)
    cut = backtest(module, book(), bars, {}, under, listings=listings, chunk_bars=rows)
    runner = Runner(Setting(compiled(SOURCE).wasm, under, listings=listings), bars)
    try:
        (account,) = runner.accounts(runner.reckoning(ALL), [{}])
        swept = list(arrays(account.equity, account.fills, account.trades, account.income))
    finally:
        runner.close()
    meant = list(arrays(whole.curve.equity, whole.fills, whole.trades, whole.income))
    assert list(arrays(cut.curve.equity, cut.fills, cut.trades, cut.income)) == meant
    assert swept == meant


def arrays(equity: Floats, *parts: Fills | Trades | Income) -> Iterator[tuple[str, bytes]]:
    yield "equity", equity.tobytes()
    for each in parts:
        for field in fields(each):
            yield field.name, getattr(each, field.name).tobytes()
