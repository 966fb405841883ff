"""What is chosen by a part of the history, and what it did elsewhere."""

from __future__ import annotations

import math

import numpy as np
import pytest

from processors.research.statistics.returns import sharpe
from processors.research.validation.crossed import chosen_by, path_sharpes
from processors.research.validation.splits import combinatorial_splits, purged_folds
from processors.research.validation.sums import Returns
from schemas.columns import Floats

YEAR = 252.0


def returns(periods: int, trials: int, seed: int) -> Floats:
    return np.random.default_rng(seed).normal(0.0005, 0.01, (periods, trials))


def test_sums_tell_the_sharpe_ratios_of_any_rows() -> None:
    made = returns(200, 5, 1)
    rows = np.concatenate([np.arange(3, 40), np.arange(90, 91), np.arange(100, 170)])
    whole = Returns(made)
    found = whole.sharpes(whole.sums(rows)) * math.sqrt(YEAR)
    assert found == pytest.approx([sharpe(made[rows, i], YEAR) for i in range(5)], rel=1e-12)
    rest = np.setdiff1d(np.arange(200), rows)
    less = whole.sums(np.arange(200)) - whole.sums(rows)
    other = whole.sharpes(less) * math.sqrt(YEAR)
    assert other == pytest.approx([sharpe(made[rest, i], YEAR) for i in range(5)], rel=1e-9)


def test_a_trial_that_never_traded_there_is_neither_good_nor_bad() -> None:
    made = returns(100, 2, 2)
    made[:50, 0] = 0.0
    whole = Returns(made)
    assert whole.sharpes(whole.sums(np.arange(50)))[0] == 0.0
    assert whole.sharpes(whole.sums(np.arange(1)))[1] == 0.0


def test_the_best_in_training_is_told_with_what_it_did_in_the_test() -> None:
    made = returns(60, 4, 3)
    splits = purged_folds(60, 3, purge=2, embargo=2)
    for split, found in zip(splits, chosen_by(made, splits, YEAR), strict=True):
        trained = [sharpe(made[split.train, i], YEAR) for i in range(4)]
        assert found.trial == int(np.argmax(trained))
        assert found.sharpe_train == pytest.approx(max(trained))
        assert found.sharpe_test == pytest.approx(sharpe(made[split.test, found.trial], YEAR))


def test_a_path_has_each_group_as_somebody_chose_it_without_it() -> None:
    made = returns(60, 4, 4)
    splits = combinatorial_splits(60, 4, 2)
    chosen = chosen_by(made, splits, YEAR)
    found = path_sharpes(made, chosen, 4, YEAR)
    assert found.shape == (3,)
    # the first path's groups are tested by the splits (0, 1), (0, 1), (0, 2), (0, 3)
    parts = [
        made[15 * group : 15 * group + 15, chosen[number].trial]
        for group, number in enumerate((0, 0, 1, 2))
    ]
    assert found[0] == pytest.approx(sharpe(np.concatenate(parts), YEAR))


def test_one_trial_alone_has_the_same_ratio_on_all_paths() -> None:
    made = returns(60, 1, 5)
    chosen = chosen_by(made, combinatorial_splits(60, 6, 2), YEAR)
    assert path_sharpes(made, chosen, 6, YEAR) == pytest.approx([sharpe(made[:, 0], YEAR)] * 5)
