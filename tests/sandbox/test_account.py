"""The position that a strategy reads is what its orders came to, by an account kept apart."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from sandbox.columns import TERMS, SignalCode
from schemas.columns import BarColumns
from tests.sandbox.kept_account import Account, Order
from tests.sandbox.market import daily_bars, random_bars
from tests.sandbox.running import body, canonical, columns_of, interpret, run

PLOTS = (
    'plot("size", position.size)',
    'plot("entry", position.entry_price)',
    'plot("bars", position.bars_held)',
    'plot("profit", position.open_profit)',
)
# what the digits of bar.volume ask for
ORDERS = (
    "code = int(bar.volume) % 100",
    "near = bar.close * 0.997",
    "far = bar.close * 1.003",
    "if code == 1: enter_long(size=2.0)",
    "if code == 2: enter_short(size=3.0)",
    "if code == 3: exit()",
    "if code == 4: order(-1.5)",
    "if code == 5: order(2.5, limit=near)",
    "if code == 6: enter_long(size=1.0, stop=far)",
    "if code == 7: enter_short(size=2.0, stop=near, limit=bar.close)",
    "if code == 8: enter_long(size=1.0, stop_loss=bar.close * 0.98, take_profit=bar.close * 1.02)",
    "if code == 9: enter_short(size=1.0, trail=bar.close * 0.01)",
    "if code == 10: exit(stop=near, limit=far)",
    "if code == 11: exit(trail=bar.close * 0.005)",
    "if code == 12: exit(size=0.5)",
    "if code == 13: cancel()",
    "if code == 15: exit(stop=near, trail=bar.close * 0.004)",
    "if code == 14: enter_short(size=4.0, limit=far)",
)


def say(account: Account, code: int, close: float) -> None:
    near, far = close * 0.997, close * 1.003
    market = {
        1: Order("long", 2.0),
        2: Order("short", 3.0),
        4: Order("order", -1.5),
        5: Order("order", 2.5, limit=near),
        6: Order("long", 1.0, stop=far),
        7: Order("short", 2.0, stop=near, limit=close),
        8: Order("long", 1.0),
        9: Order("short", 1.0),
        14: Order("short", 4.0, limit=far),
    }
    exits = {
        8: {"stop": close * 0.98, "limit": close * 1.02},
        9: {"trail": close * 0.01},
        10: {"stop": near, "limit": far},
        11: {"trail": close * 0.005},
        15: {"stop": near, "trail": close * 0.004},
    }
    if code in market:
        account.order = replace(market[code], exits=exits.get(code, {}))
    elif code in exits:
        account.said = (exits[code], close)
    if code in (3, 12):
        size = abs(account.size) if code == 3 else 0.5
        account.order = Order("exit", size, then=account.order)
    if code == 13:
        account.order = None


def with_codes(bars: BarColumns, seed: int, one_in: int) -> BarColumns:
    chance = np.random.default_rng(seed)
    codes = np.where(chance.random(len(bars)) < 1 / one_in, chance.integers(1, 16, len(bars)), 0)
    return BarColumns(bars.ts, bars.open, bars.high, bars.low, bars.close, codes.astype(float))


def expected(bars: BarColumns) -> np.ndarray:
    account, rows = Account(), []
    for i in range(len(bars)):
        o, h, low, c = (float(column[i]) for column in (bars.open, bars.high, bars.low, bars.close))
        rows.append(account.bar(o, h, low, c))
        say(account, int(bars.volume[i]), c)
    return np.array(rows, np.float64).T


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("one_in", [2, 7])
def test_the_position_is_what_the_orders_came_to(seed: int, one_in: int) -> None:
    market = daily_bars("AAPL") if seed % 2 else random_bars(4_000, seed)
    bars = with_codes(market, seed, one_in)
    plots = run(body(*ORDERS, *PLOTS), bars).plots
    wanted = expected(bars)
    assert (wanted[0] > 0).any() and (wanted[0] < 0).any() and (wanted[2] > 3).any()
    np.testing.assert_allclose(plots, wanted, rtol=1e-12, equal_nan=True)
    assert np.array_equal(plots[0], wanted[0])


def test_interpreter_and_module_keep_the_same_account() -> None:
    bars = with_codes(random_bars(400, 3), 3, 2)
    source = body(*ORDERS, *PLOTS)
    compiled, meant = run(source, bars), canonical(interpret(source, bars))
    for name, column in columns_of(compiled).items():
        np.testing.assert_array_equal(column, columns_of(meant)[name], err_msg=name)


def test_an_order_fills_at_the_next_open_and_not_before() -> None:
    bars = random_bars(5, 1)
    plots = run(body("if bar.index == 1: enter_long(size=3.0)", *PLOTS), bars).plots
    np.testing.assert_array_equal(plots[0], [0.0, 0.0, 3.0, 3.0, 3.0])
    np.testing.assert_array_equal(plots[1][2:], [bars.open[2]] * 3)
    np.testing.assert_array_equal(plots[2], [0.0, 0.0, 0.0, 1.0, 2.0])
    np.testing.assert_array_equal(plots[3][2:], 3.0 * (bars.close[2:] - bars.open[2]))


def test_a_strategy_that_reads_its_position_and_orders_nothing_is_flat() -> None:
    plots = run(body(*PLOTS), random_bars(3, 1)).plots
    np.testing.assert_array_equal(plots[[0, 2, 3]], np.zeros((3, 3)))
    assert np.isnan(plots[1]).all()


def falls_at(row: int) -> BarColumns:
    """Six bars, of which one falls to 1."""
    ten = np.full(6, 10.0)
    low = np.where(np.arange(6) == row, 1.0, 9.0)
    return BarColumns(np.arange(6) * 60_000_000, ten, ten + 1.0, low, ten, ten)


WAITS = ("none = bar.open - bar.open", "if bar.index == 0: order(2.0, limit=5.0)")
VOID = (
    "enter_long(na)",
    "enter_long(0.15 / none)",
    "enter_long(size=none / none)",
    "enter_long(-1.0)",
    "enter_short(none)",
    "enter_short(none - 1.0, stop_loss=9.0)",
    "enter_long(limit=-1.0 / none)",
    "enter_short(stop=math.inf)",
    "exit(0.0)",
    "exit(none - 0.5)",
    "exit(math.inf)",
    "exit(none, stop=9.5)",
    "order(na)",
    "order(0)",
    "order(none, limit=9.0, trail=1.0)",
    "order(-1.0 / none)",
    "order(2.0, stop=1.0 / none)",
    "exit(stop=9.0); enter_long(na)",
    "enter_long(stop_loss=9.0); cancel()",
)


def test_an_order_waits_for_its_price() -> None:
    plots = run(body(*WAITS, *PLOTS), falls_at(3)).plots
    np.testing.assert_array_equal(plots[0], [0.0, 0.0, 0.0, 2.0, 2.0, 2.0])


@pytest.mark.parametrize("order", VOID)
def test_a_void_order_is_a_cancel_and_nothing_else(order: str) -> None:
    bars = falls_at(3)
    source = body(
        *WAITS, "if bar.index == 1:", *(f"    {part}" for part in order.split("; ")), *PLOTS
    )
    said = run(source, bars)
    assert said.signal.tolist() == [SignalCode.ORDER, SignalCode.CANCEL, 0, 0, 0, 0]
    for name in TERMS:
        assert np.isnan(getattr(said, name)[1]), name
    np.testing.assert_array_equal(said.plots[0], np.zeros(6))
    meant = columns_of(canonical(interpret(source, bars)))
    for name, column in columns_of(said).items():
        np.testing.assert_array_equal(column, meant[name], err_msg=name)


@pytest.mark.parametrize("size", ["", "na", "none / none", "2.0", "none + 9.0"])
def test_an_exit_without_a_size_is_of_all(size: str) -> None:
    lines = ("none = bar.open - bar.open", "if bar.index == 0: enter_long(2.0)")
    said = run(body(*lines, f"if bar.index == 2: exit({size})", *PLOTS), falls_at(3))
    assert said.signal[2] == SignalCode.EXIT
    np.testing.assert_array_equal(said.plots[0], [0.0, 2.0, 2.0, 0.0, 0.0, 0.0])


@pytest.mark.parametrize("price", ["math.inf", "-math.inf", "1.0 / none", "-1.0 / none"])
def test_infinite_protective_prices_are_none(price: str) -> None:
    lines = ("none = bar.open - bar.open", "if bar.index == 0:")
    entry = f"    enter_long(2.0, take_profit={price}, stop_loss={price}, trail={price})"
    said = run(body(*lines, entry, *PLOTS), falls_at(3))
    assert said.signal[0] == SignalCode.ENTER_LONG
    assert np.isnan([said.exit_limit[0], said.exit_stop[0], said.exit_trail[0]]).all()
    np.testing.assert_array_equal(said.plots[0], [0.0, *[2.0] * 5])


def test_protective_prices_after_a_cancel_of_the_same_bar_work() -> None:
    lines = (
        "if bar.index == 0: enter_long(2.0)",
        "if bar.index == 1:",
        "    order(1.0, limit=5.0)",
    )
    both = ("if bar.index == 2:", "    cancel()", "    exit(stop=8.0)")
    said = run(body(*lines, *both, *PLOTS), falls_at(3))
    assert said.signal[2] == SignalCode.CANCEL and said.exit_stop[2] == 8.0
    np.testing.assert_array_equal(said.plots[0], [0.0, 2.0, 2.0, 0.0, 0.0, 0.0])


def test_an_exit_outdoes_the_prices_said_before_it() -> None:
    lines = ("if bar.index == 0: enter_long(2.0)", "if bar.index == 1:")
    said = run(body(*lines, "    exit(stop=1.5)", "    exit(0.5)", *PLOTS), falls_at(3))
    assert said.signal[1] == SignalCode.EXIT and np.isnan(said.exit_stop[1])
    np.testing.assert_array_equal(said.plots[0], [0.0, 2.0, *[1.5] * 4])
