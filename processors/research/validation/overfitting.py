"""The probability of backtest overfitting, by combinatorially symmetric cross-validation.

Bailey, Borwein, López de Prado, Zhu, "The probability of backtest overfitting" (2015): how often
the best of one half of the history is below the median of all trials in the other half.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from processors.research.validation.splits import groups_of
from processors.research.validation.sums import Returns, Sums
from schemas.columns import Floats, Ints

BLOCKS = 16
"""12,870 ways to halve them."""
BLOCKS_MAX = 20
_TOGETHER = 512


@dataclass(frozen=True, slots=True)
class Overfitting:
    """probability: that the chosen trial is below the median out of sample. logits: of its
    relative rank there, one for each way to halve. sharpe_in, sharpe_out: annualised, of the
    chosen; all (ways,). loss: how often it lost out of sample."""

    probability: float
    logits: Floats
    sharpe_in: Floats
    sharpe_out: Floats
    loss: float


def overfitting_of(made: Floats, per_year: float, blocks: int = BLOCKS) -> Overfitting:
    """made: returns as fractions, (periods, trials), at least two trials. Raises ValueError where
    the blocks are odd, too many, or more than the periods."""
    rows = blocks_of(len(made), blocks)
    if made.shape[1] < 2:
        raise ValueError("one trial alone can't be overfitted: it takes two")
    ranks, inside, outside = [], [], []
    for trained, tested in _halves(made, rows):
        found = np.argmax(trained, axis=1)
        each = np.arange(len(found))
        there = tested[each, found]
        below = (tested < there[:, None]).sum(axis=1)
        same = (tested == there[:, None]).sum(axis=1)
        ranks.append(below + (same + 1) / 2.0)  # of equals the rank between
        inside.append(trained[each, found])
        outside.append(there)
    rank = np.concatenate(ranks) / (made.shape[1] + 1.0)
    logits = np.log(rank / (1.0 - rank))
    sharpe_out = np.concatenate(outside) * math.sqrt(per_year)
    return Overfitting(
        probability=float(np.count_nonzero(logits <= 0.0)) / len(logits),
        logits=logits,
        sharpe_in=np.concatenate(inside) * math.sqrt(per_year),
        sharpe_out=sharpe_out,
        loss=float(np.count_nonzero(sharpe_out < 0.0)) / len(sharpe_out),
    )


def blocks_of(periods: int, blocks: int) -> tuple[Ints, ...]:
    """The rows of each block. Raises ValueError as overfitting_of."""
    if blocks % 2 or not 2 <= blocks <= BLOCKS_MAX:
        raise ValueError(f"blocks must be an even number from 2 to {BLOCKS_MAX}, not {blocks}")
    return groups_of(periods, blocks)


def _halves(made: Floats, rows: tuple[Ints, ...]) -> Iterator[tuple[Floats, Floats]]:
    """The Sharpe ratios of a period of all trials, in each half and in the other, some ways at a
    time: (ways, trials) each."""
    found = Returns(made)
    each = [found.sums(block) for block in rows]
    n, total, squared = (
        np.stack([getattr(sums, name) for sums in each]) for name in ("n", "total", "squared")
    )
    whole = Sums(n.sum(axis=0), total.sum(axis=0), squared.sum(axis=0))
    ways = np.array(list(combinations(range(len(rows)), len(rows) // 2)))
    for start in range(0, len(ways), _TOGETHER):
        some = ways[start : start + _TOGETHER]
        half = Sums(*(_added(values, some) for values in (n, total, squared)))
        yield found.sharpes(half), found.sharpes(whole - half)


def _added(values: Floats, ways: Ints) -> Floats:
    found = values[ways[:, 0]]
    for column in ways.T[1:]:
        found += values[column]
    return found
