"""The parts of a benchmark: each runs something real and gives its figures."""

from __future__ import annotations

import asyncio
import re
import statistics
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import httpx

from bench.bare import bare_bars_per_s
from bench.chain import SERIES, Chain, Run, limit_of, our_chain, wait_until_active
from bench.figures import Figure, Peer
from bench.latency import (
    EVENTS,
    Latencies,
    deploy_probe,
    latencies,
    percentile,
    rounds_of_bars,
    undeploy_probe,
)
from bench.market import random_walks
from bench.processes import Memory, memory
from bench.progress import stand_by_rows
from bench.start import READY, Start, clone, start_and_stop
from bench.system import our_programs, pids, running, temporary_folder
from deploy.api_client import api_url
from deploy.examples import register_examples
from deploy.services import Program
from streams.settings import Settings

EXAMPLES = 3
STOCK = (sys.executable, "-m", "bench.stock")
STOCK_ROLES = ("bars", "indicators", "evaluation", "projections")
STOCK_GROUPS = ("stock.bars", "stock.indicators", "stock.evaluation")
REST_S = 5.0
ROUNDS = 3
MIB = 1 << 20
BATCHES = (
    "idle: what the process imports; after load: fetched batches, their decoded and their encoded "
    "form, in pages that the allocator keeps for the next"
)
MEMORY_LIMITS = {
    "broker": "the Java heap (at most 512 MiB) and the virtual machine itself",
    "database": "the pages of its 512 MiB of shared buffers that were touched so far",
    "compilation": "the pool of processes that compile, each with the compiler in it",
    "assistant": "what the process imports; it had nothing to do",
}


@dataclass(frozen=True, slots=True)
class Scale:
    """How much is run. budget_s: of each chain, after which no further run begins. research:
    whether that is measured too; table_bars: how many go into the database and out of it."""

    runs: int
    chain_bars: int
    stock_bars: int
    samples: int
    budget_s: float
    starts: int
    research: bool
    table_bars: int


FULL = Scale(
    runs=3,
    chain_bars=100_000,
    stock_bars=4_000,
    samples=100,
    budget_s=60.0,
    starts=3,
    research=True,
    table_bars=5_000_000,
)
QUICK = Scale(
    runs=1,
    chain_bars=30_000,
    stock_bars=2_000,
    samples=80,
    budget_s=15.0,
    starts=0,
    research=False,
    table_bars=0,
)


@dataclass(frozen=True, slots=True)
class Measured:
    """What one system of ours gave."""

    idle: dict[str, Memory]
    loaded: dict[str, Memory]
    latencies: list[Latencies]
    runs: list[Run]
    ingest: Run
    bare: list[float]


