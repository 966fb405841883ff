"""Another order of the trades ends where the first did, by another way."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from processors.research.montecarlo import rows
from processors.research.montecarlo.shuffle import shuffled, shuffled_drawdowns

PNL = st.lists(st.integers(-100, 100), max_size=30).map(lambda each: np.array(each, np.float64))


@given(PNL, st.integers(0, 9))
def test_every_order_has_the_same_trades(pnl: np.ndarray, seed: int) -> None:
    found = shuffled(pnl, 20, seed)
    assert found.shape == (20, len(pnl))
    assert (np.sort(found, axis=1) == np.sort(pnl)).all()
    assert (found.sum(axis=1) == pnl.sum()).all()


@given(PNL, st.integers(0, 9))
def test_a_drawdown_is_between_the_best_order_s_and_the_worst_s(pnl: np.ndarray, seed: int) -> None:
    found = shuffled_drawdowns(pnl, 10_000.0, 20, seed)
    lost = float(np.minimum(pnl, 0.0).sum())
    assert found.shape == (20,) and (found <= 0.0).all()
    assert (found >= lost / 10_000.0 - 1e-12).all()
    assert found.tobytes() == shuffled_drawdowns(pnl, 10_000.0, 20, seed).tobytes()


def test_by_hand() -> None:
    found = shuffled_drawdowns(np.array([100.0, -50.0]), 100.0, 200, 1)
    assert set(np.round(found, 12)) == {-0.25, -0.5}  # 200 → 150, or 100 → 50


def test_there_are_as_many_runs_however_they_are_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rows, "CELLS_MAX", 70)
    found = shuffled_drawdowns(np.arange(-10.0, 12.0), 1_000.0, 100, 3)
    assert found.shape == (100,) and len(set(found.tolist())) > 50
    assert rows.runs_together(22) == 3
