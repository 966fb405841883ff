"""`peripheral walkforward`: chooses params on a part of the history, tests them on the next."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from time import monotonic

import click

from deploy.errors import UserError
from deploy.progress import Bar
from deploy.research.asked import compiled_or_shown
from deploy.research.asked_study import study_of
from deploy.research.recorded import record
from deploy.research.sweep import AskedSearch, processes_of, search_of, sentence
from deploy.text_table import text_table
from processors.research.montecarlo.spread import spread_of
from processors.research.report.figures import UNDEFINED, amount, figure, integer, setting, title
from processors.research.report.told import day
from processors.research.study import Study
from processors.research.sweeps.pool import Pool, ProcessLostError
from processors.research.sweeps.search import Search
from processors.research.sweeps.swept import pool_of
from processors.research.sweeps.tape import Window
from processors.research.sweeps.trial import Trial
from processors.research.trials import Bars as Traded
from processors.research.trials import Run, bars_of
from processors.research.validation.crossing import Crossed, Terms, crossed
from processors.research.validation.folds import Fold, folds_of
from processors.research.validation.length import Length, length_of
from processors.research.validation.walkforward import (
    OF_FOLDS,
    Joined,
    Step,
    joined,
    walk_forward,
)

_SHOWN_EVERY_S = 0.1
_TOLD = ("sharpe", "annual_return_pct", "max_drawdown_pct")


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked(AskedSearch):
    """The command's options, as they were given."""

    train: str
    test: str
    step: str | None
    anchored: bool
    cross: bool
    groups: int
    tested: int
    purge: int | None
    embargo: int | None
    blocks: int
    as_json: bool


@dataclass(frozen=True, slots=True)
class _Found:
    steps: Sequence[Step]
    joined: Joined
    crossed: Crossed | None


Made = list[tuple[Traded, list[Run]]]
"""Runs, and the bars that they were over."""


@dataclass(frozen=True, slots=True)
class Tally:
    """Keeps what was tried, window by window."""

    pool: Pool
    study: Study
    made: Made

    def begin(self, window: Window) -> None:
        """What is added from here on was run over it."""
        reckoning = self.pool.runner.reckoning(window)
        self.made.append((bars_of(reckoning, self.study.symbols, self.study.interval), []))

    def add(self, trial: Trial) -> None:
        """One more run."""
        self.made[-1][1].append((trial.params, trial.figures["sharpe"]))


def run(asked: Asked) -> int:
    """0 when there is a result, 1 when the strategy has findings. Raises UserError."""
    compiled = compiled_or_shown(asked.file)
    if compiled is None:
        return 1
    search = search_of(asked, compiled, OF_FOLDS)
    market, study = study_of(asked, compiled, search.space.fixed)
    made: Made = []
    found = _found(asked, study, search, made)
    if asked.as_json:
        from processors.research.report.walkforward_json import walkforward_json

        said = walkforward_json(study, search, found.steps, found.joined, found.crossed)
        click.echo(said, nl=False)
    else:
        click.echo(_told(study, search, found))
    noted = record(asked, compiled.wasm, "walkforward", made)
    for line in (*market.notes, noted):
        click.echo(line, err=asked.as_json)
    return 0


def _found(asked: Asked, study: Study, search: Search, made: Made) -> _Found:
    """made: takes what was tried."""
    folds_terms = {
        "train": _length("--train", asked.train),
        "test": _length("--test", asked.test),
    }
    step = None if asked.step is None else _length("--step", asked.step)
    try:
        with pool_of(study, processes_of(asked, study, search.runs)) as pool:
            folds = folds_of(
                pool.runner.tape.rows.ts,
                **folds_terms,
                step=step,
                anchored=asked.anchored,
                begin_us=study.begin_us,
            )
            with Bar(asked.file.name, "runs") as bar:
                tally = Tally(pool, study, made)
                return _done(asked, tally, search, folds, bar)
    except ValueError as error:
        raise UserError(sentence(error)) from None
    except ProcessLostError as error:
        raise UserError(f"The walk-forward came to no end: {error}.") from None


def _done(asked: Asked, tally: Tally, search: Search, folds: Sequence[Fold], bar: Bar) -> _Found:
    pool = tally.pool
    window = Window(folds[0].test.begin_us, None)
    total = search.runs * (len(folds) + asked.cross)
    done, shown_s = 0, 0.0

    def heard(trial: Trial) -> None:
        nonlocal done, shown_s
        done += 1
        tally.add(trial)
        if monotonic() - shown_s >= _SHOWN_EVERY_S:
            shown_s = monotonic()
            bar.update("runs", done, total)

    def searched(part: Window) -> Iterator[Trial]:
        tally.begin(part)
        for trial in search.trials(pool, part):
            heard(trial)
            yield trial

    across = None
    if asked.cross:  # first, as it refuses more
        terms = Terms(asked.groups, asked.tested, asked.purge, asked.embargo, asked.blocks)
        history = Window(folds[0].train.begin_us)
        tally.begin(history)
        across = crossed(pool, search, history, terms, heard)
    steps = list(walk_forward(pool.runner, folds, searched, search.by))
    return _Found(steps, joined(steps, pool.runner.reckoning(window)), across)


def _length(option: str, text: str) -> Length:
    try:
        return length_of(text)
    except ValueError as error:
        raise UserError(f"{option}: {error}.") from None


def _told(study: Study, search: Search, found: _Found) -> str:
    names = search.space.names
    heads = ["Trained from", "Tested from", "to", *names]
    heads += [f"{title(search.by)}, trained", *(f"{title(name)}, tested" for name in _TOLD)]
    rows = [
        [
            *(day(ts) for ts in _bounds(step)),
            *(setting(step.chosen.params[name]) for name in names),
            figure(search.by, step.chosen.figures[search.by]),
            *(figure(name, step.test[name]) for name in _TOLD),
        ]
        for step in found.steps
    ]
    both = found.joined
    all_ = ", ".join(f"{title(name)} {figure(name, both.figures[name])}" for name in _TOLD)
    share = UNDEFINED if both.efficiency is None else amount(100.0 * both.efficiency) + "%"
    lines = [
        study.compiled.metadata.docstring.strip().partition("\n")[0],
        *("", text_table(heads, rows), ""),
        f"All tests, one after the other: {all_}.",
        f"Efficiency, the tests' annual return by the trainings': {share}.",
    ]
    return "\n".join(lines + (_across(found.crossed) if found.crossed else []))


def _bounds(step: Step) -> tuple[int, int, int]:
    train, test = step.fold.train, step.fold.test
    assert train.begin_us is not None and test.begin_us is not None
    return train.begin_us, test.begin_us, int(step.ts[-1])


def _across(found: Crossed) -> list[str]:
    spread = spread_of(found.paths)
    assert spread is not None
    low, high = spread.interval
    lines = [
        f"Cross-validation, {integer(len(found.chosen))} splits: the Sharpe ratio of"
        f" {integer(len(found.paths))} paths is {amount(spread.median)} in the middle, and from"
        f" {amount(low)} to {amount(high)} for 95% of them."
    ]
    if found.overfitting is not None:
        lines.append(
            f"Probability of overfitting: {amount(100.0 * found.overfitting.probability)}%; so"
            " often the best of one half of the history was below the median in the other."
        )
    return lines
