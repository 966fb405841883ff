"""Combinations of params, tried: figures of each, and what else is wanted of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from processors.research.statistics.summary import Figures
from processors.research.sweeps.pool import Pool
from processors.research.sweeps.runner import Runner
from processors.research.sweeps.tape import Window
from schemas.columns import Floats

TASK_BARS = 1_000_000
"""A task takes some 50 ms: next to nothing of it is handing over, and answers come early."""
TASK_RUNS_MIN, TASK_RUNS_MAX = 4, 32


@dataclass(frozen=True, slots=True)
class Trial:
    """number: of the combination, from 0. params: all of the strategy's. figures: by name, those
    that were asked for; None where the run does not tell one. traps: bars that the strategy could
    not evaluate. returns: of the periods, where wanted."""

    number: int
    params: Mapping[str, float]
    figures: Figures
    traps: int = 0
    returns: Floats | None = None


@dataclass(frozen=True, slots=True)
class Tried:
    """A task: these params over that window. numbers: of the trials."""

    window: Window
    numbers: tuple[int, ...]
    params: tuple[Mapping[str, float], ...]
    names: tuple[str, ...]
    with_returns: bool = False

    def done_by(self, runner: Runner) -> list[Trial]:
        """Raises ParamError, and ValueError where the window has no bar."""
        reckoning = runner.reckoning(self.window)
        accounts = runner.accounts(reckoning, self.params)
        return [
            Trial(
                number,
                params,
                reckoning.figures(account, self.names),
                account.traps,
                reckoning.returns(account) if self.with_returns else None,
            )
            for number, params, account in zip(self.numbers, self.params, accounts, strict=True)
        ]


def trials(
    pool: Pool,
    window: Window,
    params: Sequence[Mapping[str, float]],
    names: tuple[str, ...],
    *,
    first: int = 0,
    with_returns: bool = False,
) -> Iterator[Trial]:
    """Each of the params tried, as soon as it is done; numbered from `first` on in their order."""
    runs = min(max(TASK_BARS // max(len(pool.runner.tape.symbol), 1), TASK_RUNS_MIN), TASK_RUNS_MAX)
    tasks = [
        Tried(
            window,
            tuple(range(first + start, first + min(start + runs, len(params)))),
            tuple(params[start : start + runs]),
            names,
            with_returns,
        )
        for start in range(0, len(params), runs)
    ]
    for _, done in pool.each(tasks):
        yield from done
