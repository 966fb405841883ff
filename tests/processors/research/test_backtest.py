"""A backtest of whatever is ordered: sums that must agree, and the same bytes however it is run."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from processors.research import backtest as module
from processors.research.backtest import Result, backtest
from processors.research.market import fills_from
from processors.research.merged import CHUNK_BARS
from processors.research.results import ACCOUNT
from sandbox.fills import FillRules, Reason
from sandbox.host.book import Book
from sandbox.host.instance import Instance
from schemas.columns import BarColumns, Floats
from tests.processors.research.case import DAY_US, book, columns
from tests.processors.research.drawing import drawn_markets, markets, rules
from tests.processors.research.script import SOURCE, asking
from tests.sandbox.market import daily_bars
from tests.sandbox.running import body, module_of

EXAMPLE = Path(__file__).parents[3] / "docs/strategies/donchian_breakout.py"
SCRIPT = module_of(SOURCE)
NO_CLOSES = SOURCE.replace(', at="close"', "").replace('at="close"', "")
PLAIN = body(
    "asked = int(bar.volume) % 10",
    "if asked == 1: enter_long(30)",
    "if asked == 2: enter_short(40)",
    "if asked == 3: exit()",
    "if asked == 4: order(25)",
    "if asked == 5: order(-35)",
)
PLOT = 'plot("size", position.size)'
STILL = columns([(100.0, 101.0, 99.0, 100.0)] * 6)


@st.composite
def asked(draw: st.DrawFn, bars_max: int = 120) -> list[BarColumns]:
    """Markets whose volumes ask for orders of every word."""
    often = draw(st.sampled_from([1.2, 3.0, 15.0]))
    found = draw(markets(bars_max))
    return [asking(market, seed, often) for seed, market in enumerate(found)]


def ran(bars: list[BarColumns], under: FillRules, chunk_bars: int = CHUNK_BARS) -> Result:
    return backtest(SCRIPT, book(), bars, {}, under, chunk_bars=chunk_bars)


def arrays(result: Result) -> Iterator[tuple[str, bytes]]:
    for name in ("curve", "fills", "trades", "income", "refusals"):
        part = getattr(result, name)
        for field in fields(part):
            yield f"{name}.{field.name}", getattr(part, field.name).tobytes()
    yield "rest", repr((result.course, result.traps, result.bars)).encode()


@settings(max_examples=100, deadline=None)
@given(asked(), rules())
def test_the_profits_of_the_trades_are_what_the_equity_gained(
    bars: list[BarColumns], under: FillRules
) -> None:
    result = ran(bars, under)
    gained = result.curve.equity[-1] - under.cash
    interest = result.income.amount[result.income.symbol == ACCOUNT].sum()
    profits = result.trades.pnl.sum() + interest
    assert profits == pytest.approx(gained, rel=1e-6, abs=1e-9 * under.cash)
    assert result.traps == 0 and result.bars == sum(map(len, bars))


@settings(max_examples=100, deadline=None)
@given(asked(), rules())
def test_trades_close_all_that_fills_opened(bars: list[BarColumns], under: FillRules) -> None:
    result = ran(bars, under)
    fills, trades = result.fills, result.trades
    for symbol in range(len(bars)):
        moved = np.abs(fills.units[fills.symbol == symbol]).sum()
        left = abs(fills.units[fills.symbol == symbol].sum())
        size = np.abs(trades.size[trades.symbol == symbol]).sum()
        assert 2 * size == pytest.approx(moved + left, rel=1e-9, abs=1e-9)
    paid = fills.fee.sum()
    assert trades.fees.sum() == pytest.approx(paid, rel=1e-9, abs=1e-9)
    assert (trades.exit_ts >= trades.entry_ts).all() and (trades.mae <= 0).all()
    assert (trades.mfe >= 0).all() and (trades.bars_held >= 0).all()
    ended = trades.reason == Reason.END
    assert (trades.exit_ts[ended] == [bars[s].ts[-1] for s in trades.symbol[ended]]).all()


@settings(max_examples=60, deadline=None)
@given(asked(), rules())
def test_equity_is_cash_and_positions_at_every_time(
    bars: list[BarColumns], under: FillRules
) -> None:
    result = ran(bars, under)
    fills, income, times = result.fills, result.income, result.curve.ts
    cash = np.full(len(times), under.cash)
    spent = fills.units * fills.price + fills.fee
    for ts, amount in zip(fills.ts, -spent, strict=True):
        cash[times >= ts] += amount
    for ts, amount in zip(income.ts, income.amount, strict=True):
        cash[times >= ts] += amount
    worth = np.zeros(len(times))
    for symbol, market in enumerate(bars):
        mine = fills.symbol == symbol
        place = np.searchsorted(market.ts, times, side="right") - 1
        close = np.where(place >= 0, market.close[np.maximum(place, 0)], 0.0)
        for ts, units in zip(fills.ts[mine], fills.units[mine], strict=True):
            worth += np.where(times >= ts, units * close, 0.0)
    size = np.abs(result.curve.exposure).max() + under.cash
    np.testing.assert_allclose(result.curve.equity, cash + worth, rtol=1e-6, atol=1e-9 * size)


@settings(max_examples=40, deadline=None)
@given(asked(), rules(), st.sampled_from([1, 7, 100, 4_096]), st.sampled_from([1, 7, 4_096]))
def test_the_same_bytes_again_and_however_the_bars_are_cut(
    bars: list[BarColumns], under: FillRules, rows: int, book_rows: int
) -> None:
    meant = dict(arrays(ran(bars, under)))
    assert dict(arrays(ran(bars, under))) == meant
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "Book", partial(Book, chunk_bars=book_rows))
        cut = dict(arrays(ran(bars, under, rows)))
    assert {name for name in meant if cut[name] != meant[name]} == set()


def sizes(source: str, market: BarColumns, under: FillRules) -> tuple[Floats, Floats]:
    """What the strategy reads as its position after each bar, and what the fills came to."""
    read = module_of(source.replace("def on_bar(bar):\n", f"def on_bar(bar):\n    {PLOT}\n"))
    instance = Instance(read, 1)
    block = instance.allocate({}, under)
    said = instance.evaluate(np.full(len(market), block, np.int32), market)
    fills = backtest(read, book(), [market], {}, under).fills
    held = np.zeros(len(market) + 1)
    at_close = np.isin(fills.reason, [Reason.MARKET_ON_CLOSE, Reason.EXIT_ON_CLOSE])
    later = at_close & (under.at_close == 1.0)  # said at that close, so it could not yet be read
    np.add.at(held, np.searchsorted(market.ts, fills.ts) + later, fills.units)
    return said.plots[0], np.cumsum(held)[:-1]


@settings(max_examples=60, deadline=None)
@given(asked(), rules())
def test_a_strategy_reads_the_position_that_the_book_has(
    bars: list[BarColumns], under: FillRules
) -> None:
    """With one symbol, whatever the rules."""
    read, held = sizes(NO_CLOSES if under.at_close else SOURCE, bars[0], told_in_time(under))
    np.testing.assert_allclose(read, held, rtol=1e-9, atol=1e-9)


def told_in_time(under: FillRules) -> FillRules:
    """What fills at this close, in the strategy's own account it does with the next bar, so tiers,
    borrow, interest and margin come a bar later: the same without these."""
    if not under.at_close:
        return under
    under = replace(under, maintenance=0.0, borrow=0.0, interest=0.0)
    return replace(under, tier_1_rate=-1.0, tier_2_rate=-1.0)


@settings(max_examples=60, deadline=None)
@given(asked(), rules())
def test_a_strategy_of_plain_units_reads_it_too(bars: list[BarColumns], under: FillRules) -> None:
    read, held = sizes(PLAIN, bars[0], told_in_time(under))
    np.testing.assert_allclose(read, held, rtol=1e-9, atol=1e-9)


def test_a_strategy_knows_that_its_order_was_refused() -> None:
    read, held = sizes(body("if bar.index == 0: enter_long(200)"), STILL, FillRules())
    assert held.tolist() == [0.0] * 6
    assert read.tolist() == [0.0] * 6


def test_bars_before_the_begin_are_not_traded_and_not_reported() -> None:
    source = body("if bar.index == 1: enter_long(10)", "if bar.index == 2: enter_long(20)")
    result = backtest(module_of(source), book(), [STILL], {}, begin_us=2 * DAY_US)
    assert result.fills.units.tolist() == [20] and result.fills.ts.tolist() == [3 * DAY_US]
    assert result.curve.ts.tolist() == [day * DAY_US for day in (2, 3, 4, 5)]


def test_bars_before_the_begin_warm_the_indicators_up() -> None:
    source = body("if bar.index == 3 and not isna(ta.sma(bar.close, 4)): enter_long(10)")
    result = backtest(module_of(source), book(), [STILL], {}, begin_us=3 * DAY_US)
    assert result.fills.ts.tolist() == [4 * DAY_US]


def test_a_strategy_begins_flat() -> None:
    source = body("if position.size == 0.0: enter_long(10)")
    result = backtest(module_of(source), book(), [STILL], {}, begin_us=3 * DAY_US)
    assert result.fills.ts.tolist() == [4 * DAY_US]


def test_the_profits_of_the_trades_and_interest_are_what_the_equity_gained() -> None:
    under = FillRules(leverage=2.0, interest=0.06)
    result = backtest(
        module_of(body("if bar.index == 0: enter_long(150)")), book(), [STILL], {}, under
    )
    gained = result.curve.equity[-1] - under.cash
    assert set(result.income.symbol) == {ACCOUNT}
    assert result.trades.pnl.sum() + result.income.amount.sum() == pytest.approx(gained, rel=1e-12)


def test_a_strategy_that_begins_at_the_last_bar_is_flat_there() -> None:
    source = body("enter_long(10)", 'plot("held", position.size)')
    instance = Instance(module_of(source), 1)
    block = instance.allocate({}, FillRules(), fills_from(STILL.ts, 5 * DAY_US))
    said = instance.evaluate(np.full(len(STILL), block, np.int32), STILL)
    assert said.plots[0].tolist() == [0.0] * 6


@settings(max_examples=60, deadline=None)
@given(asked(), rules())
def test_slippage_is_what_the_price_was_worse_by(bars: list[BarColumns], under: FillRules) -> None:
    """Where the bar's range did not hold it back."""
    under = replace(under, impact=0.0)  # of units sized by cash it goes by a first estimate
    fills = ran(bars, under).fills
    firm = np.isin(fills.reason, [Reason.LIMIT, Reason.STOP_LIMIT, Reason.TAKE_PROFIT])
    assert (fills.slippage[firm] == 0.0).all() and (fills.slippage >= 0.0).all()
    bar = [
        (market, int(np.searchsorted(market.ts, ts)))
        for market, ts in zip((bars[s] for s in fills.symbol), fills.ts, strict=True)
    ]
    at_open = np.isin(fills.reason, [Reason.MARKET, Reason.EXIT]) & (under.at_close == 0.0)
    for i in np.flatnonzero(at_open):
        market, row = bar[i]
        price, units = fills.price[i], fills.units[i]
        if market.low[row] < price < market.high[row]:
            worse = (price - market.open[row]) * units
            assert fills.slippage[i] == pytest.approx(worse, rel=1e-6, abs=1e-8)


