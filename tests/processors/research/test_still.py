"""An account that stands still between orders is the one that is gone through bar by bar."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from processors.research.closing import NOTHING_SAID, with_closings
from processors.research.fills import fills_of
from sandbox.columns import TERMS, Ordered, SignalCode
from sandbox.fills import FillRules, Reason
from sandbox.host.book import Book
from sandbox.host.orders import Orders, few_of
from sandbox.host.room import Room
from sandbox.host.still import rows_to_see
from tests.processors.research.case import book

DAY_US = 86_400_000_000
MARGIN = FillRules(cash=10_000.0, rate=0.001, leverage=3.0, maintenance=0.3, lot=0.01)
CASES = {
    "plain": FillRules(cash=10_000.0),
    "slippage": FillRules(cash=10_000.0, slip_share=0.001, impact=0.1),
    "fees by month": replace(MARGIN, tier_1_from=20_000.0, tier_1_rate=0.0001, per_trade=1.0),
    "margin": MARGIN,
    "no maintenance": replace(MARGIN, maintenance=0.0, leverage=20.0),
    "borrow": replace(MARGIN, borrow=0.05),
    "interest": replace(MARGIN, interest=0.05),
}
KINDS = [
    Ordered(SignalCode.ENTER_LONG, "percent").packed,
    Ordered(SignalCode.ENTER_SHORT, "percent").packed,
    Ordered(SignalCode.ORDER).packed,
    Ordered(SignalCode.EXIT).packed,
    Ordered(SignalCode.EXIT, "percent", "close").packed,
    Ordered(SignalCode.ENTER_LONG, "cash", "close", "day").packed,
    Ordered(SignalCode.CANCEL).packed,
]
SIZES = [90.0, 250.0, -3.0, np.nan, 50.0, 4_000.0, np.nan]


def walk(count: int, seed: int, share: float = 0.02) -> Orders:
    """Bars of which a share has a market order; those for a close have rows of their own."""
    dice = np.random.default_rng(seed)
    close = 100.0 * np.exp(np.cumsum(dice.normal(0.0, 0.02, count)))
    opened = close * np.exp(dice.normal(0.0, 0.005, count))
    kinds = dice.integers(len(KINDS), size=count)
    ordered = dice.random(count) < share
    nothing = np.full(count, np.nan)
    orders = Orders(
        ts=np.arange(count) * DAY_US,
        open=opened,
        high=np.maximum(opened, close) * 1.01,
        low=np.minimum(opened, close) * 0.99,
        close=close,
        volume=np.full(count, 1e6),
        code=np.where(ordered, np.array(KINDS)[kinds], 0),
        split=np.ones(count),
        dividend=np.zeros(count),
        **{name: nothing for name in TERMS if name != "size"},
        size=np.where(ordered, np.array(SIZES)[kinds], np.nan),
    )
    rows = with_closings(np.zeros(count, np.int32), few_of(orders), NOTHING_SAID).orders
    return rows.part(slice(0, len(rows)))


def said(orders: Orders, rules: FillRules, series: int, cuts: NDArray[np.int64]) -> list[bytes]:
    """All that the book says of the one series that has bars."""
    account = Book(book(), [rules] * series)
    parts = []
    for first, last in zip([0, *cuts], [*cuts, len(orders)], strict=True):
        rows = slice(int(first), int(last))
        found = account.advance(
            np.zeros(rows.stop - rows.start, np.int32), few_of(orders.part(rows))
        )
        parts.append(replace(found, rows=found.rows + first))
    return [
        np.concatenate([getattr(part, name) for part in parts]).tobytes()
        for name in ("equity", "exposure", "rows", "said")
    ]


@pytest.mark.parametrize("rules", CASES.values(), ids=CASES)
def test_it_is_the_same_as_bar_by_bar(rules: FillRules) -> None:
    """Beside a series without bars every bar is gone through."""
    for seed in range(12):
        orders = walk(2_000, seed)
        cuts = np.sort(np.random.default_rng(seed).integers(1, 2_000, 3))
        assert said(orders, rules, 1, cuts) == said(orders, rules, 2, cuts[:0]), seed


def test_positions_are_called_in_among_these() -> None:
    called = 0
    for seed in range(12):
        orders = walk(2_000, seed)
        found = Book(book(), [MARGIN]).advance(np.zeros(len(orders), np.int32), few_of(orders))
        at = found.rows
        fills, _ = fills_of(found.said, orders.ts[at], at * 0, orders.volume[at], MARGIN)
        called += int(np.count_nonzero(fills.reason == Reason.LIQUIDATION))
    assert called > 3


def test_prices_and_actions_later_on_are_met() -> None:
    orders = walk(3_000, seed=5)
    first = int(np.flatnonzero(orders.code[1_000:])[0]) + 1_000
    for name, value in (("limit", 1.0), ("exit_stop", 0.9), ("split", 2.0), ("dividend", 0.5)):
        column = getattr(orders, name).copy()
        column[first] = value if name in ("split", "dividend") else value * orders.close[first]
        changed = replace(orders, **{name: column})
        cuts = np.array([700, 900, 2_000])
        assert said(changed, MARGIN, 1, cuts) == said(changed, MARGIN, 2, cuts), name


def test_an_order_that_waits_is_met_in_a_later_call() -> None:
    falling = np.linspace(100.0, 50.0, 2_000)
    orders = replace(
        walk(2_000, seed=1, share=0.0), open=falling, high=falling, low=falling, close=falling
    )
    for name, value in (("size", 5.0), ("limit", 60.0)):
        orders = replace(orders, **{name: np.where(np.arange(2_000) == 10, value, np.nan)})
    orders.code[10] = Ordered(SignalCode.ENTER_LONG).packed
    account = Book(book(), [CASES["plain"]])
    none = np.zeros(500, np.int32)
    parts = [
        account.advance(none, few_of(orders.part(slice(at, at + 500))))
        for at in range(0, 2_000, 500)
    ]
    assert [part.rows.tolist() for part in parts] == [[], [], [], [100]]


def test_few_rows_are_gone_through(monkeypatch: pytest.MonkeyPatch) -> None:
    gone = []
    whole = Room.run

    def counted(room: Room, first: int, last: int) -> object:
        gone.append(last - first)
        return whole(room, first, last)

    monkeypatch.setattr(Room, "run", counted)
    orders = walk(4_000, seed=3)
    said(orders, CASES["plain"], 1, np.array([1_000, 2_500]))
    seen = rows_to_see(few_of(orders))
    assert seen is not None
    assert sum(gone) <= len(seen) + 3 < 400  # 3: the last of each part
    gone.clear()
    said(orders, CASES["borrow"], 1, np.array([1_000]))
    assert sum(gone) == len(orders)


def test_rows_to_see_are_those_of_orders_and_the_ones_before_and_the_last() -> None:
    orders = walk(10, seed=1, share=0.0)
    orders.code[[0, 4, 5]] = KINDS[0]
    seen = rows_to_see(few_of(orders))
    assert seen is not None and seen.tolist() == [0, 3, 4, 5, 9]
    stops = np.where(np.arange(10) == 4, 101.0, np.nan)
    assert rows_to_see(few_of(replace(orders, stop=stops))) is None
    assert rows_to_see(few_of(replace(walk(10, 1, 0.0), split=np.full(10, 2.0)))) is None
