"""Fills become trades in two ways that agree: all at once, and fill by fill."""

from __future__ import annotations

from dataclasses import fields

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from processors.research.results import Fills, Income, Trades
from processors.research.trades import _by_hand, _Filled, _whole, trades_of
from processors.research.visits import visits_of
from sandbox.fills import Reason
from schemas.columns import BarColumns
from tests.processors.research.case import columns
from tests.sandbox.market import random_bars

N = 60
MARKET = random_bars(N, 5)
(SEEN,) = visits_of([MARKET], [None], np.zeros(N, np.int64), MARKET.ts)
SIZES = st.sampled_from([0.1, 0.3, 1.0, 1 / 3, 2.7, 1e3 / 7, 1e6 / 3, 1e-3 / 3])


@st.composite
def targets(draw: st.DrawFn) -> list[float]:
    """Positions, one after the other, each a turn, an entry from nothing, or nothing."""
    found, held = [], 0.0
    for _ in range(draw(st.integers(0, 25))):
        size = draw(SIZES)
        sign = draw(st.sampled_from([1.0, -1.0])) if held == 0.0 else -np.sign(held)
        after = 0.0 if held and draw(st.booleans()) else float(sign * size)
        found.append(after)
        held = after
    return found


def filled(positions: list[float], seed: int) -> _Filled:
    """Fills at rising rows, some of them the same, as the book says them: after − held."""
    chance = np.random.default_rng(seed)
    n = len(positions)
    row = np.sort(chance.integers(0, N, n))
    units = np.diff(np.array([0.0, *positions]))
    paid = np.flatnonzero(chance.random(N) < 0.3)
    return _Filled(
        at=np.searchsorted(SEEN.ts[:-1], MARKET.ts[row]),
        units=units,
        price=MARKET.close[row] * chance.uniform(0.99, 1.01, n),
        fee=chance.uniform(0.0, 2.0, n),
        reason=chance.choice([1, 2, 5, 7, 10, 11], n),
        income_ts=MARKET.ts[_while_held(row, positions, paid)],
        income=chance.normal(0.0, 1.0, len(_while_held(row, positions, paid))),
    )


def _while_held(row: np.ndarray, positions: list[float], paid: np.ndarray) -> np.ndarray:
    """Rows at which something was held before the first of their fills."""
    return np.array(
        [
            each
            for each in paid
            if (before := int(np.searchsorted(row, each))) and positions[before - 1] != 0.0
        ],
        np.int64,
    )


@settings(max_examples=400, deadline=None)
@given(targets(), st.integers(0, 2**31))
@example([1e3 / 7, -0.3, 0.0, 1e-3, 0.0], 1)  # summed, 1e-14 units seemed to be left
def test_both_ways_give_the_same_trades(positions: list[float], seed: int) -> None:
    given_ = filled(positions, seed)
    meant, found = _by_hand(given_, SEEN), _whole(given_, SEEN)
    if found is None:  # what arithmetic left was too much to tell from a position
        return
    for field in fields(meant):
        np.testing.assert_allclose(
            getattr(found, field.name),
            getattr(meant, field.name),
            rtol=1e-7,
            atol=1e-6 if field.name == "gain" else 1e-9,
            err_msg=field.name,
        )


def test_simple_positions_are_done_all_at_once() -> None:
    assert _whole(filled([1.0, 0.0, -0.3, 0.1, -2.7, 0.0], 3), SEEN) is not None


@pytest.mark.parametrize("positions", [[1.0, 2.0, 0.0], [2.0, 1.0, 0.0]], ids=["more", "less"])
def test_positions_in_parts_are_done_fill_by_fill(positions: list[float]) -> None:
    assert _whole(filled(positions, 3), SEEN) is None


def trades(
    bars: BarColumns, *fills: tuple[int, float, float, float, Reason], income: float = 0.0
) -> Trades:
    row, units, price, fee, reason = (np.array(column) for column in zip(*fills, strict=True))
    nothing = np.zeros(len(row))
    made = Fills(
        bars.ts[row], np.zeros(len(row), np.int64), units.astype(float), price.astype(float),
        nothing, fee.astype(float), nothing, reason,
    )  # fmt: skip
    paid = np.array([income] if income else [])
    last = np.full(len(paid), bars.ts[2])
    visits = visits_of([bars], [None], made.symbol, made.ts)
    return trades_of(made, Income(last, np.zeros(len(paid), np.int64), paid), visits)


WAVE = columns([(100, 102, 99, 101), (101, 110, 95, 105), (105, 120, 104, 118), (118, 119, 90, 91)])


def test_a_trade_has_its_worst_and_its_best_price() -> None:
    found = trades(WAVE, (1, 10, 100, 1, Reason.MARKET), (3, -10, 118, 1, Reason.EXIT), income=5.0)
    assert (found.size[0], found.pnl[0], found.fees[0]) == (10, 10 * 18 + 5 - 2, 2)
    assert found.return_[0] == (10 * 18 + 5 - 2) / 1_000
    # from 95 in the bar of the entry to 120 in the one before the exit's, whose 90 came after it
    assert found.mae[0] == pytest.approx(95 / 100 - 1) and found.mfe[0] == pytest.approx(0.2)
    assert found.bars_held[0] == 2


def test_a_short_trade_has_them_the_other_way_round() -> None:
    found = trades(WAVE, (1, -10, 100, 0, Reason.MARKET), (3, 10, 118, 0, Reason.EXIT))
    assert found.pnl[0] == -10 * 18
    assert found.mae[0] == pytest.approx(-0.2) and found.mfe[0] == pytest.approx(0.05)


def test_an_entry_at_the_close_sees_nothing_of_its_bar() -> None:
    fills = (1, 10, 105, 0, Reason.MARKET_ON_CLOSE), (3, -10, 118, 0, Reason.EXIT)
    found = trades(WAVE, *fills)
    assert found.mae[0] == pytest.approx(104 / 105 - 1)


def test_what_is_held_at_the_end_is_a_trade_that_has_not_closed() -> None:
    found = trades(WAVE, (1, 10, 100, 1, Reason.MARKET))
    assert (found.exit_price[0], found.pnl[0]) == (91, 10 * (91 - 100) - 1)
    assert found.reason[0] == Reason.END and not found.closed[0]
    assert found.mae[0] == pytest.approx(90 / 100 - 1)


def test_a_position_that_is_added_to_and_left_in_parts() -> None:
    found = trades(
        WAVE,
        (0, 10, 100, 1, Reason.MARKET),
        (1, 30, 104, 3, Reason.MARKET),
        (2, -20, 110, 2, Reason.EXIT),
        (3, -20, 100, 2, Reason.EXIT),
    )
    average = (10 * 100 + 30 * 104) / 40
    assert found.entry_price.tolist() == [average, average]
    assert found.pnl.tolist() == pytest.approx([20 * 7 - 2 - 2, 20 * -3 - 2 - 2])
    assert found.fees.tolist() == pytest.approx([4, 4])
