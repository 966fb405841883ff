"""Combinations by what those before them gave: Optuna's tree-structured Parzen estimator.

Bergstra et al., "Algorithms for hyper-parameter optimization" (2011). It is asked for BATCH at a
time, however many processes there are, so that a seed gives the same trials on every machine.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import optuna

from processors.research.sweeps.pool import Pool
from processors.research.sweeps.ranking import score
from processors.research.sweeps.space import Space
from processors.research.sweeps.tape import Window
from processors.research.sweeps.trial import Trial, trials

BATCH = 16
_REFUSED_MAX = 1_000
"""In a row, by the conditions or as tried already: then there is hardly anything left to try."""


def bayes_trials(
    pool: Pool, window: Window, space: Space, names: tuple[str, ...], *,
    by: str, count: int, seed: int,
) -> Iterator[Trial]:  # fmt: skip
    """Up to so many trials, none twice; fewer where the space has no more. Raises ValueError where
    it has none."""
    search = _Search(space, seed)
    done = 0
    while done < count:
        rows = search.ask(min(BATCH, count - done))
        if not rows:
            break
        params = [space.params(row) for row in rows]
        found: list[Trial] = []
        for trial in trials(pool, window, params, names, first=done):
            found.append(trial)
            yield trial
        found.sort(key=lambda trial: trial.number)
        search.tell([score(trial, by) for trial in found])
        done += len(rows)
    if not done:
        raise ValueError("no combination has " + " and ".join(map(str, space.conditions)))


class _Search:
    """An axis is searched by the place of its values, so that lists and steps are alike."""

    def __init__(self, space: Space, seed: int) -> None:
        optuna.logging.set_verbosity(optuna.logging.WARNING)
        self._space = space
        self._study = optuna.create_study(
            direction="maximize", sampler=optuna.samplers.TPESampler(seed=seed)
        )
        self._places: dict[str, optuna.distributions.BaseDistribution] = {
            axis.name: optuna.distributions.IntDistribution(0, len(axis.values) - 1)
            for axis in space.axes
        }
        self._seen: set[tuple[float, ...]] = set()
        self._asked: list[optuna.Trial] = []

    def ask(self, count: int) -> list[tuple[float, ...]]:
        """Combinations that are allowed and new."""
        rows: list[tuple[float, ...]] = []
        refused = 0
        while len(rows) < count and refused < _REFUSED_MAX and len(self._seen) < self._space.size:
            trial = self._study.ask(self._places)
            row = tuple(axis.values[trial.params[axis.name]] for axis in self._space.axes)
            columns = self._space.params(row)
            fits = all(condition.holds(columns) for condition in self._space.conditions)
            if not fits or row in self._seen:
                self._study.tell(trial, state=optuna.trial.TrialState.FAIL)
                refused += 1
                continue
            refused = 0
            self._seen.add(row)
            self._asked.append(trial)
            rows.append(row)
        return rows

    def tell(self, scores: list[float]) -> None:
        """What the combinations of the last `ask` gave, in their order."""
        for trial, found in zip(self._asked, scores, strict=True):
            if math.isfinite(found):
                self._study.tell(trial, found)
            else:
                self._study.tell(trial, state=optuna.trial.TrialState.FAIL)
        self._asked.clear()