def test_slippage_by_volume_is_of_the_units_that_were_traded() -> None:
    wide = columns([(100.0, 120.0, 80.0, 100.0, 50.0)] * 4)
    source = body("if bar.index == 0: enter_long(10)", "if bar.index == 1: exit()")
    fills = backtest(module_of(source), book(), [wide], {}, FillRules(impact=0.1)).fills
    # ten of fifty units, so 0.1 × 0.2² of the price, twice
    assert fills.price.tolist() == pytest.approx([100.4, 99.6])
    assert fills.slippage.tolist() == pytest.approx([10 * 0.4, 10 * 0.4])


def test_a_strategy_of_the_docs_is_cut_into_the_same_bytes() -> None:
    example = module_of(EXAMPLE.read_text(encoding="utf-8"))
    bars = [daily_bars(symbol) for symbol in ("AAPL", "GOOG", "FB")]
    meant = dict(arrays(backtest(example, book(), bars, {})))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "CHUNK_BARS", 501)
        assert dict(arrays(backtest(example, book(), bars, {}))) == meant


def test_the_script_orders_enough_to_be_worth_running() -> None:
    bars = [asking(each, 3, 3.0) for each in drawn_markets(3, 3, 600, DAY_US)]
    result = ran(bars, FillRules())
    assert set(result.fills.reason.tolist()) == set(Reason) - {Reason.END, Reason.LIQUIDATION}
    assert result.refusals and len(result.trades) > 200
