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
from processors.research.merged import merged
from sandbox.fills import FillRules, Reason
from sandbox.host.book import Book
from schemas.columns import BarColumns
from tests.processors.research.case import DAY_US, book
from tests.processors.research.drawing import drawn_markets, markets, rules
from tests.processors.research.script import SOURCE, asking
from tests.sandbox.market import daily_bars
from tests.sandbox.running import module_of

EXAMPLE = Path(__file__).parents[3] / "docs/strategies/donchian_breakout.py"
SCRIPT = module_of(SOURCE)


@st.composite
def asked(draw: st.DrawFn, bars_max: int = 120) -> list[BarColumns]:
    """Markets whose volumes ask for orders of every word."""
    often = draw(st.sampled_from([1.2, 3.0, 15.0]))
    found = draw(markets(bars_max))
    return [asking(market, seed, often) for seed, market in enumerate(found)]


def ran(bars: list[BarColumns], under: FillRules) -> Result:
    return backtest(SCRIPT, book(), bars, {}, under)


def arrays(result: Result) -> Iterator[tuple[str, bytes]]:
    for name in ("curve", "fills", "trades", "income"):
        part = getattr(result, name)
        for field in fields(part):
            yield f"{name}.{field.name}", getattr(part, field.name).tobytes()
    yield "rest", repr((result.refusals, result.traps, result.bars)).encode()


@settings(max_examples=100, deadline=None)
@given(asked(), rules())
def test_the_profits_of_the_trades_are_what_the_equity_gained(
    bars: list[BarColumns], under: FillRules
) -> None:
    under = replace(under, interest=0.0)  # which belongs to no trade
    result = ran(bars, under)
    gained = result.curve.equity[-1] - under.cash
    assert result.trades.pnl.sum() == pytest.approx(gained, rel=1e-6, abs=1e-9 * under.cash)
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
    under = replace(under, interest=0.0)
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
        patch.setattr(module, "merged", lambda bars, _: merged(bars, rows))
        patch.setattr(module, "Book", partial(Book, chunk_bars=book_rows))
        cut = dict(arrays(ran(bars, under)))
    assert {name for name in meant if cut[name] != meant[name]} == set()


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