def measure_system(scale: Scale) -> Measured:
    """Latency, chain and memory, on one system: quiet first, then under load."""
    with running(our_programs) as supervisor, temporary_folder() as folder:
        settings, processes = supervisor.settings, pids(supervisor)
        register_examples(settings)
        wait_until_active(settings, EXAMPLES)
        time.sleep(REST_S)
        idle = memory(processes)
        with probe(settings):
            rounds = [
                asyncio.run(latencies(settings, bars))
                for bars in rounds_of_bars(ROUNDS, scale.samples)
            ]
        chain = our_chain(settings, processes)
        runs = asyncio.run(chain.runs(scale.chain_bars, scale.runs, scale.budget_s))
        market = random_walks("ingest", SERIES, scale.chain_bars // SERIES)
        ingest = asyncio.run(chain.ingest(market, folder))
        bare = asyncio.run(bare_bars_per_s(settings, runs=3))
        time.sleep(REST_S)
        return Measured(idle, memory(processes), rounds, runs, ingest, bare)


@contextmanager
def probe(settings: Settings) -> Iterator[None]:
    """A strategy that signals at every bar is active while inside."""
    with httpx.Client(base_url=api_url(settings), timeout=20.0) as client:
        deploy_probe(client)
        wait_until_active(settings, EXAMPLES + 1)
        yield
        undeploy_probe(client)
        wait_until_active(settings, EXAMPLES)


def measure_stock(scale: Scale, state: str) -> list[Run]:
    """The chain on stock agents. state: `memory` or `table`."""

    def programs(settings: Settings) -> list[Program]:
        variables = {"BENCH_STOCK_STATE": state}
        return [
            Program(role, [role], settings, command=STOCK, variables=variables)
            for role in STOCK_ROLES
        ]

    with running(programs) as supervisor:
        chain = Chain(supervisor.settings, pids(supervisor), STOCK_GROUPS, [stand_by_rows])
        return asyncio.run(chain.runs(scale.stock_bars, scale.runs, scale.budget_s))


def measure_starts(scale: Scale) -> list[Start]:
    """`make run` in a fresh clone, and again with everything there."""
    with temporary_folder() as folder:
        checkout = clone(folder)
        return [start_and_stop(checkout) for _ in range(scale.starts)]


def chain_figures(ours: Measured, stock: list[Run], tables: list[Run]) -> Iterator[Figure]:
    """Bars a second, ours beside the others."""
    bare = Peer("bare consumer", statistics.median(ours.bare))
    peers = [bare_of("stock", stock), bare_of("stock with tables", tables), bare]
    for name, runs, beside in (
        ("whole chain", ours.runs, peers),
        ("whole chain, from CSV by `peripheral ingest`", [ours.ingest], peers),
        ("stock Faust agents, state in memory", stock, []),
        ("stock Faust agents, state in tables", tables, []),
    ):
        samples = [run.bars_per_s for run in runs]
        details = {"runs": [run.as_json() for run in runs]}
        yield Figure("chain", name, "bars/s", samples, limit_of(runs), beside, details)
    limit = "one core: aiokafka's fetching in Python, then msgspec; the broker serves it beside"
    yield Figure("chain", "bare consumer that decodes", "bars/s", ours.bare, limit)
    yield Figure(
        *(
            "chain",
            "CPU of all processes, whole chain",
            "µs/bar",
            [run.total_us for run in ours.runs],
        ),
        "the same as the chain's bars/s, and less moved by what else the machine does",
        [
            Peer(name, statistics.median(run.total_us for run in runs))
            for name, runs in (("stock", stock), ("stock with tables", tables))
        ],
    )


def bare_of(name: str, runs: list[Run]) -> Peer:
    """Those runs as a peer."""
    return Peer(name, statistics.median(run.bars_per_s for run in runs))


def latency_figures(rounds: list[Latencies]) -> Iterator[Figure]:
    """p50 of each round, p99 of all, of each event at an SSE client."""
    for percent in (50, 99):
        floor = statistics.median(percentile(one.kafka[EVENTS[0]], percent) for one in rounds)
        for event in EVENTS:
            at_kafka = statistics.median(percentile(one.kafka[event], percent) for one in rounds)
            yield Figure(
                "latency",
                f"bar produced → {event} at an SSE client, p{percent}",
                "ms",
                [percentile(one.sse[event], percent) for one in rounds],
                f"a Kafka consumer sees it after {at_kafka:.1f} ms; what comes on top is the "
                "stream's, whose hub writes once per tick",
                [Peer("bare produce → consume", floor)],
                {"samples": sum(len(one.sse[event]) for one in rounds)},
            )


def memory_figures(idle: dict[str, Memory], loaded: dict[str, Memory]) -> Iterator[Figure]:
    """Resident memory of each process and of all, after the chain's load, beside before."""
    for name, after in loaded.items():
        before = idle[name]
        yield Figure(
            *("memory", f"{name}, after the chain", "MiB", [after.best / MIB]),
            MEMORY_LIMITS.get(name, BATCHES),
            peers=[Peer("idle", before.best / MIB)],
            details={"rss_mib": after.rss / MIB, "is_pss": after.pss is not None},
        )
    total, before_all = (sum(m.best for m in side.values()) / MIB for side in (loaded, idle))
    yield Figure(
        *("memory", "all, after the chain", "MiB", [total]),
        "the sum of the above",
        [Peer("idle", before_all)],
    )


def start_figures(starts: list[Start]) -> Iterator[Figure]:
    """Seconds to ready and to the end."""
    first, *later = starts
    details = {"first": first.lines, "second": later[0].lines}
    yield Figure(
        *("start", "`make run` in a fresh clone to ready, first time", "s", [first.ready_s]),
        "making the environment and fetching packages and jars: " + step_times(first),
        details=details,
    )
    yield Figure(
        *("start", "`make run` to ready, second time", "s", [start.ready_s for start in later]),
        step_times(later[0]),
        [Peer("the first time", first.ready_s)],
    )
    stops = [start.stop_s for start in starts]
    limit = "the broker's and the workers' own orderly ends"
    yield Figure("start", "Ctrl-C to the end", "s", stops, limit)


def step_times(start: Start) -> str:
    """The steps that `up` showed with their times, the longest first, as one line."""
    steps = re.findall(
        r"^  (.+?) {2,}.*? ([\d.]+) s$|^  (.+?) … (\d+) s$", "\n".join(start.lines), re.M
    )
    named = [(float(a or b), name or step) for name, a, step, b in steps]
    said = ", ".join(f"{name} {seconds:g} s" for seconds, name in sorted(named, reverse=True))
    own = next(line for line in start.lines if line.startswith(READY))
    return f"{said}; `up` itself says {own.removeprefix(READY).rstrip('.')}"
