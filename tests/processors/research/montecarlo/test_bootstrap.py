"""Histories drawn in blocks are as long as the first and made of its days."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from processors.research.montecarlo import rows
from processors.research.montecarlo.bootstrap import (
    Method,
    bootstrapped,
    circular,
    default_block,
    stationary,
)
from processors.research.montecarlo.spread import spread_of
from processors.research.statistics.returns import sharpe

METHODS: tuple[Method, ...] = ("stationary", "circular")


@given(st.integers(1, 50), st.data())
def test_blocks_go_on_and_round(n: int, data: st.DataObject) -> None:
    block, seed = data.draw(st.integers(1, n)), data.draw(st.integers(0, 9))
    found = circular(n, block, 7, np.random.default_rng(seed))
    assert found.shape == (7, n) and ((found >= 0) & (found < n)).all()
    steps = np.diff(found, axis=1) % n
    inside = np.arange(1, n) % block != 0
    assert (steps[:, inside] == 1 % n).all()
    assert stationary(n, block, 7, np.random.default_rng(seed)).shape == (7, n)


def test_stationary_blocks_are_as_long_as_asked_on_average() -> None:
    found = stationary(2_000, 10, 50, np.random.default_rng(1))
    breaks = np.count_nonzero(np.diff(found, axis=1) % 2_000 != 1)
    assert 50 * 1_999 / (breaks + 1) == pytest.approx(10.0, rel=0.05)
    counts = np.bincount(found.ravel(), minlength=2_000)
    assert counts.mean() == 50.0 and counts.min() > 0


@pytest.mark.parametrize("method", METHODS)
def test_a_seed_gives_the_same_and_figures_are_of_the_drawn_days(
    method: Method, monkeypatch: pytest.MonkeyPatch
) -> None:
    returns = np.random.default_rng(2).normal(0.001, 0.01, 300)
    found = bootstrapped(returns, 252.0, 40, 5, method=method, block=9)
    again = bootstrapped(returns, 252.0, 40, 5, method=method, block=9)
    assert found.sharpe.tobytes() == again.sharpe.tobytes()
    chance = np.random.default_rng(5)
    drawn = (stationary if method == "stationary" else circular)(300, 9, 40, chance)
    for run in (0, 39):
        made = returns[drawn[run]]
        assert found.sharpe[run] == pytest.approx(sharpe(made, 252.0))
        assert found.total_return[run] == pytest.approx(np.prod(1.0 + made) - 1.0)
        equity = np.concatenate([[1.0], np.cumprod(1.0 + made)])
        deepest = (equity / np.maximum.accumulate(equity) - 1.0).min()
        assert found.max_drawdown[run] == pytest.approx(deepest)
    monkeypatch.setattr(rows, "CELLS_MAX", 1_000)
    assert bootstrapped(returns, 252.0, 40, 5, method=method).sharpe.shape == (40,)


def test_one_block_round_the_history_has_its_own_return() -> None:
    returns = np.random.default_rng(3).normal(0.001, 0.01, 100)
    found = bootstrapped(returns, 252.0, 20, 1, method="circular", block=100)
    assert found.total_return == pytest.approx(np.full(20, np.prod(1.0 + returns) - 1.0))
    assert found.sharpe == pytest.approx(np.full(20, sharpe(returns, 252.0)))


def test_what_is_told_holds_the_truth_mostly() -> None:
    """Of 100 samples with a Sharpe ratio of 1.0, about 95 have it in their interval."""
    truth, inside = 1.0, 0
    for seed in range(100):
        made = np.random.default_rng(seed).normal(truth * 0.01 / np.sqrt(252.0), 0.01, 500)
        spread = spread_of(bootstrapped(made, 252.0, 300, seed).sharpe)
        assert spread is not None
        inside += spread.interval[0] <= truth <= spread.interval[1]
    assert 88 <= inside <= 99


def test_the_block_is_the_cube_root() -> None:
    assert [default_block(n) for n in (1, 8, 9, 1_000, 1_001)] == [1, 2, 3, 10, 11]


@pytest.mark.parametrize("block", [0, 11])
def test_a_block_that_does_not_fit_is_refused(block: int) -> None:
    with pytest.raises(ValueError, match="from 1 to 10 periods"):
        bootstrapped(np.zeros(10), 252.0, 5, 0, block=block)


def test_returns_without_a_spread_tell_no_ratio() -> None:
    found = bootstrapped(np.zeros(10), 252.0, 5, 0)
    assert np.isnan(found.sharpe).all() and spread_of(found.sharpe) is None
    assert (found.max_drawdown == 0.0).all()
    assert np.isnan(bootstrapped(np.zeros(1), 252.0, 5, 0).sharpe).all()


def test_a_spread_leaves_out_what_is_not_told() -> None:
    found = spread_of(np.array([3.0, np.nan, 1.0, 2.0]))
    assert found is not None
    assert (found.count, found.mean, found.median, found.deviation) == (3, 2.0, 2.0, 1.0)
    assert found.interval == pytest.approx((1.05, 2.95))
