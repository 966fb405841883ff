"""Runs of a strategy → events that say that they were made, for the log to count."""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from processors.research.frames import Done
from processors.research.report.report import Report
from processors.research.study import Study
from processors.research.sweeps.figures import Reckoning
from schemas.events.research import RunBacktest
from schemas.events.trials import TRIALS_MAX, Trial, TrialKind, TrialsMade

EVENT_NUMBERS_MAX = 8_000
"""Of all params in an event, so that it stays well below what a request may have."""
_NAME_CHARS_MAX = 64
_SOURCE_HEX_DIGITS = 16


@dataclass(frozen=True, slots=True)
class Bars:
    """What runs have in common: bars of these symbols, the first and the last that was traded, UTC
    microseconds, and how many returns that makes."""

    symbols: Sequence[str]
    interval: str
    period: tuple[int, int]
    periods: int
    per_year: float


Run = tuple[Mapping[str, float], float | int | None]
"""All params, and the annualised Sharpe ratio that they gave."""


def search_name(file_stem: str) -> str:
    """The name under which the runs of a file count: the id that it is registered under by
    default, where that is one."""
    found = re.sub(r"[^A-Za-z0-9._:-]", "-", file_stem)
    if not re.match(r"[A-Za-z0-9]", found):
        found = f"s{found}"
    return found[:_NAME_CHARS_MAX]


def trials_made(
    strategy_id: str, kind: TrialKind, author: str, wasm: str, bars: Bars, runs: Sequence[Run]
) -> Iterator[TrialsMade]:
    """As few events as there is room in. wasm: SHA-256 of the module."""
    year = math.sqrt(bars.per_year)
    numbers = max((len(params) for params, _ in runs), default=0) + 1
    each = max(min(TRIALS_MAX, EVENT_NUMBERS_MAX // numbers), 1)
    for start in range(0, len(runs), each):
        yield TrialsMade(
            strategy_id=strategy_id,
            kind=kind,
            author=author,
            wasm_sha256=wasm,
            symbols=tuple(bars.symbols),
            interval=bars.interval,
            begin_ts=bars.period[0],
            end_ts=bars.period[1],
            periods=bars.periods,
            periods_per_year=bars.per_year,
            trials=tuple(
                Trial(params=dict(params), sharpe=None if sharpe is None else sharpe / year)
                for params, sharpe in runs[start : start + each]
            ),
        )


def of_summary(
    summary: Mapping[str, float | int | None],
    symbols: Sequence[str],
    interval: str,
    period: tuple[int, int],
) -> Bars:
    """The bars of a backtest with that summary."""
    periods, per_year = summary["periods"], summary["periods_per_year"]
    assert periods is not None and per_year is not None, "a backtest has bars"
    return Bars(symbols, interval, period, int(periods), float(per_year))


def of_report(report: Report) -> tuple[Bars, list[Run]]:
    """The one run of a backtest."""
    bars = of_summary(report.summary, report.symbols, report.interval, report.period)
    return bars, [(params_of(report), report.summary["sharpe"])]


def params_of(report: Report) -> dict[str, float]:
    """All params of a report."""
    return {name: float(value) for name, value in report.params.items()}


def bars_of(reckoning: Reckoning, symbols: Sequence[str], interval: str) -> Bars:
    """Of the runs of a window."""
    ts, periods = reckoning.ts, reckoning.periods
    return Bars(symbols, interval, (int(ts[0]), int(ts[-1])), len(periods), periods.per_year)


def all_params(study: Study) -> dict[str, float]:
    """With the defaults of those that were not given."""
    specs = study.compiled.metadata.params
    return {spec.name: float(study.params.get(spec.name, spec.default)) for spec in specs}


def of_request(run: RunBacktest, done: Done) -> TrialsMade:
    """A request that has its result. A source without a strategy is a search of its own."""
    source = (run.source or "").encode()
    name = run.strategy_id or f"source-{hashlib.sha256(source).hexdigest()[:_SOURCE_HEX_DIGITS]}"
    bars = of_summary(done.summary, run.symbols, run.interval, done.period)
    runs = [(done.params, done.summary["sharpe"])]
    (made,) = trials_made(name, "backtest", run.author, done.wasm_sha256, bars, runs)
    return made
