"""All trials of a search over the whole history, and what choosing by a part of it is worth."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import comb

import numpy as np

from processors.research.sweeps.pool import Pool
from processors.research.sweeps.search import Search
from processors.research.sweeps.tape import Window
from processors.research.sweeps.trial import Trial
from processors.research.validation.crossed import Chosen, chosen_by, path_sharpes
from processors.research.validation.overfitting import Overfitting, blocks_of, overfitting_of
from processors.research.validation.splits import combinatorial_splits
from schemas.columns import Floats

CELLS_MAX = 100_000_000
"""Periods × trials: 800 MB of returns."""


@dataclass(frozen=True, slots=True)
class Terms:
    """How the history is cut. groups, tested: for combinatorial cross-validation; tested 1 is
    k-fold. purge, embargo: periods left out of a training before and behind a test; None for a
    hundredth of all. blocks: for the probability of overfitting."""

    groups: int = 10
    tested: int = 2
    purge: int | None = None
    embargo: int | None = None
    blocks: int = 16


@dataclass(frozen=True, slots=True)
class Crossed:
    """chosen: by split; paths: annualised Sharpe ratio of each; trials: in the order of their
    numbers, which `chosen` counts in; overfitting: None where there is one trial only."""

    terms: Terms
    chosen: tuple[Chosen, ...]
    paths: Floats
    trials: tuple[Trial, ...]
    overfitting: Overfitting | None


def crossed(
    pool: Pool,
    search: Search,
    window: Window,
    terms: Terms,
    heard: Callable[[Trial], object] = lambda _: None,
) -> Crossed:
    """search: a grid or a random one, whose trials do not depend on each other. Raises ValueError
    where the window can't be cut so, or there are too many trials."""
    if search.method == "bayes":
        raise ValueError("a Bayesian search has seen the whole history: take a grid, or random")
    periods = pool.runner.reckoning(window).periods
    n = len(periods)
    if n * search.runs > CELLS_MAX:
        raise ValueError(
            f"{search.runs:,} trials over {n:,} periods are too many to cross: take fewer at random"
        )
    blocks_of(n, terms.blocks)  # refused before the work, not after
    aside = -(-n // 100)
    splits = combinatorial_splits(
        n,
        terms.groups,
        terms.tested,
        purge=aside if terms.purge is None else terms.purge,
        embargo=aside if terms.embargo is None else terms.embargo,
    )
    assert len(splits) == comb(terms.groups, terms.tested)
    found = []
    for trial in search.trials(pool, window, with_returns=True):
        found.append(trial)
        heard(trial)
    found.sort(key=lambda trial: trial.number)
    made = np.stack([_returns(trial) for trial in found], axis=1)
    chosen = chosen_by(made, splits, periods.per_year)
    return Crossed(
        terms,
        chosen,
        path_sharpes(made, chosen, terms.groups, periods.per_year),
        tuple(found),
        overfitting_of(made, periods.per_year, terms.blocks) if len(found) > 1 else None,
    )


def _returns(trial: Trial) -> Floats:
    """Of an account that was lost there are none any more."""
    assert trial.returns is not None
    return np.nan_to_num(trial.returns, nan=0.0)
