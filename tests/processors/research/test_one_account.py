"""Several symbols on one cash account: whose turn it is, what there is room for, and what an
order can know."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from processors.research.backtest import Result, backtest
from sandbox.columns import Ordered, SignalCode
from sandbox.fills import NO_COSTS, FillRules, Reason
from schemas.columns import BarColumns
from tests.processors.research.booking import Row, merged_in_order, run
from tests.processors.research.case import DAY_US, Bar, book
from tests.sandbox.running import body, module_of

LONG, SHORT = Ordered(SignalCode.ENTER_LONG), Ordered(SignalCode.ENTER_SHORT)
PERCENT = Ordered(SignalCode.ENTER_LONG, "percent")
STILL: Bar = (100, 101, 99, 100)


def days(*bars: tuple[float, Bar]) -> BarColumns:
    """Bars at days; the fifth of a bar asks for an order."""
    table = np.array([(*bar, 0.0)[:5] for _, bar in bars])
    times = np.array([round(day * DAY_US) for day, _ in bars])
    return BarColumns(times, *np.ascontiguousarray(table.T))


def result_of(markets: Sequence[BarColumns], *orders: str, rules: FillRules = NO_COSTS) -> Result:
    """orders: asked for by volumes from 1 on."""
    lines = (f"if bar.volume == {code}: {line}" for code, line in enumerate(orders, 1))
    return backtest(module_of(body(*lines)), book(), markets, {}, rules)


def fills_of(result: Result) -> list[tuple[float, int, float, float]]:
    fills = result.fills
    columns = (fills.ts / DAY_US, fills.symbol, fills.units, fills.price)
    return list(zip(*(column.tolist() for column in columns), strict=True))


def test_the_first_symbol_takes_the_room_that_the_second_lacks() -> None:
    rows = [
        *(Row(0, STILL, symbol=symbol) for symbol in (0, 1)),
        *(Row(1, STILL, LONG, {"size": 60}, symbol=symbol) for symbol in (0, 1)),
    ]
    found = run(rows)
    assert found.fills == [(2, 60, 100, 0, Reason.MARKET)]
    assert found.refused == {3: 1}


def test_fees_paid_at_a_time_lessen_what_the_next_symbol_has() -> None:
    rows = [
        *(Row(0, STILL, symbol=symbol) for symbol in (0, 1)),
        *(Row(1, STILL, PERCENT, {"size": 50}, symbol=symbol) for symbol in (0, 1)),
    ]
    found = run(rows, FillRules(rate=0.01))
    # units × 101 = half of the equity
    first = 5_000 / 101
    second = 0.5 * (10_000 - first) / 101
    assert [fill[1] for fill in found.fills] == pytest.approx([first, second], rel=1e-14)


def test_room_at_a_time_is_by_the_closes_before() -> None:
    # the first symbol falls by half within the bar at whose open the second buys
    rows = [
        Row(0, STILL, symbol=0),
        Row(0, STILL, symbol=1),
        Row(1, STILL, LONG, {"size": 50}, symbol=0),
        Row(1, STILL, symbol=1),
        Row(2, (100, 100, 50, 50), symbol=0),
        Row(2, STILL, PERCENT, {"size": 50}, symbol=1),
        Row(3, (50, 51, 49, 50), symbol=0),
        Row(3, STILL, Ordered(SignalCode.ORDER, "percent"), {"size": 10}, symbol=1),
    ]
    found = run(rows)
    assert found.fills == [
        (2, 50, 100, 0, Reason.MARKET),
        (5, 0.5 * 10_000 / 100, 100, 0, Reason.MARKET),
    ]
    # 7,500 of equity by then, and 50 × 50 + 50 × 100 = 7,500 of positions
    assert found.refused == {7: 1}
    assert found.equity[-1] == 10_000 - 50 * 50


@pytest.mark.parametrize(
    ("ordered", "falls"),
    [
        (LONG, 0),
        (LONG, 1),
        (Ordered(SignalCode.ENTER_SHORT, "percent"), 0),
        (Ordered(SignalCode.ENTER_LONG, at="close"), 0),
        (Ordered(SignalCode.ENTER_LONG, at="close"), 1),
    ],
    ids=["before it", "after it", "percent", "at the close, before it", "at the close, after it"],
)
def test_nobody_sees_another_symbols_close_of_the_same_time(ordered: Ordered, falls: int) -> None:
    other = 1 - falls

    def units(close: float) -> list[float]:
        rows = [
            Row(0, STILL, symbol=falls),
            Row(0, STILL, symbol=other),
            Row(1, (100, 150, 40, close), ordered, {"size": 20}, symbol=falls),
            Row(1, STILL, PERCENT, {"size": 70}, symbol=other),
        ]
        ordered_rows = merged_in_order(rows)
        found = run(ordered_rows, FillRules(rate=0.01))
        return [fill[1] for fill in found.fills if ordered_rows[fill[0]].symbol == other]

    assert units(45.0) == units(100.0) == units(149.0) != []


def test_symbols_with_other_times_keep_their_last_close() -> None:
    first = days(
        (0, (100, 101, 99, 100, 1)),
        (1, (100, 104, 99, 102)),
        (2, (102, 105, 101, 104)),
        (4, (104, 107, 103, 106)),
    )
    second = days((0.5, (50, 51, 49, 50, 2)), (3, (48, 49, 46, 47)), (4, (47, 48, 44, 45, 3)))
    result = result_of((first, second), "enter_long(20)", "enter_short(40)", "exit()")
    assert fills_of(result) == [(1, 0, 20, 100), (3, 1, -40, 48)]
    assert (result.curve.ts / DAY_US).tolist() == [0, 0.5, 1, 2, 3, 4]
    assert result.curve.equity.tolist() == [
        10_000,
        10_000,
        10_000 + 20 * 2,
        10_000 + 20 * 4,
        10_000 + 20 * 4 + 40 * 1,
        10_000 + 20 * 6 + 40 * 3,
    ]
    assert result.curve.exposure.tolist() == [0, 0, 2_040, 2_080, 2_080 + 1_880, 2_120 + 1_800]


def test_a_bar_that_a_symbol_lacks_delays_its_order_only() -> None:
    first = days((0, (100, 101, 99, 100, 1)), (3, (110, 111, 109, 110)))
    second = days((0, (50, 51, 49, 50, 1)), (1, (51, 52, 50, 51)), (3, (53, 54, 52, 53)))
    result = result_of((first, second), "enter_long(cash=1_000)")
    assert fills_of(result) == [(1, 1, 1_000 / 51, 51), (3, 0, 1_000 / 110, 110)]


def test_the_curve_has_a_time_once_after_all_its_bars() -> None:
    first = days((0, (100, 101, 99, 100, 1)), (1, (100, 104, 99, 103)))
    second = days((0, (100, 101, 99, 100, 1)), (1, (100, 104, 99, 97)))
    result = result_of((first, second), "enter_long(10)")
    assert (result.curve.ts / DAY_US).tolist() == [0, 1]
    assert result.curve.equity.tolist() == [10_000, 10_000 + 10 * 3 - 10 * 3]


def test_symbols_of_one_time_fill_in_the_order_of_their_numbers() -> None:
    markets = [days((0, (100, 101, 99, 100, 1)), (1, STILL)) for _ in range(4)]
    result = result_of(markets, "enter_long(30)")
    assert fills_of(result) == [(1, 0, 30, 100), (1, 1, 30, 100), (1, 2, 30, 100)]
    assert (result.refusals.symbol.tolist(), result.refusals.ts.tolist()) == ([3], [DAY_US])


def test_all_that_one_symbol_lost_is_called_in_from_the_others_too() -> None:
    sinking: Bar = (100, 100, 39, 40)
    rows = [
        *(Row(0, STILL, symbol=symbol) for symbol in (0, 1)),
        *(Row(1, STILL, LONG, {"size": 100}, symbol=symbol) for symbol in (0, 1)),
        Row(2, sinking, symbol=0),
        Row(2, STILL, symbol=1),
        Row(3, (40, 41, 39, 40), symbol=0),
        Row(3, (98, 99, 97, 98), symbol=1),
    ]
    found = run(rows, FillRules(leverage=2.0, maintenance=0.3))
    # 10,000 − 100 × 60 = 4,000 is less than 0.3 × (4,000 + 10,000)
    assert found.fills[2:] == [
        (6, -100, 40, 0, Reason.LIQUIDATION),
        (7, -100, 98, 0, Reason.LIQUIDATION),
    ]
    assert found.equity[-1] == 4_000 - 100 * 2


def test_what_is_called_in_is_closed_at_its_own_next_open() -> None:
    rows = [
        *(Row(0, STILL, symbol=symbol) for symbol in (0, 1)),
        *(Row(1, STILL, LONG, {"size": 100}, symbol=symbol) for symbol in (0, 1)),
        Row(2, (100, 100, 39, 40), symbol=0),
        Row(2, STILL, symbol=1),
        Row(3, (40, 41, 39, 40), symbol=0),
        Row(4, (98, 99, 97, 98), symbol=1),
    ]
    found = run(rows, FillRules(leverage=2.0, maintenance=0.3))
    assert found.fills[2:] == [
        (6, -100, 40, 0, Reason.LIQUIDATION),
        (7, -100, 98, 0, Reason.LIQUIDATION),
    ]


def test_a_short_position_of_one_symbol_takes_room_from_another() -> None:
    rows = [
        *(Row(0, STILL, symbol=symbol) for symbol in (0, 1)),
        Row(1, STILL, SHORT, {"size": 70}, symbol=0),
        Row(1, STILL, LONG, {"size": 40}, symbol=1),
        Row(2, STILL, symbol=0),
        Row(2, STILL, LONG, {"size": 30}, symbol=1),
    ]
    found = run(rows)
    assert [fill[:2] for fill in found.fills] == [(2, -70), (5, 30)]
    assert found.exposure[-1] == 10_000
