"""Returns of many trials in, what would have come of choosing the best by a part of them out."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from processors.research.validation.splits import Split, groups_of, paths_of
from processors.research.validation.sums import Returns
from schemas.columns import Floats


@dataclass(frozen=True, slots=True)
class Chosen:
    """A split, done. trial: column of the best in training. sharpe_train, sharpe_test: its
    annualised Sharpe ratios, 0.0 where it never traded."""

    split: Split
    trial: int
    sharpe_train: float
    sharpe_test: float


def chosen_by(made: Floats, splits: Sequence[Split], per_year: float) -> tuple[Chosen, ...]:
    """The best trial of each split's training, of equals the first, and what it made in the test.

    made: returns as fractions, (periods, trials), at least one trial.
    """
    returns, year = Returns(made), math.sqrt(per_year)
    found = []
    for split in splits:
        trained = returns.sharpes(returns.sums(split.train))
        best = int(np.argmax(trained))
        tested = returns.sharpes(returns.sums(split.test))
        found.append(Chosen(split, best, float(trained[best]) * year, float(tested[best]) * year))
    return tuple(found)


def path_sharpes(made: Floats, chosen: Sequence[Chosen], groups: int, per_year: float) -> Floats:
    """The annualised Sharpe ratio of each path: of all groups, one after the other, each as the
    trial made it that a training without it chose."""
    rows = groups_of(len(made), groups)
    found = []
    for path in paths_of([each.split for each in chosen], groups):
        parts = [made[rows[group], chosen[number].trial] for group, number in enumerate(path)]
        whole = Returns(np.concatenate(parts)[:, None])
        found.append(whole.sharpes(whole.sums(np.arange(len(made))))[0])
    return np.array(found) * math.sqrt(per_year)
