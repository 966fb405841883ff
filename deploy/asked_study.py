"""What `backtest`, `sweep`, `walkforward` and `montecarlo` are all given → a study to run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import click

from deploy.commands.strategy_files import read_source
from deploy.configuration import load_settings
from deploy.costs import with_commission, with_slippage
from deploy.diagnostics import render
from deploy.errors import UserError
from deploy.research_bars import Market, bars_of_database, bars_of_files
from processors.research.study import Study, until
from sandbox.compiler.driver import Compiled, compile_source
from sandbox.errors import CompileError
from sandbox.fills import FillRules
from streams.sources.errors import RowError
from streams.sources.times import time_us

_DAY_US = 86_400_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedStudy:
    """Options that these commands share, as they were given."""

    file: Path
    bar_files: tuple[Path, ...]
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
    data_dir: Path | None


def compiled_or_told(file: Path) -> Compiled | None:
    """The strategy; None when it has findings, which are on stderr. Raises UserError."""
    source = read_source(file)
    try:
        return compile_source(source)
    except CompileError as error:
        told = (render(each, str(file)) for each in error.diagnostics)
        click.echo("\n\n".join(told), err=True)
        return None


def study_of(
    asked: AskedStudy, compiled: Compiled, params: Mapping[str, float]
) -> tuple[Market, Study]:
    """The bars, and the study. Raises UserError."""
    begin, end = _time("--from", asked.begin), _end(asked.end)
    market = _market(asked, end)
    study = Study(
        compiled=compiled,
        source_name=asked.file.name,
        symbols=tuple(market.bars),
        interval=market.interval,
        bars=tuple(market.bars.values()),
        params=params,
        rules=_rules(asked),
        begin_us=begin,
        risk_free=asked.risk_free / 100.0,
    )
    return market, until(study, end)


def _market(asked: AskedStudy, end_us: int | None) -> Market:
    symbols = [each.strip() for each in (asked.symbols or "").split(",") if each.strip()]
    if asked.bar_files:
        return bars_of_files(asked.bar_files, symbols, asked.interval)
    if not symbols:
        raise UserError("Say on which bars: --bars FILE.csv, or --symbols A,B of the database.")
    settings = load_settings(asked.data_dir)
    return bars_of_database(settings, asked.feed, symbols, asked.interval or "1d", end_us)


def no_bars(market: Market) -> str:
    first = min(int(bars.ts[0]) for bars in market.bars.values() if len(bars))
    last = max(int(bars.ts[-1]) for bars in market.bars.values() if len(bars))
    from streams.codec import rfc3339

    return f"There are no bars in this period: they go from {rfc3339(first)} to {rfc3339(last)}."


def _time(option: str, text: str | None) -> int | None:
    if text is None:
        return None
    try:
        return time_us(text)
    except RowError as error:
        raise UserError(f"{option}: {error}; write 2024-01-31 or 2024-01-31T15:30:00Z.") from None


def _end(text: str | None) -> int | None:
    """The first time that is left out: a day is meant with all of its bars."""
    found = _time("--to", text)
    if found is None or text is None:
        return None
    return found + (_DAY_US if len(text.strip()) <= len("2024-01-31") else 1)


def _rules(asked: AskedStudy) -> FillRules:
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
