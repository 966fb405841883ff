"""Bars a second of the live path: from the first publish until the last output is on the log, or in
the database where the projections run too. Beside it the same on stock agents, and a bare consumer.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from bench.bare import bare_bars_per_s
from bench.chain import Chain, Run
from bench.live.strategies import deploy_ten
from bench.progress import stand_by_log, stand_by_offsets
from bench.system import pids, running
from deploy.services import Program, workers
from streams.settings import Settings

BUDGET_S = 60.0
COMPUTING = ("indicators", "evaluation")
PROJECTING = (*COMPUTING, "projections")


@dataclass(frozen=True, slots=True)
class Path:
    """What a path gave. bare: bars a second of a bare consumer of the same log."""

    runs: list[Run]
    bare: list[float]


def ours(roles: Sequence[str], bars: int, count: int) -> Path:
    """`count` runs of so many bars through these roles."""

    def programs(settings: Settings) -> list[Program]:
        return [program for program in workers(settings) if program.name in roles]

    with running(programs) as supervisor:
        settings = supervisor.settings
        asyncio.run(deploy_ten(settings))
        ends_in = stand_by_offsets if "projections" in roles else stand_by_log
        groups = [f"peripheral.{role}" for role in COMPUTING]
        chain = Chain(settings, pids(supervisor), groups, ends_in)
        runs = asyncio.run(chain.runs(bars, count, BUDGET_S))
        return Path(runs, asyncio.run(bare_bars_per_s(settings, count)))
