"""Bars a second from the first publish until every row that follows is committed."""

from __future__ import annotations

import asyncio
import os
import subprocess
import time
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from bench.load import Load
from bench.market import Market, random_walks
from bench.processes import OTHERS, Pids, cpu_seconds
from bench.progress import Progress, ReadStand, stand_by_offsets
from deploy.environment import child_environment
from deploy.services import PERIPHERAL
from streams.catalog import BARS, SIGNALS
from streams.settings import Settings

SERIES = 50
WARM_UP_BARS = 5_000
ACTIVE_LIMIT_S = 60.0
RUN_LIMIT_S = 120.0
GROUPS = ("peripheral.bars", "peripheral.indicators", "peripheral.evaluation")


@dataclass(frozen=True, slots=True)
class Run:
    """One run over `bars` bars. cpu_s: CPU seconds by process; lags_s: by topic, how long after
    the start its last row was committed."""

    bars: int
    signals: int
    seconds: float
    cpu_s: dict[str, float]
    lags_s: dict[str, float]

    @property
    def bars_per_s(self) -> float:
        return self.bars / self.seconds

    @property
    def cpu_us(self) -> dict[str, float]:
        """Microseconds of CPU a bar by process of the system, the busiest first."""
        costs = {name: s / self.bars * 1e6 for name, s in self.cpu_s.items() if name != OTHERS}
        return dict(sorted(costs.items(), key=lambda item: -item[1]))

    @property
    def total_us(self) -> float:
        """Microseconds of CPU a bar over all processes of the system."""
        return sum(self.cpu_us.values())

    @property
    def cores(self) -> tuple[float, float]:
        """How many cores were at work for the system, and how many for anything else."""
        others_s = self.cpu_s[OTHERS]
        ours_s = sum(self.cpu_s.values()) - others_s
        return ours_s / self.seconds, others_s / self.seconds

    def as_json(self) -> dict[str, Any]:
        return {
            "bars": self.bars,
            "signals": self.signals,
            "seconds": round(self.seconds, 3),
            "cpu_us_per_bar": {name: round(cost, 2) for name, cost in self.cpu_us.items()},
            "cores_at_work": round(self.cores[0], 2),
            "cores_of_others": round(self.cores[1], 2),
            "last_row_s": {topic: round(lag, 3) for topic, lag in self.lags_s.items()},
        }


@dataclass(frozen=True, slots=True)
class Chain:
    """A system that works on bars, and how its progress is seen."""

    settings: Settings
    pids: Pids
    groups: Sequence[str]
    reads: Sequence[ReadStand]

    async def runs(self, bars: int, count: int, budget_s: float) -> list[Run]:
        """`count` runs of `bars` bars each, of the same series one after the other, once warm.

        Fewer runs, but at least one, where they would take longer than budget_s.
        """
        market = random_walks("bench", SERIES, (WARM_UP_BARS + count * bars) // SERIES + 1)
        sizes = [WARM_UP_BARS] + [bars] * count
        done: list[Run] = []
        start = 0
        async with (
            Load(self.settings) as load,
            Progress(self.settings, self.groups, self.reads) as progress,
        ):
            began_s = time.monotonic()
            for size in sizes:
                if len(done) > 1 and time.monotonic() - began_s > budget_s * len(done) / count:
                    break
                load.build(market.part(start, start + size))
                start += size
                done.append(await self.run(progress, size, load.send(), RUN_LIMIT_S))
        return done[1:]

    async def ingest(self, market: Market, folder: Path) -> Run:
        """A run from a CSV file by `peripheral ingest`, of which all counts, its start too."""
        path = folder / "bars.csv"
        market.write_csv(path)
        names = ("--feed", market.series[0].feed, "--interval", market.series[0].interval)
        async with Progress(self.settings, self.groups, self.reads) as progress:
            sending = publish_file(self.settings, path, names)
            return await self.run(progress, len(market), sending, RUN_LIMIT_S)

    async def run(
        self, progress: Progress, bars: int, sending: Coroutine[Any, Any, float], limit_s: float
    ) -> Run:
        """One run. sending: publishes the bars and returns when it began to."""
        ends = await progress.end(BARS), await progress.end(SIGNALS)
        before = cpu_seconds(self.pids)
        task = asyncio.create_task(sending)
        await progress.settle(task.done, limit_s)
        began_s = await task
        after = cpu_seconds(self.pids)
        assert await progress.end(BARS) - ends[0] == bars, "every bar went in"
        return Run(
            bars=bars,
            signals=await progress.end(SIGNALS) - ends[1],
            seconds=max(progress.reached_s.values()) - began_s,
            cpu_s={name: after[name] - before[name] for name in after},
            lags_s={topic: at_s - began_s for topic, at_s in progress.reached_s.items()},
        )


async def publish_file(settings: Settings, path: Path, names: Sequence[str]) -> float:
    """`peripheral ingest` of a file in a process of its own; when it was started."""
    began_s = time.monotonic()
    process = await asyncio.create_subprocess_exec(
        *(*PERIPHERAL, "ingest", str(path), *names),
        env=child_environment(settings),
        stdout=subprocess.DEVNULL,
    )
    assert await process.wait() == 0, "every row is good"
    return began_s


def wait_until_active(settings: Settings, deployments: int) -> None:
    """Wait until each deployment is active on each partition, as the database shows it."""
    wanted = deployments * settings.kafka.partitions
    deadline_s = time.monotonic() + ACTIVE_LIMIT_S
    with psycopg.connect(settings.database_url, autocommit=True) as connection:
        while True:
            row = connection.execute(
                "SELECT count(*) FROM activations WHERE until_offset IS NULL"
            ).fetchone()
            if row is not None and row[0] == wanted:
                return
            assert time.monotonic() < deadline_s, f"{row} of {wanted} activations"
            time.sleep(0.1)


def our_chain(settings: Settings, pids: Pids) -> Chain:
    """The chain as `peripheral up` runs it."""
    return Chain(settings, pids, GROUPS, [stand_by_offsets])


def limit_of(runs: Sequence[Run]) -> str:
    """What keeps a chain from more, by the CPU time that its processes took."""
    run = sorted(runs, key=lambda run: run.bars_per_s)[len(runs) // 2]
    cores = os.cpu_count() or 1
    total_us = run.total_us
    name, busiest_us = next(iter(run.cpu_us.items()))
    used, others = run.cores
    return (
        f"{total_us:.0f} µs of CPU a bar over all processes: {cores} cores allow at most "
        f"{cores / total_us * 1e6:,.0f} bars/s; {used:.2f} were at work for it and "
        f"{others:.2f} for others (the bench itself, whatever else runs); {name} takes most, "
        f"{busiest_us:.1f} µs a bar, so on a core of its own it could do {1e6 / busiest_us:,.0f}/s"
    )
