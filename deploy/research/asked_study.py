"""What `backtest`, `sweep`, `walkforward` and `montecarlo` are all given → a study to run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from deploy.research.asked import begin_us, end_us
from deploy.research.bars import Market, market_of
from deploy.research.costs import AskedRules, rules_of
from processors.research.backtest import Source
from processors.research.study import Study, until
from sandbox.compiler.driver import Compiled
from streams.codec import rfc3339


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedStudy(AskedRules):
    """Options that these commands share, as they were given."""

    file: Path
    bar_files: tuple[Path, ...]
    action_files: tuple[Path, ...]
    instrument_files: tuple[Path, ...]
    sample: bool
    symbols: str | None
    feed: str
    interval: str | None
    begin: str | None
    end: str | None
    params: tuple[str, ...]
    risk_free: float
    data_dir: Path | None


def study_of(
    asked: AskedStudy, compiled: Compiled, params: Mapping[str, float]
) -> tuple[Market, Study]:
    """The bars, and the study. Raises UserError."""
    end = end_us("--to", asked.end)
    market = market_of(asked, end)
    return market, until(study_on(asked, compiled, params, market), end)


def study_on(
    asked: AskedStudy,
    compiled: Compiled,
    params: Mapping[str, float],
    market: Market,
    source: Source | None = None,
) -> Study:
    """The study on these bars. source: of them, where the market has none. Raises UserError."""
    return Study(
        compiled=compiled,
        source_name=asked.file.name,
        symbols=tuple(market.bars),
        interval=market.interval,
        bars=tuple(market.bars.values()),
        params=params,
        rules=rules_of(asked),
        begin_us=begin_us("--from", asked.begin),
        risk_free=asked.risk_free / 100.0,
        listings=market.listings or None,
        source=source,
    )


def no_bars(market: Market) -> str:
    """A sentence for a period without bars, on where there are some."""
    if not any(map(len, market.bars.values())):
        return "There are no bars in this period."
    first = min(int(bars.ts[0]) for bars in market.bars.values() if len(bars))
    last = max(int(bars.ts[-1]) for bars in market.bars.values() if len(bars))
    return f"There are no bars in this period: they go from {rfc3339(first)} to {rfc3339(last)}."
