"""Histories of the same length from blocks of the one there was: how sure its figures are.

Blocks keep what neighbouring days have to do with each other; the history goes round, so that its
first and last days are drawn as often as others.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from processors.research.montecarlo.rows import max_drawdowns, runs_together, sharpes
from schemas.columns import Floats, Ints

Method = Literal["stationary", "circular"]


@dataclass(frozen=True, slots=True)
class Bootstrapped:
    """Of each run, (runs,): the annualised Sharpe ratio (NaN without a spread), the return over
    all periods and the deepest drawdown at their ends, as fractions."""

    sharpe: Floats
    total_return: Floats
    max_drawdown: Floats


def default_block(n: int) -> int:
    """n^(1/3), the order at which the error is least (Politis, Romano 1994), rounded up."""
    return max(int(np.ceil(round(n ** (1.0 / 3.0), 9))), 1)


def stationary(n: int, block: float, runs: int, chance: np.random.Generator) -> Ints:
    """Rows of n periods in so many histories, (runs, n): blocks that begin anywhere and end after
    every period with probability 1 / block (Politis, Romano 1994)."""
    begins = chance.random((runs, n)) < 1.0 / block
    begins[:, 0] = True
    places = np.arange(n)
    since = np.maximum.accumulate(np.where(begins, places, 0), axis=1)
    starts = chance.integers(0, n, (runs, n))
    first = np.take_along_axis(starts, since, axis=1)
    rows: Ints = (first + places - since) % n
    return rows


def circular(n: int, block: int, runs: int, chance: np.random.Generator) -> Ints:
    """The same with blocks all of one length, but for the last (Politis, Romano 1992)."""
    starts = chance.integers(0, n, (runs, -(-n // block)))
    rows: Ints = (starts[:, :, None] + np.arange(block)) % n
    return rows.reshape(runs, -1)[:, :n]


def bootstrapped(
    returns: Floats,
    per_year: float,
    runs: int,
    seed: int,
    *,
    method: Method = "stationary",
    block: int | None = None,
    heard: Callable[[int], object] = lambda _: None,
) -> Bootstrapped:
    """Figures of so many histories. returns: of periods, as fractions, (n,), at least one. block:
    its length, of the stationary method on average; default_block(n) by default. heard: how many
    were done more. Raises ValueError where the block is not from 1 to n."""
    n = len(returns)
    length = default_block(n) if block is None else block
    if not 1 <= length <= n:
        raise ValueError(f"a block has from 1 to {n:,} periods, not {length:,}")
    chance = np.random.default_rng(seed)
    draw = stationary if method == "stationary" else circular
    parts, together = [], runs_together(n)
    for start in range(0, runs, together):
        made = returns[draw(n, length, min(together, runs - start), chance)]
        ratio = sharpes(made, per_year) if n > 1 else np.full(len(made), np.nan)
        made += 1.0
        equity = np.cumprod(made, axis=1, out=made)
        parts.append((ratio, equity[:, -1] - 1.0, max_drawdowns(equity, 1.0)))
        heard(len(made))
    return Bootstrapped(*(np.concatenate(columns) for columns in zip(*parts, strict=True)))
