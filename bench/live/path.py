"""Bars a second of the live path: from the first publish until the last output is on the log, or in
the database where the projections run too. Beside it the same on stock agents, and a bare consumer.

A burst is one bar of each of 10,000 series at one instant.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from bench.bare import bare_bars_per_s
from bench.chain import RUN_LIMIT_S, Chain, Run
from bench.live.strategies import CROSSES, TEN, Deployment, deploy
from bench.load import Load
from bench.market import random_walks
from bench.progress import Progress, ReadStand, signals_on_log, stand_by_log, stand_by_offsets
from bench.system import pids, running
from deploy.services import Program, workers
from streams.settings import Settings

BUDGET_S = 60.0
COMPUTING = ("indicators", "evaluation")
PROJECTING = (*COMPUTING, "projections")
STOCK = (sys.executable, "-m", "bench.stock")
BURST_SERIES = 10_000
BURST_WARM_UP_BARS = 8
"""Of each series: its blocks are there, and the shortest averages know something."""
REST_S = 2.0


@dataclass(frozen=True, slots=True)
class Path:
    """What a path gave. bare: bars a second of a bare consumer of the same log."""

    runs: list[Run]
    bare: list[float]


@contextmanager
def ten_strategies(
    roles: Sequence[str], *reads: ReadStand, chosen: Sequence[Deployment] = TEN
) -> Iterator[Chain]:
    """A system of these roles alone, with ten deployments active."""

    def programs(settings: Settings) -> list[Program]:
        return [program for program in workers(settings) if program.name in roles]

    with running(programs) as supervisor:
        asyncio.run(deploy(supervisor.settings, chosen))
        groups = [f"peripheral.{role}" for role in COMPUTING if role in roles]
        yield Chain(supervisor.settings, pids(supervisor), groups, reads)


def to_the_log(bars: int, count: int) -> Path:
    """`count` runs of so many bars through indicators and evaluation."""
    with ten_strategies(COMPUTING, stand_by_log) as chain:
        return _path(chain, bars, count)


def to_the_database(bars: int, count: int) -> Path:
    """The same with the projections."""
    with ten_strategies(PROJECTING, stand_by_offsets) as chain:
        return _path(chain, bars, count)


def bars_to_the_database(bars: int, count: int) -> Path:
    """Bars alone, which the projections read from the log."""
    with ten_strategies(["projections"], stand_by_offsets, chosen=()) as chain:
        return _path(chain, bars, count)


def crosses_to_the_database(bars: int, count: int) -> Path:
    """The same of strategies that say less."""
    with ten_strategies(PROJECTING, stand_by_offsets, chosen=CROSSES) as chain:
        return _path(chain, bars, count)


def _path(chain: Chain, bars: int, count: int) -> Path:
    runs = asyncio.run(chain.runs(bars, count, BUDGET_S))
    return Path(runs, asyncio.run(bare_bars_per_s(chain.settings, count)))


def stock(bars: int, count: int) -> list[Run]:
    """The same to the log on stock agents, their state in memory."""

    def programs(settings: Settings) -> list[Program]:
        variables = {"BENCH_STOCK_STRATEGIES": "ten"}
        return [
            Program(role, [role], settings, command=STOCK, variables=variables)
            for role in COMPUTING
        ]

    with running(programs) as supervisor:
        groups = [f"stock.{role}" for role in COMPUTING]
        chain = Chain(supervisor.settings, pids(supervisor), groups, [stand_by_log])
        return asyncio.run(chain.runs(bars, count, BUDGET_S))


def bursts(count: int) -> list[Run]:
    """A minute that closes over a whole market, so often."""
    with ten_strategies(PROJECTING, stand_by_offsets, signals_on_log) as chain:
        return asyncio.run(_bursts(chain, count))


async def _bursts(chain: Chain, count: int) -> list[Run]:
    market = random_walks("burst", BURST_SERIES, BURST_WARM_UP_BARS + count)
    warm_up = BURST_SERIES * BURST_WARM_UP_BARS
    done: list[Run] = []
    async with (
        Load(chain.settings) as load,
        Progress(chain.settings, chain.groups, chain.reads) as progress,
    ):
        for start in (0, *range(warm_up, len(market), BURST_SERIES)):
            size = BURST_SERIES if start else warm_up
            load.build(market.part(start, start + size))
            done.append(await chain.run(progress, size, load.send(), RUN_LIMIT_S))
            await asyncio.sleep(REST_S)
    return done[1:]
