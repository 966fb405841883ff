"""One backtest as a person asks for it: a strategy, bars, and how it trades; and its report."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace

import numpy as np

from processors.research.backtest import Result, Source, backtest, backtest_over
from processors.research.listing import NOTHING_KNOWN, Listing, own_rules
from processors.research.merged import CHUNK_BARS
from processors.research.report.report import Report
from processors.research.statistics.summary import summary
from sandbox.compiler.driver import Compiled
from sandbox.fills import NO_COSTS, FillRules
from sandbox.host.book import book_module
from sandbox.host.engine import SandboxEngine
from sandbox.host.module import StrategyModule, load_module
from schemas.columns import BarColumns

_OTHERS = ("cash", "leverage", "at_close")


class NoBarsError(Exception):
    """There is no bar that could be traded."""


@dataclass(frozen=True, slots=True)
class Study:
    """What is asked. source_name: the strategy's file or id. symbols, bars, listings: side by
    side, at least one. begin_us: what is earlier warms up only. risk_free: by the year, a fraction.
    source: the bars, where they are too many to be held: then `bars` has none of any symbol, and
    the study can be run once.
    """

    compiled: Compiled
    source_name: str
    symbols: tuple[str, ...]
    interval: str
    bars: Sequence[BarColumns]
    params: Mapping[str, float]
    rules: FillRules = NO_COSTS
    begin_us: int | None = None
    risk_free: float = 0.0
    listings: Sequence[Listing] | None = None
    source: Source | None = None

    @property
    def has_bars(self) -> bool:
        """Whether any bar is left that is not for warming up only; True where that is not known
        before all were seen."""
        begin_us = self.begin_us or 0
        known = any(len(bars) and begin_us <= bars.ts[-1] for bars in self.bars)
        return known or self.source is not None


def report_of(study: Study, progress: Callable[[int], None] = lambda _: None) -> Report:
    """Runs it. Raises ParamError, ActionError, and NoBarsError."""
    engine = SandboxEngine()
    try:
        strategy = load_module(engine, study.compiled.wasm)
        return report_with(study, strategy, book_module(engine), progress)
    finally:
        engine.close()


def report_with(
    study: Study,
    strategy: StrategyModule,
    book: StrategyModule,
    progress: Callable[[int], None] = lambda _: None,
    chunk_bars: int = CHUNK_BARS,
) -> Report:
    """The same on modules that are ready; of study.compiled only the metadata are looked at."""
    if not study.has_bars:
        raise NoBarsError("There are no bars in this period")
    if study.source is None:
        listings, begin_us = study.listings, study.begin_us
        result = backtest(
            strategy, book, study.bars, study.params, study.rules,
            listings=listings, begin_us=begin_us, progress=progress, chunk_bars=chunk_bars,
        )  # fmt: skip
    else:
        rules = own_rules(study.rules, study.listings, len(study.symbols))
        result = backtest_over(
            strategy, book, study.source, study.params, rules, study.begin_us,
            progress=progress, chunk_bars=chunk_bars,
        )  # fmt: skip
    if not result.course.n:
        raise NoBarsError("There are no bars in this period")
    return _report(study, result)


def _report(study: Study, result: Result) -> Report:
    metadata, curve, course = study.compiled.metadata, result.curve, result.course
    title, _, rest = metadata.docstring.strip().partition("\n")
    return Report(
        title=title,
        source_name=study.source_name,
        description=rest.strip(),
        params={spec.name: study.params.get(spec.name, spec.default) for spec in metadata.params},
        symbols=study.symbols,
        interval=study.interval,
        period=(course.first_ts, course.last_ts),
        settings=_settings(study.rules),
        summary=summary(
            curve,
            result.fills,
            result.trades,
            initial_cash=study.rules.cash,
            risk_free=study.risk_free,
            course=course,
        ),
        initial_cash=study.rules.cash,
        worst_drawdowns=course.drawdowns.worst,
        curve=curve,
        fills=result.fills,
        trades=result.trades,
        bars=tuple(_since(bars, study.begin_us) for bars in result.bars_in_units),
        notes=tuple(_notes(study, result)),
    )


def _settings(rules: FillRules) -> dict[str, str | float]:
    """Cash, leverage and the fill policy always, of the costs those that there are."""
    known = asdict(rules)
    policy = "this close" if rules.at_close else "next open"
    costs = {
        name: value
        for name, value in known.items()
        if name not in _OTHERS and value != getattr(NO_COSTS, name)
    }
    return {"cash": rules.cash, "leverage": rules.leverage, "market_orders": policy, **costs}


def _notes(study: Study, result: Result) -> list[str]:
    notes = []
    listings = study.listings or [NOTHING_KNOWN] * len(study.bars)
    if any(each.actions.within(b) for each, b in zip(listings, study.bars, strict=True)):
        notes.append(
            "Prices and units of trades are those of the day on which the run begins: splits were"
            " applied since, dividends paid in cash. Fills are as they were."
        )
    if any(each.actions.inside(b) for each, b in zip(listings, study.bars, strict=True)):
        notes.append(
            "A split or dividend counts from the first bar that opens at or behind midnight UTC of"
            " its day, here perhaps a bar late: bars that open within their day tell it in time."
        )
    if len(result.curve) < result.course.n:
        notes.append(
            f"The account is told at {len(result.curve):,} of {result.course.n:,} times; the"
            " statistics are of all of them."
        )
    if study.source is not None:
        notes.append("The bars were too many for their prices to be drawn.")
    refusals = result.refusals
    if len(refusals):
        symbol = study.symbols[refusals.symbol[0]]
        day = np.datetime64(int(refusals.ts[0]), "us").astype("datetime64[s]")
        notes.append(
            f"{refusals.count.sum():,} orders were refused, since the account had no room for them"
            f" or the size was less than a lot; the first was {symbol} at {day}."
        )
    if result.traps:
        notes.append(f"The strategy failed on {result.traps:,} bars, which it passed over.")
    if not len(result.fills):
        notes.append("The strategy never traded.")
    return notes


def _since(bars: BarColumns, begin_us: int | None) -> BarColumns:
    first = 0 if begin_us is None else int(np.searchsorted(bars.ts, begin_us))
    return bars.take(slice(first, None)) if first else bars


def until(study: Study, end_us: int | None) -> Study:
    """The same with no bar at or behind end_us."""
    if end_us is None:
        return study
    cut = [bars.take(slice(int(np.searchsorted(bars.ts, end_us)))) for bars in study.bars]
    return replace(study, bars=cut)
