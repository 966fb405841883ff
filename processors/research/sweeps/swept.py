"""A sweep, done: its trials, the best of them, and what that is worth after so many."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from processors.research.statistics.luck import Trials
from processors.research.statistics.summary import Figures
from processors.research.study import Study
from processors.research.sweeps.pool import Pool
from processors.research.sweeps.ranking import Ranking
from processors.research.sweeps.runner import Setting
from processors.research.sweeps.search import Search
from processors.research.sweeps.tape import Window
from processors.research.sweeps.trial import Trial

Heard = Callable[[Trial, Ranking], Any]
"""What hears each trial as it comes, and how all stand with it."""


@dataclass(frozen=True, slots=True)
class Swept:
    """trials: in the order of their numbers. best: of them; summary: all figures of its run, the
    deflated Sharpe ratio too. luck: how many there were, and how their Sharpe ratios vary.
    period: opens of the first and last bar that was traded, UTC microseconds."""

    search: Search
    trials: tuple[Trial, ...]
    best: Trial
    summary: Figures
    luck: Trials
    period: tuple[int, int]

    def top(self, count: int) -> list[Trial]:
        """The best so many, the best first."""
        return Ranking(self.search.by, list(self.trials)).top(count)


def pool_of(study: Study, processes: int) -> Pool:
    """A pool with the study's strategy and bars. Raises ValueError where there is no room, and
    ActionError."""
    setting = Setting(
        study.compiled.wasm, study.rules, study.risk_free, study.listings, study.begin_us
    )
    return Pool(setting, study.bars, processes)


def swept(pool: Pool, search: Search, window: Window, heard: Heard = lambda *_: None) -> Swept:
    """Tries all that the search says. Raises ValueError where there is nothing to try, or no bar
    in the window."""
    ranking = Ranking(search.by)
    for trial in search.trials(pool, window):
        ranking.add(trial)
        heard(trial, ranking)
    best = ranking.best
    if best is None:
        raise ValueError("there is nothing to try")
    reckoning = pool.runner.reckoning(window)
    (account,) = pool.runner.accounts(reckoning, [best.params])
    return Swept(
        search=search,
        trials=tuple(ranking.trials),
        best=best,
        summary=reckoning.summary(account, ranking.luck),
        luck=ranking.luck,
        period=(int(reckoning.ts[0]), int(reckoning.ts[-1])),
    )
