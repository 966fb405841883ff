"""What splits and dividends do to positions, to orders that wait and to protective prices."""

from __future__ import annotations

import pytest

from sandbox.columns import Ordered, SignalCode
from sandbox.fills import FillRules, Reason
from tests.processors.research.booking import Row, run

LONG, SHORT = Ordered(SignalCode.ENTER_LONG), Ordered(SignalCode.ENTER_SHORT)
ORDER, EXIT = Ordered(SignalCode.ORDER), Ordered(SignalCode.EXIT)
STILL, HALF = (100, 101, 99, 100), (50, 50.5, 49.5, 50)


def test_a_split_changes_units_and_not_the_equity() -> None:
    found = run(
        [
            Row(0, STILL),
            Row(1, STILL, LONG, {"size": 10}),
            Row(2, HALF, split=2.0),
            Row(3, (51, 52, 50, 51), EXIT),
        ]
    )
    assert found.fills == [(1, 10, 100, 0, Reason.MARKET), (3, -20, 51, 0, Reason.EXIT)]
    assert found.equity == [10_000, 10_000, 10_000, 10_000 + 20 * (51 - 50)]
    assert found.exposure == [0, 1_000, 20 * 50, 0]


def test_a_reverse_split_of_a_short_position() -> None:
    found = run(
        [
            Row(0, STILL),
            Row(1, STILL, SHORT, {"size": 10}),
            Row(2, (1_000, 1_010, 990, 1_005), split=0.1),
            Row(3, (990, 1_000, 980, 990), EXIT),
        ]
    )
    assert found.fills == [(1, -10, 100, 0, Reason.MARKET), (3, 1, 990, 0, Reason.EXIT)]
    assert found.equity == [10_000, 10_000, 10_000 - 5, 10_000 + 10]


@pytest.mark.parametrize(
    ("terms", "bar", "price", "reason"),
    [
        ({"exit_limit": 106}, (50, 54, 49, 50), 106 / 2, Reason.TAKE_PROFIT),
        ({"exit_stop": 96}, (50, 51, 47, 50), 96 / 2, Reason.STOP_LOSS),
        # the best price before is the entry bar's high, 101: 101 / 2 − 4 / 2
        ({"exit_trail": 4}, (50, 51, 48, 50), 101 / 2 - 4 / 2, Reason.TRAILING_STOP),
    ],
    ids=["profit", "stop", "trail"],
)
def test_protective_prices_are_split_too(
    terms: dict[str, float], bar: tuple[float, ...], price: float, reason: Reason
) -> None:
    rows = [Row(0, STILL), Row(1, STILL, LONG, {"size": 10, **terms}), Row(2, bar, split=2.0)]
    found = run(rows)
    assert found.fills == [(1, 10, 100, 0, Reason.MARKET), (2, -20, price, 0, reason)]
    assert found.equity[-1] == 10_000 + 20 * (price - 50)


@pytest.mark.parametrize("later", [False, True], ids=["at the split", "after it"])
@pytest.mark.parametrize(
    ("terms", "price", "reason"),
    [
        ({"limit": 96}, 48, Reason.LIMIT),
        ({"stop": 104}, 52, Reason.STOP),
        ({"stop": 104, "limit": 102}, 51, Reason.STOP_LIMIT),
    ],
    ids=["limit", "stop", "stop-limit"],
)
def test_an_order_that_waits_is_of_new_units_at_new_prices(
    terms: dict[str, float], price: float, reason: Reason, later: bool
) -> None:
    wide = (50, 53, 47, 50)
    rows = [Row(0, STILL), Row(1, STILL, LONG, {"size": 10, **terms})]
    rows += [Row(2, HALF, split=2.0), Row(3, wide)] if later else [Row(2, wide, split=2.0)]
    assert run(rows).fills == [(len(rows) - 1, 20, price, 0, reason)]


def test_an_order_given_at_the_close_before_a_split_is_of_new_units_at_new_prices() -> None:
    rows = [
        Row(0, STILL),
        Row(1, (50, 51, 47, 50), ORDER, {"size": 10, "limit": 98, "exit_stop": 96}, split=2.0),
    ]
    assert run(rows).fills == [
        (1, 20, 49, 0, Reason.LIMIT),
        (1, -20, 48, 0, Reason.STOP_LOSS),
    ]


def test_the_prices_of_an_order_that_waits_are_split_with_it() -> None:
    rows = [
        Row(0, STILL),
        Row(1, STILL, ORDER, {"size": 10, "limit": 98, "exit_stop": 90}),
        Row(2, HALF, split=2.0),
        Row(3, (50, 51, 44, 46)),
    ]
    assert run(rows).fills == [
        (3, 20, 49, 0, Reason.LIMIT),
        (3, -20, 45, 0, Reason.STOP_LOSS),
    ]


