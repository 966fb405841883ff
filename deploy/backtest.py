"""`peripheral backtest`: reads what it is given, runs it, and shows what came of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import click

from deploy.asked import begin_us, compiled_or_shown, end_us
from deploy.backtest_table import table_of
from deploy.costs import with_commission, with_slippage
from deploy.errors import UserError
from deploy.params import parse_params
from deploy.progress import Bar
from deploy.research_bars import Market, market_of
from processors.research.report.report import Report
from processors.research.study import Study, report_of, until
from sandbox.compiler.driver import Compiled
from sandbox.errors import ParamError
from sandbox.fills import FillRules
from streams.codec import rfc3339


@dataclass(frozen=True, slots=True)
class Asked:
    """The command's options, as they were given."""

    file: Path
    bar_files: tuple[Path, ...]
    sample: bool
    symbols: str | None
    feed: str
    interval: str | None
    begin: str | None
    end: str | None
    params: tuple[str, ...]
    cash: float
    commission: str | None
    slippage: str | None
    fill: str
    leverage: float
    maintenance: float
    borrow: float
    interest: float
    lot: float
    risk_free: float
    as_json: bool
    equity: bool
    html: Path | None
    csv: Path | None
    parquet: Path | None
    data_dir: Path | None


def run(asked: Asked) -> int:
    """0 when there is a result, 1 when the strategy has findings. Raises UserError."""
    compiled = compiled_or_shown(asked.file)
    if compiled is None:
        return 1
    report = _report(asked, compiled)
    if asked.as_json:
        from processors.research.report.as_json import as_json

        click.echo(as_json(report, equity=asked.equity), nl=False)
    else:
        click.echo(table_of(report))
    for line in _written(asked, report):
        click.echo(line, err=asked.as_json)
    return 0


def _report(asked: Asked, compiled: Compiled) -> Report:
    begin, end = begin_us("--from", asked.begin), end_us("--to", asked.end)
    market = market_of(asked, end)
    study = Study(
        compiled=compiled,
        source_name=asked.file.name,
        symbols=tuple(market.bars),
        interval=market.interval,
        bars=tuple(market.bars.values()),
        params=parse_params(asked.params),
        rules=_rules(asked),
        begin_us=begin,
        risk_free=asked.risk_free / 100.0,
    )
    study = until(study, end)
    total = sum(map(len, study.bars))
    try:
        with Bar(asked.file.name) as bar:
            report = report_of(study, lambda done: bar.update("bars", done, total))
    except ParamError as error:
        raise UserError(f"--param {error.param}: {error.reason}.") from None
    except ValueError:
        raise UserError(_no_bars(market)) from None
    return replace(report, notes=(*market.notes, *report.notes))


def _no_bars(market: Market) -> str:
    first = min(int(bars.ts[0]) for bars in market.bars.values() if len(bars))
    last = max(int(bars.ts[-1]) for bars in market.bars.values() if len(bars))
    return f"There are no bars in this period: they go from {rfc3339(first)} to {rfc3339(last)}."


def _rules(asked: Asked) -> FillRules:
    for name in ("maintenance", "borrow", "interest", "lot"):
        if not 0.0 <= getattr(asked, name) < float("inf"):
            raise UserError(f"--{name} is a number from 0 on.")
    for name in ("cash", "leverage"):
        if not 0.0 < getattr(asked, name) < float("inf"):
            raise UserError(f"--{name} is a number above 0.")
    rules = FillRules(
        at_close=float(asked.fill == "this-close"),
        cash=asked.cash,
        leverage=asked.leverage,
        maintenance=asked.maintenance,
        borrow=asked.borrow / 100.0,
        interest=asked.interest / 100.0,
        lot=asked.lot,
    )
    if asked.commission:
        rules = with_commission(rules, asked.commission)
    return with_slippage(rules, asked.slippage) if asked.slippage else rules


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
