"""Trials as they come → the best of them, and how lucky one must be for that."""

from __future__ import annotations

import bisect
import math
from collections.abc import Sequence
from dataclasses import dataclass, field

from processors.research.statistics.luck import Trials
from processors.research.statistics.summary import ORDER
from processors.research.sweeps.trial import Trial

ALWAYS = ("sharpe", "return_pct", "max_drawdown_pct", "trades")
"""What a sweep says of every trial; the first, too, to know how far trials differ by luck."""

OF_ALL = ("expected_max_sharpe", "deflated_sharpe")
"""Of the summary, what only all trials together tell."""


def names_for(by: str, more: Sequence[str] = ()) -> tuple[str, ...]:
    """The figures of a sweep that is ranked by one. Raises ValueError where there is no such."""
    told = [name for name in ORDER if name not in OF_ALL]
    if by not in told:
        raise ValueError(f"there is no figure {by} of a trial; there are {', '.join(told)}")
    return tuple(dict.fromkeys((by, *ALWAYS, *more)))


def score(trial: Trial, by: str) -> float:
    """The higher the better; without a figure the worst."""
    value = trial.figures[by]
    return -math.inf if value is None else float(value)


@dataclass(slots=True)
class Ranking:
    """by: the figure, of which the highest is best; of equals the one tried first."""

    by: str
    trials: list[Trial] = field(default_factory=list)
    """In the order of their numbers."""
    best: Trial | None = None

    def add(self, trial: Trial) -> bool:
        """Takes one more, in any order; whether it is the best so far."""
        if not self.trials or self.trials[-1].number < trial.number:
            self.trials.append(trial)
        else:
            bisect.insort(self.trials, trial, key=lambda each: each.number)
        better = self.best is None or _rank(trial, self.by) < _rank(self.best, self.by)
        if better:
            self.best = trial
        return better

    def top(self, count: int) -> list[Trial]:
        """The best so many, the best first."""
        return sorted(self.trials, key=lambda trial: _rank(trial, self.by))[:count]

    @property
    def luck(self) -> Trials:
        """How many were tried, and how far their Sharpe ratios differ."""
        found = (trial.figures["sharpe"] for trial in self.trials)
        return Trials.of(None if each is None else float(each) for each in found)


def _rank(trial: Trial, by: str) -> tuple[float, int]:
    return -score(trial, by), trial.number
