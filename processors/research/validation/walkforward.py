"""Walk-forward: the best of each training, tested on what came after (Pardo 2008)."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from processors.research.results import Curve
from processors.research.statistics.course import course_of
from processors.research.statistics.periods import periods_of
from processors.research.statistics.returns import ratio
from processors.research.statistics.summary import (
    ORDER,
    Figures,
    known,
    of_course,
    of_luck,
    of_returns,
)
from processors.research.sweeps.figures import Reckoning
from processors.research.sweeps.ranking import OF_ALL, Ranking
from processors.research.sweeps.runner import Runner
from processors.research.sweeps.tape import Window
from processors.research.sweeps.trial import Trial
from processors.research.validation.folds import Fold
from schemas.columns import Floats, Ints

OF_FOLDS = ("annual_return_pct", "return_pct", "sharpe", "max_drawdown_pct", "trades")
"""The figures of a training and of its test that are set side by side."""

Search = Callable[[Window], Iterator[Trial]]
"""Trials over a window, with the figure to choose by and OF_FOLDS."""


@dataclass(frozen=True, slots=True)
class Step:
    """A fold, done. chosen: the best of its training, of `tried`. test: the figure it was chosen
    by, and OF_FOLDS, after that.
    ts, equity, exposure: of the test's account, which begins with the same cash."""

    fold: Fold
    chosen: Trial
    tried: int
    test: Figures
    ts: Ints
    equity: Floats
    exposure: Floats


@dataclass(frozen=True, slots=True)
class Joined:
    """All tests, one after the other: what one who chose anew at each fold would have had.

    figures: of the returns and the equity, as a backtest's. efficiency: their annual return by
    that of the trainings on average (Pardo's walk-forward efficiency); None where these lost.
    """

    curve: Curve
    figures: Figures
    efficiency: float | None


def walk_forward(runner: Runner, folds: Iterable[Fold], search: Search, by: str) -> Iterator[Step]:
    """Each fold as it is done, in their order. Earlier bars warm up both its runs; a test's
    account begins without a position. by: the figure that is best where highest.

    Raises ValueError where a search has no trial.
    """
    for fold in folds:
        ranking = Ranking(by)
        for trial in search(fold.train):
            ranking.add(trial)
        yield tested(runner, fold, ranking, by)


def tested(runner: Runner, fold: Fold, ranking: Ranking, by: str) -> Step:
    """The test of the best of a training. Raises ValueError where it had no trial."""
    chosen = ranking.best
    if chosen is None:
        raise ValueError("there is nothing to try")
    reckoning = runner.reckoning(fold.test)
    (account,) = runner.accounts(reckoning, [chosen.params])
    return Step(
        fold=fold,
        chosen=chosen,
        tried=len(ranking.trials),
        test=reckoning.figures(account, dict.fromkeys((by, *OF_FOLDS))),
        ts=reckoning.ts,
        equity=account.equity,
        exposure=account.exposure,
    )


def joined(steps: Sequence[Step], whole: Reckoning) -> Joined:
    """The tests' returns, compounded; where tests overlap, each up to the next one's begin.

    steps: at least one. whole: of a window with all tests in it, for the benchmark and the cash.
    """
    cash = whole.cash
    worth, parts = cash, []
    for place, step in enumerate(steps):
        end = steps[place + 1].fold.test.begin_us if place + 1 < len(steps) else None
        kept = slice(None) if end is None else slice(int(np.searchsorted(step.ts, end)))
        equity = step.equity[kept] * (worth / cash)
        parts.append((step.ts[kept], equity, step.exposure[kept] * (worth / cash)))
        worth = float(equity[-1]) if len(equity) else worth
    ts, equity, exposure = (np.concatenate(columns) for columns in zip(*parts, strict=True))
    held = whole.benchmark[np.searchsorted(whole.ts, ts)]
    curve = Curve(ts, equity, exposure, held * (cash / held[0]))
    figures = _figures(curve, cash, whole.risk_free)
    trained = [step.chosen.figures["annual_return_pct"] for step in steps]
    return Joined(curve, figures, efficiency(figures["annual_return_pct"], trained))


def efficiency(tested: float | None, trained: Sequence[float | None]) -> float | None:
    """Annual return of the tests by that of the trainings on average. None where that is not
    above 0: more of a loss is not better."""
    found = [each for each in trained if each is not None]
    if tested is None or not found or not (average := math.fsum(found) / len(found)) > 0.0:
        return None
    return known(ratio(tested, average))


def _figures(curve: Curve, cash: float, risk_free: float) -> Figures:
    periods = periods_of(curve.ts)
    found = of_returns(periods.returns(curve.equity, cash), periods, risk_free)
    found |= of_course(course_of(curve, cash), cash)
    found |= of_luck(found, periods, None)
    return {name: known(found[name]) for name in ORDER if name in found and name not in OF_ALL}
