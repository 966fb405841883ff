"""The position that a strategy reads is what its orders came to, by an account kept apart."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pytest

from schemas.columns import BarColumns
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
NAN = float("nan")


@dataclass
class Account:
    """Fills one bar after another, as docs/strategy-language.md says; written as lists of
    events, unlike the stdlib's."""

    size: float = 0.0
    entry: float = NAN
    bars: int = 0
    order: dict[str, float | str] | None = None
    exits: dict[str, float] = field(default_factory=dict)
    said: tuple[dict[str, float], float] | None = None
    best: float | None = None
    last: float = NAN

    def bar(self, o: float, h: float, low: float, c: float) -> tuple[float, float, int, float]:
        if self.size:
            self.bars += 1
        if self.said is not None:
            self._replace_exits(self.said[0], self.said[1])
            self.said = None
        if self.order is not None:
            self._work(o, h, low)
        self._protect(h, low)
        if not self.size:
            self.entry, self.bars, self.best, self.exits = NAN, 0, None, {}
        self.last = c
        return self.size, self.entry, self.bars, self.size * (c - self.entry) if self.size else 0.0

    def _work(self, o: float, h: float, low: float) -> None:
        order = self.order
        assert order is not None
        kind, quantity = order["kind"], float(order["size"])
        if kind == "exit":
            keep = max(abs(self.size) - quantity, 0.0)
            self.size = float(np.copysign(keep, self.size)) if keep else 0.0
            self.order = order.get("then")  # type: ignore[assignment]
            if self.order is not None:
                self._work(o, h, low)
            return
        buys = kind == "long" or (kind == "order" and quantity > 0)
        price = self._price(order, buys, o, h, low)
        if price is None:
            return
        self.order = None
        before = self.size
        exits: dict[str, float] = order["exits"]  # type: ignore[assignment]
        if kind == "long" and before <= 0:
            self.size = quantity
        elif kind == "short" and before >= 0:
            self.size = -quantity
        elif kind == "order":
            self.size = before + quantity
        turns = before * self.size <= 0
        if turns:
            self.best, self.exits = None, exits
        elif exits:
            self._replace_exits(exits, self.last)
        if self.size == before:
            return
        if turns:
            self.entry, self.bars = price, 0
        elif abs(self.size) > abs(before):
            self.entry = (self.entry * before + price * (self.size - before)) / self.size

    def _replace_exits(self, exits: dict[str, float], close: float) -> None:
        if exits.get("trail") != self.exits.get("trail") or "trail" not in self.exits:
            self.best = close
        self.exits = exits

    def _price(
        self, order: dict[str, float | str], buys: bool, o: float, h: float, low: float
    ) -> float | None:
        start = o
        if "stop" in order:
            stop = float(order["stop"])
            if (h < stop) if buys else (low > stop):
                return None
            del order["stop"]
            start = max(o, stop) if buys else min(o, stop)
        if "limit" not in order:
            return start
        limit = float(order["limit"])
        if (low > limit) if buys else (h < limit):
            return None
        return min(start, limit) if buys else max(start, limit)

    def _protect(self, h: float, low: float) -> None:
        if self.size:
            up = self.size > 0
            stops = [self.exits["stop"]] if "stop" in self.exits else []
            if self.best is None:
                self.best = self.entry
            if "trail" in self.exits:
                trail = self.exits["trail"]
                stops.append(self.best - trail if up else self.best + trail)
            stop = (max if up else min)(stops) if stops else None
            profit = self.exits.get("limit")
            hit = stop is not None and (low <= stop if up else h >= stop)
            hit |= profit is not None and (h >= profit if up else low <= profit)
            if hit:
                self.size = 0.0
            else:
                self.best = max(self.best, h) if up else min(self.best, low)

    def say(self, code: int, close: float) -> None:
        near, far = close * 0.997, close * 1.003
        market = {
            1: ("long", 2.0, {}),
            2: ("short", 3.0, {}),
            4: ("order", -1.5, {}),
            5: ("order", 2.5, {"limit": near}),
            6: ("long", 1.0, {"stop": far}),
            7: ("short", 2.0, {"stop": near, "limit": close}),
            8: ("long", 1.0, {}),
            9: ("short", 1.0, {}),
            14: ("short", 4.0, {"limit": far}),
        }
        exits = {
            8: {"stop": close * 0.98, "limit": close * 1.02},
            9: {"trail": close * 0.01},
            10: {"stop": near, "limit": far},
            11: {"trail": close * 0.005},
            15: {"stop": near, "trail": close * 0.004},
        }
        if code in market:
            kind, size, prices = market[code]
            self.order = {"kind": kind, "size": size, "exits": exits.get(code, {}), **prices}  # type: ignore[dict-item]
        elif code in exits:
            self.said = (exits[code], close)
        if code in (3, 12):
            size = abs(self.size) if code == 3 else 0.5
            self.order = {"kind": "exit", "size": size, "then": self.order}  # type: ignore[dict-item]
        if code == 13:
            self.order = None


def with_codes(bars: BarColumns, seed: int, one_in: int) -> BarColumns:
    chance = np.random.default_rng(seed)
    codes = np.where(chance.random(len(bars)) < 1 / one_in, chance.integers(1, 16, len(bars)), 0)
    return BarColumns(bars.ts, bars.open, bars.high, bars.low, bars.close, codes.astype(float))


def expected(bars: BarColumns) -> np.ndarray:
    account, rows = Account(), []
    for i in range(len(bars)):
        o, h, low, c = (float(column[i]) for column in (bars.open, bars.high, bars.low, bars.close))
        rows.append(account.bar(o, h, low, c))
        account.say(int(bars.volume[i]), c)
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
