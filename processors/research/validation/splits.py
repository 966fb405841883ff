"""Periods into trainings and tests that know nothing of each other: purged cross-validation.

López de Prado, "Advances in financial machine learning" (2018), chapters 7 and 12. A trade that
is open where a training ends would tell it what the test holds, so periods before a test are
purged; and what a test's prices still move after it is embargoed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from math import comb

import numpy as np

from schemas.columns import Ints

SPLITS_MAX = 20_000


@dataclass(frozen=True, slots=True)
class Split:
    """train, test: rows of periods, rising. groups: which of the groups are tested."""

    train: Ints
    test: Ints
    groups: tuple[int, ...]


def groups_of(n: int, count: int) -> tuple[Ints, ...]:
    """n rows in so many groups, one after the other, whose sizes differ by one at most. Raises
    ValueError where a group would be empty."""
    if not 2 <= count <= n:
        raise ValueError(f"{n:,} periods do not make {count:,} groups, of which it takes 2")
    return tuple(np.array_split(np.arange(n), count))


def purged_folds(n: int, count: int, *, purge: int = 0, embargo: int = 0) -> tuple[Split, ...]:
    """Each group the test once, the others the training. n: periods. purge, embargo: how many
    periods before and behind a test are left out. Raises ValueError."""
    return combinatorial_splits(n, count, 1, purge=purge, embargo=embargo)


def combinatorial_splits(
    n: int, count: int, tested: int, *, purge: int = 0, embargo: int = 0
) -> tuple[Split, ...]:
    """Every choice of `tested` of the groups the test once, in lexical order. Raises ValueError
    where there are too many of them, or nothing would be left to train on."""
    if purge < 0 or embargo < 0:  # they would keep what a test has seen in its training
        raise ValueError(f"purge and embargo are numbers from 0 on, not {purge:,} and {embargo:,}")
    groups = groups_of(n, count)
    if not 1 <= tested < count:
        raise ValueError(f"of {count:,} groups 1 to {count - 1:,} can be tested, not {tested:,}")
    if comb(count, tested) > SPLITS_MAX:
        raise ValueError(
            f"{comb(count, tested):,} splits are too many; {SPLITS_MAX:,} is the most: take fewer"
            " groups"
        )
    return tuple(
        _split(n, groups, chosen, purge, embargo) for chosen in combinations(range(count), tested)
    )


def _split(
    n: int, groups: Sequence[Ints], chosen: tuple[int, ...], purge: int, embargo: int
) -> Split:
    train = np.ones(n, np.bool_)
    for group in chosen:
        first, last = int(groups[group][0]), int(groups[group][-1])
        train[max(first - purge, 0) : last + 1 + embargo] = False
    if not train.any():
        raise ValueError("purge and embargo leave nothing to train on: take less, or fewer groups")
    return Split(np.flatnonzero(train), np.concatenate([groups[group] for group in chosen]), chosen)


def paths_of(splits: Sequence[Split], groups: int) -> tuple[tuple[int, ...], ...]:
    """Which split each path takes for each group, so that every split's test is in one path: as
    many paths as splits test a group, C(groups − 1, tested − 1)."""
    by_group: list[list[int]] = [[] for _ in range(groups)]
    for number, split in enumerate(splits):
        for group in split.groups:
            by_group[group].append(number)
    return tuple(zip(*by_group, strict=True))
