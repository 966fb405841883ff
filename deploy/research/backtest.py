"""`peripheral backtest`: reads what it is given, runs it, and shows what came of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import click

from deploy.errors import UserError
from deploy.params import parse_params
from deploy.progress import Bar
from deploy.research.asked import compiled_or_shown, end_us
from deploy.research.asked_study import AskedStudy, no_bars, study_on
from deploy.research.backtest_table import table_of
from deploy.research.bars import Market
from deploy.research.long_market import opened_market
from deploy.research.outputs import check_file, check_folder
from deploy.research.recorded import record
from processors.research.report.report import Report
from processors.research.study import NoBarsError, Study, report_of, until
from processors.research.trials import of_report
from sandbox.compiler.driver import Compiled
from sandbox.errors import ParamError
from streams.actions import ActionError


@dataclass(frozen=True, slots=True)
class Asked(AskedStudy):
    """The command's options, as they were given."""

    as_json: bool
    equity: bool
    html: Path | None
    csv: Path | None
    parquet: Path | None


def run(asked: Asked) -> int:
    """0 when there is a result, 1 when the strategy has findings. Raises UserError."""
    check_file("--html", asked.html)
    check_folder("--csv", asked.csv)
    check_folder("--parquet", asked.parquet)
    compiled = compiled_or_shown(asked.file)
    if compiled is None:
        return 1
    report = _report(asked, compiled)
    if asked.as_json:
        from processors.research.report.as_json import as_json

        click.echo(as_json(report, equity=asked.equity), nl=False)
    else:
        click.echo(table_of(report))
    noted = record(asked, compiled.wasm, "backtest", [of_report(report)])
    for line in (*_written(asked, report), noted):
        click.echo(line, err=asked.as_json)
    return 0


def _report(asked: Asked, compiled: Compiled) -> Report:
    params, end = parse_params(asked.params), end_us("--to", asked.end)
    with opened_market(asked, end) as opened:
        market, total = opened.market, opened.total
        study = until(study_on(asked, compiled, params, market, opened.source), end)
        total = total or sum(map(len, study.bars)) or None
        report = _with_progress(asked.file.name, study, total, market)
    return replace(report, notes=(*market.notes, *report.notes))


def _with_progress(name: str, study: Study, total: int | None, market: Market) -> Report:
    try:
        with Bar(name) as bar:
            return report_of(study, lambda done: bar.update("bars", done, total))
    except ParamError as error:
        raise UserError(f"--param {error.param}: {error.reason}.") from None
    except ActionError as error:
        raise UserError(f"The splits and dividends can't be used: {error}.") from None
    except NoBarsError:
        raise UserError(no_bars(market)) from None


def _written(asked: Asked, report: Report) -> list[str]:
    """Writes the files that were asked for; a sentence on each. Raises UserError."""
    lines = []
    try:
        if asked.html:
            from processors.research.report.as_html import as_html

            asked.html.write_bytes(as_html(report))
            lines.append(f"Wrote {asked.html}.")
        if asked.csv:
            lines.append(_tables(report, asked.csv, "csv"))
        if asked.parquet:
            lines.append(_tables(report, asked.parquet, "parquet"))
    except OSError as error:
        raise UserError(f"{error.filename} can't be written: {error.strerror}.") from error
    return lines


def _tables(report: Report, folder: Path, form: Literal["csv", "parquet"]) -> str:
    from processors.research.report.as_tables import write_tables

    folder.mkdir(parents=True, exist_ok=True)
    return f"Wrote {', '.join(map(str, write_tables(report, folder, form)))}."