def test_cash_and_percent_are_not_split() -> None:
    cash = Ordered(SignalCode.ORDER, "cash")
    rows = [Row(0, STILL), Row(1, STILL, cash, {"size": 1_000, "limit": 98})]
    rows += [Row(2, (50, 51, 47, 50), split=2.0)]
    assert run(rows).fills == [(2, 1_000 / 49, 49, 0, Reason.LIMIT)]
    part = Ordered(SignalCode.EXIT, "percent")
    rows = [Row(0, STILL), Row(1, STILL, LONG, {"size": 10})]
    rows += [Row(2, HALF, part, {"size": 25}, split=2.0)]
    assert run(rows).fills[1] == (2, -5, 50, 0, Reason.EXIT)


def test_an_exit_of_units_before_a_split_is_of_new_ones() -> None:
    rows = [Row(0, STILL), Row(1, STILL, LONG, {"size": 10})]
    rows += [Row(2, HALF, EXIT, {"size": 4}, split=2.0)]
    assert run(rows).fills[1] == (2, -8, 50, 0, Reason.EXIT)


def test_under_this_close_a_split_multiplies_what_was_bought_at_the_close_before() -> None:
    rows = [Row(0, STILL), Row(1, HALF, LONG, {"size": 10}, split=2.0), Row(2, HALF, EXIT)]
    found = run(rows, FillRules(at_close=1.0))
    ends = (1, -20, 50, 0, Reason.EXIT_ON_CLOSE)
    assert found.fills == [(0, 10, 100, 0, Reason.MARKET_ON_CLOSE), ends]
    assert found.equity == [10_000, 10_000, 10_000]


def test_an_order_for_the_close_of_a_splits_day_is_of_new_units_and_prices() -> None:
    late = Ordered(SignalCode.ENTER_LONG, at="close")
    rows = [Row(0, STILL), Row(1, HALF, late, {"size": 10, "exit_stop": 98}, split=2.0)]
    rows += [Row(2, (50, 51, 48, 50))]
    found = run(rows)
    stop = (2, -20, 49, 0, Reason.STOP_LOSS)
    assert found.fills == [(1, 20, 50, 0, Reason.MARKET_ON_CLOSE), stop]


def test_a_dividend_is_paid_to_whoever_was_long_before_the_open() -> None:
    rows = [
        Row(0, STILL),
        Row(1, STILL, LONG, {"size": 10}, dividend=3.0),
        Row(2, (98, 99, 97, 98), EXIT, dividend=2.0),
        Row(3, (98, 99, 97, 98), dividend=5.0),
    ]
    found = run(rows)
    assert found.income == {2: 10 * 2}
    assert found.equity == [10_000, 10_000, 10_000 + 10 * 2 - 10 * 2, 10_000]


def test_a_dividend_is_paid_by_whoever_is_short() -> None:
    rows = [
        Row(0, STILL),
        Row(1, STILL, SHORT, {"size": 10}),
        Row(2, (98, 99, 97, 98), dividend=2.5),
        Row(3, (97, 98, 96, 97)),
    ]
    found = run(rows)
    assert found.income == {2: -10 * 2.5}
    assert found.equity == [10_000, 10_000, 10_000 + 10 * 2 - 25, 10_000 + 10 * 3 - 25]


def test_a_dividend_is_of_the_units_that_a_split_left() -> None:
    rows = [Row(0, STILL), Row(1, STILL, LONG, {"size": 10}), Row(2, HALF, split=2.0, dividend=0.5)]
    found = run(rows)
    assert found.income == {2: 20 * 0.5}
    assert found.equity == [10_000, 10_000, 10_000 + 20 * 0.5]


def test_a_dividend_sizes_the_order_of_its_bar() -> None:
    percent = Ordered(SignalCode.ORDER, "percent")
    rows = [
        Row(0, STILL),
        Row(1, STILL, LONG, {"size": 50}),
        Row(2, (98, 99, 97, 98), percent, {"size": 10}, dividend=2.0),
    ]
    # 5,000 in cash, 50 units at 98 and 100 of dividend
    assert run(rows).fills[1][1:3] == pytest.approx((0.1 * 10_000 / 98, 98))


def test_under_this_close_whoever_bought_at_the_close_before_has_the_dividend() -> None:
    rows = [Row(0, STILL), Row(1, (98, 99, 97, 98), LONG, {"size": 10}, dividend=2.0)]
    found = run(rows, FillRules(at_close=1.0))
    assert found.fills == [(0, 10, 100, 0, Reason.MARKET_ON_CLOSE)]
    assert found.equity == [10_000, 10_000 - 10 * 2 + 10 * 2]
