"""`peripheral sweep`: tries many params, and shows which were best and what that is worth."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from time import monotonic

import click

from deploy.errors import UserError
from deploy.progress import Bar
from deploy.research.asked import compiled_or_shown
from deploy.research.asked_study import AskedStudy, no_bars, study_of
from deploy.research.outputs import check_file
from deploy.research.recorded import record
from deploy.research.sweep_params import space_for
from deploy.text_table import text_table
from processors.research.report.figures import figure, title
from processors.research.report.sweep_rows import as_csv, cells, heads
from processors.research.report.told_sweep import notes
from processors.research.study import Study
from processors.research.sweeps.pool import ProcessLostError
from processors.research.sweeps.ranking import Ranking, names_for
from processors.research.sweeps.search import Method, Search, check_space, processes_for
from processors.research.sweeps.swept import Swept, pool_of, swept
from processors.research.sweeps.tape import Window
from processors.research.sweeps.trial import Trial
from processors.research.trials import of_summary
from sandbox.compiler.driver import Compiled
from sandbox.errors import ParamError

_SHOWN_EVERY_S = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedSearch(AskedStudy):
    """Options that say what is tried, as they were given."""

    where: tuple[str, ...]
    method: Method
    trials: int
    seed: int
    by: str
    processes: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked(AskedSearch):
    """The command's options, as they were given."""

    top: int
    as_json: bool
    csv: Path | None
    html: Path | None


def run(asked: Asked) -> int:
    """0 when there is a result, 1 when the strategy has findings. Raises UserError."""
    check_file("--csv", asked.csv)
    check_file("--html", asked.html)
    compiled = compiled_or_shown(asked.file)
    if compiled is None:
        return 1
    search = search_of(asked, compiled)
    market, study = study_of(asked, compiled, search.space.fixed)
    if not any(len(bars) and (study.begin_us or 0) <= bars.ts[-1] for bars in study.bars):
        raise UserError(no_bars(market))
    found = _swept(asked, study, search)
    if asked.as_json:
        from processors.research.report.sweep_json import sweep_json

        click.echo(sweep_json(study, found, asked.top), nl=False)
    else:
        click.echo(_told(study, found, asked.top))
    runs = [(trial.params, trial.figures["sharpe"]) for trial in found.trials]
    bars = of_summary(found.summary, study.symbols, study.interval, found.period)
    noted = record(asked, compiled.wasm, "sweep", [(bars, runs)])
    for line in (*market.notes, *_written(asked, study, found), noted):
        click.echo(line, err=asked.as_json)
    return 0


def search_of(asked: AskedSearch, compiled: Compiled, more: tuple[str, ...] = ()) -> Search:
    """What is tried. more: figures that are wanted of each trial. Raises UserError."""
    if asked.trials < 1:
        raise UserError("--trials is a number from 1 on.")
    if asked.seed < 0:
        raise UserError("--seed is a number from 0 on.")
    specs = compiled.metadata.params
    space = space_for(specs, asked.params, asked.where)
    try:
        check_space(compiled.metadata, space)
    except ParamError as error:
        raise UserError(f"--param {error.param}: {error.reason}.") from None
    try:
        names = names_for(asked.by, more)
    except ValueError as error:
        raise UserError(f"--by: {error}.") from None
    return Search(space, asked.method, asked.by, names, asked.trials, asked.seed)


def processes_of(asked: AskedSearch, study: Study, runs: int) -> int:
    """How many processes to take. Raises UserError."""
    if asked.processes is None:
        return processes_for(sum(map(len, study.bars)), runs)
    if asked.processes < 1:
        raise UserError("--processes is a number from 1 on.")
    return asked.processes


def _swept(asked: Asked, study: Study, search: Search) -> Swept:
    with Bar(asked.file.name, "runs") as bar:
        shown_s = 0.0

        def heard(_: Trial, ranking: Ranking) -> None:
            nonlocal shown_s
            if monotonic() - shown_s >= _SHOWN_EVERY_S:
                shown_s = monotonic()
                bar.update("runs", len(ranking.trials), search.runs, best_so_far(ranking))

        try:
            with pool_of(study, processes_of(asked, study, search.runs)) as pool:
                return swept(pool, search, Window(study.begin_us), heard)
        except ValueError as error:
            raise UserError(sentence(error)) from None
        except ProcessLostError as error:
            raise UserError(f"The sweep came to no end: {error}.") from None


def best_so_far(ranking: Ranking) -> str:
    """For beside a progress bar."""
    if ranking.best is None:
        return ""
    return f", best {title(ranking.by)} {figure(ranking.by, ranking.best.figures[ranking.by])}"


def sentence(error: Exception) -> str:
    """A core's refusal as a sentence."""
    text = str(error)
    return f"{text[:1].upper()}{text[1:]}."


def _told(study: Study, found: Swept, top: int) -> str:
    head = study.compiled.metadata.docstring.strip().partition("\n")[0]
    table = text_table(heads(found), cells(found, found.top(top)))
    return "\n".join([head, "", table, "", *notes(found)])


def _written(asked: Asked, study: Study, found: Swept) -> list[str]:
    """Writes the files that were asked for; a sentence on each. Raises UserError."""
    lines = []
    try:
        if asked.csv:
            asked.csv.write_text(as_csv(found), encoding="utf-8")
            lines.append(f"Wrote {asked.csv}.")
        if asked.html:
            from processors.research.report.sweep_html import sweep_html

            asked.html.write_bytes(sweep_html(study, found, asked.top))
            lines.append(f"Wrote {asked.html}.")
    except OSError as error:
        raise UserError(f"{error.filename} can't be written: {error.strerror}.") from error
    return lines
