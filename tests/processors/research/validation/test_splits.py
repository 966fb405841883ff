"""Trainings know nothing of their tests, nor of what is near them."""

from __future__ import annotations

from collections import Counter
from math import comb

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from processors.research.validation.splits import combinatorial_splits, paths_of, purged_folds


def test_five_folds_of_ten_with_one_purged_and_one_embargoed() -> None:
    found = purged_folds(10, 5, purge=1, embargo=1)
    assert [split.test.tolist() for split in found] == [[0, 1], [2, 3], [4, 5], [6, 7], [8, 9]]
    assert [split.train.tolist() for split in found] == [
        [3, 4, 5, 6, 7, 8, 9],
        [0, 5, 6, 7, 8, 9],
        [0, 1, 2, 7, 8, 9],
        [0, 1, 2, 3, 4, 9],
        [0, 1, 2, 3, 4, 5, 6],
    ]


def test_six_groups_two_tested_as_in_the_book() -> None:
    """López de Prado (2018), figure 12.1: 15 splits, 5 paths."""
    found = combinatorial_splits(6, 6, 2)
    assert len(found) == 15
    paths = paths_of(found, 6)
    assert len(paths) == 5
    # the first path takes, for each group, the first split that tests it
    assert paths[0] == (0, 0, 1, 2, 3, 4)
    assert paths[4] == (4, 8, 11, 13, 14, 14)


@given(st.data())
def test_nothing_near_a_test_is_trained_on(data: st.DataObject) -> None:
    groups = data.draw(st.integers(2, 6))
    tested = data.draw(st.integers(1, groups - 1))
    n = data.draw(st.integers(groups, 60))
    purge, embargo = data.draw(st.integers(0, 5)), data.draw(st.integers(0, 5))
    try:
        found = combinatorial_splits(n, groups, tested, purge=purge, embargo=embargo)
    except ValueError as error:
        assert "nothing to train on" in str(error)
        return
    assert len(found) == comb(groups, tested)
    count: Counter[int] = Counter()
    for split in found:
        count.update(split.test.tolist())
        for row in split.train:
            away = row - split.test  # above 0 where the training is behind the test
            assert not ((-purge <= away) & (away <= embargo)).any()
    assert set(count.values()) == {comb(groups - 1, tested - 1)} and len(count) == n


@given(st.integers(2, 8).flatmap(lambda g: st.tuples(st.just(g), st.integers(1, g - 1))))
def test_every_test_is_in_one_path(case: tuple[int, int]) -> None:
    groups, tested = case
    found = combinatorial_splits(3 * groups, groups, tested)
    paths = paths_of(found, groups)
    assert len(paths) == comb(groups - 1, tested - 1)
    taken = [(number, group) for path in paths for group, number in enumerate(path)]
    assert len(taken) == len(set(taken)) == sum(len(split.groups) for split in found)
    assert all(group in found[number].groups for number, group in taken)


def test_trainings_are_all_else_without_purge_and_embargo() -> None:
    for split in combinatorial_splits(20, 5, 2):
        both = np.sort(np.concatenate([split.train, split.test]))
        assert both.tolist() == list(range(20))


@pytest.mark.parametrize(
    ("n", "groups", "tested", "aside", "what"),
    [
        (3, 5, 1, 0, "do not make 5 groups"),
        (10, 1, 1, 0, "do not make 1 groups"),
        (10, 5, 5, 0, "1 to 4 can be tested"),
        (10, 5, 0, 0, "1 to 4 can be tested"),
        (10, 2, 1, 9, "nothing to train on"),
        (40, 40, 20, 0, "are too many"),
        (40, 5, 1, -1, "from 0 on, not -1 and 0"),
    ],
)
def test_what_cannot_be_split_is_refused(
    n: int, groups: int, tested: int, aside: int, what: str
) -> None:
    with pytest.raises(ValueError, match=what):
        combinatorial_splits(n, groups, tested, purge=aside)
