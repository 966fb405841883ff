"""What a deployment would have earned between two cuts: an account of its own for each series."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

import psycopg

from deploy.worlds.moment import EPOCH
from deploy.worlds.world import connected
from processors.evaluation.run import rules_of
from processors.research.backtest import backtest
from processors.research.stored import stored_bars
from sandbox.errors import ModuleError
from sandbox.host.book import book_module
from sandbox.host.engine import SandboxEngine
from sandbox.host.module import load_module
from schemas.events.fills import FillTerms
from schemas.events.strategies import SeriesFilter, StrategyDeployed
from schemas.series import Series
from streams.settings import Settings

FIND = """
    SELECT d.deployment_id, d.strategy_id, d.version, d.params, d.series, d.rules, v.wasm
    FROM deployments d JOIN strategy_versions v
      ON v.strategy_id = d.strategy_id AND v.version = d.version
    WHERE d.deployment_id = %s
"""
SERIES = """
    SELECT s.feed, s.symbol, s.interval,
        (SELECT min(ts) FROM bars b WHERE b.series_id = s.series_id
         AND b.source_offset >= (%(since)s::bigint[])[s.partition + 1]
         AND NOT EXISTS (  -- one from before that was corrected since
            SELECT 1 FROM superseded_bars e WHERE e.series_id = b.series_id AND e.ts = b.ts
            AND e.source_offset < (%(since)s::bigint[])[s.partition + 1])),
        (SELECT min(ts) FROM bars b WHERE b.series_id = s.series_id
         AND b.source_offset >= (%(until)s::bigint[])[s.partition + 1])
    FROM series s ORDER BY 1, 2, 3
"""


@dataclass(frozen=True, slots=True)
class Outcome:
    """trades: that ended or were open at the end; profit: net, in the accounts' currency."""

    series: int
    trades: int
    profit: float
    fees: float


@dataclass(frozen=True, slots=True)
class Stretch:
    """A series' bars from begin on, before end; begin None where there are none."""

    series: Series
    begin: datetime | None
    end: datetime | None


def stretches(settings: Settings, since: Sequence[int], until: Sequence[int]) -> list[Stretch]:
    """Of every series, between offsets of bars by partition."""
    with connected(settings) as connection:
        rows = connection.execute(SERIES, {"since": list(since), "until": list(until)}).fetchall()
    return [Stretch(Series(*row[:3]), *row[3:]) for row in rows]


def outcome(
    settings: Settings,
    deployment_id: str,
    parts: Sequence[Stretch],
    progress: Callable[[int], None],
) -> Outcome | None:
    """Of a deployment in a world; None of a module that another compiler made."""
    with connected(settings) as connection:
        row = connection.execute(FIND, [deployment_id]).fetchone()
        if row is None:
            return None
        deployment = StrategyDeployed(
            deployment_id=row[0],
            strategy_id=row[1],
            version=row[2],
            params=row[3],
            series=SeriesFilter(**row[4]),
            author="",
            rules=None if row[5] is None else FillTerms(**row[5]),
        )
        return _outcome(connection, deployment, bytes(row[6]), parts, progress)


def _outcome(
    connection: psycopg.Connection,
    deployment: StrategyDeployed,
    wasm: bytes,
    parts: Sequence[Stretch],
    progress: Callable[[int], None],
) -> Outcome | None:
    engine = SandboxEngine()
    try:
        strategy, book = load_module(engine, wasm), book_module(engine)
    except ModuleError:
        return None
    rules = rules_of(deployment)
    found = [0, 0, 0.0, 0.0]
    try:
        for part in parts:
            if part.begin is None or not deployment.series.matches(part.series):
                continue
            end_us = None if part.end is None else microseconds(part.end)
            bars = stored_bars(connection, [part.series], end_us)
            begin_us = microseconds(part.begin)
            result = backtest(strategy, book, bars, deployment.params, rules, begin_us=begin_us)
            found[0] += 1
            found[1] += len(result.trades)
            found[2] += float(result.trades.pnl.sum())
            found[3] += float(result.fills.fee.sum())
            progress(len(bars[0]))
    finally:
        engine.close()
    return Outcome(int(found[0]), int(found[1]), found[2], found[3])


def microseconds(moment: datetime) -> int:
    return round((moment - EPOCH).total_seconds() * 1_000_000)
