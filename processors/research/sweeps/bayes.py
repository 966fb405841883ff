"""Combinations by what those before them gave: Optuna's tree-structured Parzen estimator.

Bergstra et al., "Algorithms for hyper-parameter optimization" (2011). It is asked for BATCH at a
time, however many processes there are, so that a seed gives the same trials on every machine.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
import optuna

from processors.research.sweeps.pool import Pool
from processors.research.sweeps.ranking import score
from processors.research.sweeps.space import Space
from processors.research.sweeps.tape import Window
from processors.research.sweeps.trial import Trial, trials

BATCH = 16
_REFUSED_MAX = 20
"""In a row, by the conditions or as tried already: then one is taken by chance."""

Row = tuple[float, ...]


def bayes_trials(
    pool: Pool, window: Window, space: Space, names: tuple[str, ...], *,
    by: str, count: int, seed: int,
) -> Iterator[Trial]:  # fmt: skip
    """Up to so many trials, none twice; fewer where the space has no more. Raises ValueError where
    it has none at all."""
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


class _Search:
    """An axis is searched by the place of its values, so that lists and steps are alike."""

    def __init__(self, space: Space, seed: int) -> None:
        optuna.logging.set_verbosity(optuna.logging.WARNING)
        self._space, self._seed = space, seed
        self._study = optuna.create_study(
            direction="maximize", sampler=optuna.samplers.TPESampler(seed=seed)
        )
        self._places: dict[str, optuna.distributions.BaseDistribution] = {
            axis.name: optuna.distributions.IntDistribution(0, len(axis.values) - 1)
            for axis in space.axes
        }
        self._seen: set[Row] = set()
        self._asked: list[optuna.Trial] = []

    def ask(self, count: int) -> list[Row]:
        """Combinations that are allowed and new; fewer where there are no more."""
        rows: list[Row] = []
        refused = 0
        while len(rows) < count and len(self._seen) < self._space.size:
            if refused == _REFUSED_MAX:
                other = self._other()
                if other is None:
                    break
                self._study.enqueue_trial(other)
            trial = self._study.ask(self._places)
            row = tuple(axis.values[trial.params[axis.name]] for axis in self._space.axes)
            if row in self._seen or not self._space.allowed(np.array([row]))[0]:
                self._study.tell(trial, state=optuna.trial.TrialState.FAIL)
                refused += 1
                continue
            refused = 0
            self._seen.add(row)
            self._asked.append(trial)
            rows.append(row)
        return rows

    def _other(self) -> dict[str, int] | None:
        """The places of one that is allowed and new, by chance; None where there is none."""
        # of one more than were seen at least one is new
        for row in self._space.random(len(self._seen) + 1, self._seed + len(self._seen)).tolist():
            if tuple(row) not in self._seen:
                axes = self._space.axes
                return {
                    axis.name: axis.values.index(value)
                    for axis, value in zip(axes, row, strict=True)
                }
        return None

    def tell(self, scores: list[float]) -> None:
        """What the combinations of the last `ask` gave, in their order."""
        for trial, found in zip(self._asked, scores, strict=True):
            if math.isfinite(found):
                self._study.tell(trial, found)
            else:
                self._study.tell(trial, state=optuna.trial.TrialState.FAIL)
        self._asked.clear()
