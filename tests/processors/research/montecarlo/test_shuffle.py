"""Another order of the trades ends where the first did, by another way."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from processors.research.montecarlo import rows
from processors.research.montecarlo.shuffle import (
    growths,
    order_drawdowns,
    shuffled,
    shuffled_drawdowns,
)

PNL = st.lists(st.integers(-100, 100), max_size=30).map(lambda each: np.array(each, np.float64))


@given(PNL, st.integers(0, 9))
def test_every_order_has_the_same_trades(pnl: np.ndarray, seed: int) -> None:
    found = shuffled(pnl, 20, seed)
    assert found.shape == (20, len(pnl))
    assert (np.sort(found, axis=1) == np.sort(pnl)).all()
    assert (found.sum(axis=1) == pnl.sum()).all()


@given(PNL, st.integers(0, 9))
def test_every_order_ends_where_the_first_did_and_none_is_deeper_than_all_losses(
    pnl: np.ndarray, seed: int
) -> None:
    each = growths(pnl, 10_000.0)
    ends = np.prod(shuffled(each, 20, seed), axis=1)
    assert ends == pytest.approx(np.full(20, 1.0 + pnl.sum() / 10_000.0))
    found = shuffled_drawdowns(each, 20, seed)
    assert found.shape == (20,) and (found <= 0.0).all()
    assert (found >= np.prod(np.minimum(each, 1.0)) - 1.0 - 1e-12).all()
    assert found.tobytes() == shuffled_drawdowns(each, 20, seed).tobytes()


def test_by_hand() -> None:
    each = growths(np.array([100.0, -50.0, -75.0]), 100.0)
    assert each.tolist() == [2.0, 0.75, 0.5]  # 100 → 200 → 150 → 75
    found = shuffled_drawdowns(each, 200, 1)
    assert set(np.round(found, 12)) == {-0.625, -0.5}  # of the six orders
    assert float(order_drawdowns(each[None, :])[0]) == -0.625


def test_an_account_that_was_lost_has_no_other_order() -> None:
    with pytest.raises(ValueError, match="lost the account"):
        growths(np.array([-100.0, 50.0]), 100.0)


def test_there_are_as_many_runs_however_they_are_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rows, "CELLS_MAX", 70)
    found = shuffled_drawdowns(growths(np.arange(-10.0, 12.0), 1_000.0), 100, 3)
    assert found.shape == (100,) and len(set(found.tolist())) > 50
    assert rows.runs_together(22) == 3
