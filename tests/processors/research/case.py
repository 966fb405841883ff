"""A small backtest worked out by hand: bars and orders in, fills, cash and equity out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import numpy as np
import pytest

from processors.research.backtest import Result, backtest
from sandbox.fills import FillRules, Reason
from sandbox.host.book import book_module
from sandbox.host.module import StrategyModule
from schemas.columns import BarColumns, Ints
from tests.sandbox.running import body, engine, module_of

Bar = tuple[float, ...]
"""open, high, low, close and, where it matters, volume."""
Fill = tuple[int, float, float, float, Reason]
"""The bar's place, units, price, fee, reason."""

Trade = tuple[float, float, float, float, Reason]
"""Size, entry price, exit price, profit net of all costs, reason."""

HOUR_US = 3_600_000_000
DAY_US = 24 * HOUR_US
YEAR_US = 365 * DAY_US


@dataclass(frozen=True)
class Case:
    """name: says what happens. orders: lines of on_bar, by the bar.index at which they run.
    equity: after each bar. cash: after the last. begin_us, step_us: of the bars' times.
    trades: where they are worked out too. refused: bars at which an order was.
    """

    name: str
    bars: Sequence[Bar]
    orders: Mapping[int, str]
    fills: Sequence[Fill]
    cash: float
    equity: Sequence[float]
    rules: FillRules = field(default_factory=FillRules)
    trades: Sequence[Trade] | None = None
    refused: Sequence[int] = ()
    begin_us: int = 0
    step_us: int = DAY_US


def columns(bars: Sequence[Bar], begin_us: int = 0, step_us: int = DAY_US) -> BarColumns:
    """Bars without a volume have 1,000 units."""
    rows = np.array([(*bar, 1_000.0)[:5] for bar in bars], np.float64)
    times = begin_us + step_us * np.arange(len(bars), dtype=np.int64)
    return BarColumns(times, *np.ascontiguousarray(rows.T))


@cache
def book() -> StrategyModule:
    return book_module(engine())


def strategy(orders: Mapping[int, str]) -> str:
    """The source of a strategy that says each line at its bar."""
    lines = []
    for index, line in orders.items():
        lines += [f"if bar.index == {index}:", *(f"    {part}" for part in line.split("; "))]
    return body(*lines, "pass")


def result_of(case: Case) -> Result:
    module = module_of(strategy(case.orders))
    bars = columns(case.bars, case.begin_us, case.step_us)
    return backtest(module, book(), [bars], {}, case.rules)


def places(times: Ints, case: Case) -> list[int]:
    return [int(place) for place in (times - case.begin_us) // case.step_us]


def assert_holds(case: Case) -> None:
    """What the backtest gives is what the case says, but for the last digits."""
    result = result_of(case)
    fills = result.fills
    same_rows(
        list(
            zip(
                places(fills.ts, case),
                *(column.tolist() for column in (fills.units, fills.price, fills.fee)),
                map(Reason, fills.reason.tolist()),
                strict=True,
            )
        ),
        case.fills,
    )
    assert result.curve.equity.tolist() == pytest.approx(list(case.equity), rel=1e-12)
    held = float(fills.units.sum())
    cash = float(result.curve.equity[-1]) - held * case.bars[-1][3]
    assert cash == pytest.approx(case.cash, rel=1e-12, abs=1e-8)
    assert list(places(result.refusals.ts, case)) == list(case.refused)
    if case.trades is not None:
        trades = result.trades
        same_rows(
            list(
                zip(
                    *(column.tolist() for column in (trades.size, trades.entry_price)),
                    *(column.tolist() for column in (trades.exit_price, trades.pnl)),
                    map(Reason, trades.reason.tolist()),
                    strict=True,
                )
            ),
            case.trades,
        )


def same_rows(found: Sequence[tuple[Any, ...]], wanted: Sequence[tuple[Any, ...]]) -> None:
    """Reasons first, for a message that can be read."""
    assert [row[-1] for row in found] == [row[-1] for row in wanted], found
    for is_, meant in zip(found, wanted, strict=True):
        assert is_ == pytest.approx(meant, rel=1e-12, abs=1e-10), (is_, meant)
