"""Which combinations are tried, by the method that is asked for."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from processors.research.sweeps.pool import Pool
from processors.research.sweeps.space import Space
from processors.research.sweeps.tape import Window
from processors.research.sweeps.trial import Trial, trials
from sandbox.host.params import HasParams, param_words

Method = Literal["grid", "random", "bayes"]
METHODS: tuple[Method, ...] = ("grid", "random", "bayes")
_ALONE_BARS_MAX = 5_000_000
"""Of all runs together: so many take one process half a second, as long as another's start."""


@dataclass(frozen=True, slots=True)
class Search:
    """by: the figure that is best where highest. names: of the figures of each trial. count, seed:
    of trials; a grid has neither."""

    space: Space
    method: Method
    by: str
    names: tuple[str, ...]
    count: int = 100
    seed: int = 0

    @property
    def runs(self) -> int:
        """How many trials there will be, at the most."""
        most = self.space.allowed_size
        return most if self.method == "grid" else min(self.count, most)

    def trials(self, pool: Pool, window: Window, *, with_returns: bool = False) -> Iterator[Trial]:
        """Each trial as it is done. with_returns: of grids and random ones. Raises ValueError where
        there is nothing to try, or too much, or no bar in the window."""
        if self.method == "bayes":
            from processors.research.sweeps.bayes import bayes_trials  # which takes half a second

            return bayes_trials(
                pool, window, self.space, self.names,
                by=self.by, count=self.count, seed=self.seed,
            )  # fmt: skip
        space = self.space
        rows = space.grid() if self.method == "grid" else space.random(self.count, self.seed)
        params = [space.params(row) for row in rows]
        return trials(pool, window, params, self.names, with_returns=with_returns)


def check_space(metadata: HasParams, space: Space) -> None:
    """Raises ParamError for a value that a param can't have."""
    param_words(metadata, space.fixed)
    for axis in space.axes:
        for value in axis.values:
            param_words(metadata, {axis.name: value})


def processes_for(bars: int, runs: int) -> int:
    """How many processes so many runs over so many bars are worth, this one included."""
    if bars * runs <= _ALONE_BARS_MAX:
        return 1
    if hasattr(os, "sched_getaffinity"):  # not everywhere
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
