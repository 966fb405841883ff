"""The probability of overfitting is low for skill, high for luck, and as its definition has it."""

from __future__ import annotations

import math
from itertools import combinations

import numpy as np
import pytest

from processors.research.statistics.returns import sharpe
from processors.research.validation.overfitting import overfitting_of

YEAR = 252.0


def test_by_hand_over_all_halves() -> None:
    made = np.random.default_rng(1).normal(0.0, 0.01, (40, 5))
    logits = []
    for half in combinations(range(4), 2):
        inside = np.concatenate([np.arange(10 * block, 10 * block + 10) for block in half])
        outside = np.setdiff1d(np.arange(40), inside)
        best = int(np.argmax([sharpe(made[inside, i], YEAR) for i in range(5)]))
        there = [sharpe(made[outside, i], YEAR) for i in range(5)]
        rank = sum(each <= there[best] for each in there) / 6.0
        logits.append(math.log(rank / (1.0 - rank)))
    found = overfitting_of(made, YEAR, 4)
    assert found.logits == pytest.approx(logits)
    assert found.probability == sum(each <= 0.0 for each in logits) / 6.0
    assert len(found.sharpe_in) == len(found.sharpe_out) == 6


def test_skill_is_not_overfitted_and_luck_is() -> None:
    made = np.random.default_rng(2).normal(0.0, 0.01, (800, 30))
    lucky = overfitting_of(made, YEAR)
    made[:, 7] += 0.004
    skilled = overfitting_of(made, YEAR)
    assert len(lucky.logits) == 12_870
    assert skilled.probability == 0.0 and skilled.loss == 0.0
    assert lucky.probability > 0.3


def test_equals_share_the_rank_between() -> None:
    made = np.zeros((40, 3))
    assert overfitting_of(made, YEAR, 4).logits == pytest.approx(np.zeros(6))


@pytest.mark.parametrize(
    ("shape", "blocks", "what"),
    [
        ((40, 3), 5, "even number"),
        ((40, 3), 22, "even number"),
        ((40, 1), 4, "takes two"),
        ((3, 2), 4, "do not make 4 groups"),
    ],
)
def test_what_cannot_be_halved_is_refused(shape: tuple[int, int], blocks: int, what: str) -> None:
    with pytest.raises(ValueError, match=what):
        overfitting_of(np.zeros(shape), YEAR, blocks)
