"""`make bench`: runs the parts, prints a table, writes `bench/results/<date>.json`."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from typing import Any

from bench.backup import backup_figures
from bench.figures import Figure, table_lines
from bench.live.measures import live_figures
from bench.machine import describe_machine
from bench.parts import (
    FULL,
    QUICK,
    Scale,
    chain_figures,
    latency_figures,
    measure_starts,
    measure_stock,
    measure_system,
    memory_figures,
    start_figures,
)
from bench.rebuild import rebuild_figures
from bench.research.measures import research_figures
from bench.sandbox.measures import sandbox_figures
from bench.system import ROOT
from bench.tables.measures import table_figures

RESULTS = ROOT / "bench" / "results"
PARTS = ("sandbox", "research", "tables", "chain", "live", "rebuild", "backup", "start")


def main() -> None:
    """Measure what was asked for."""
    arguments = parse()
    machine = describe_machine()
    print(f"{machine['cores']} cores of {machine['processor']}, {machine['memory_gib']} GiB,")
    print(f"Python {machine['python']}, load average {machine['load_average']} at the start\n")
    figures = list(measure(QUICK if arguments.quick else FULL, arguments.only))
    print("\n".join(table_lines(figures)), end="\n\n")
    for figure in figures:
        print(f"{figure.part}, {figure.name}: {figure.limit}")
    write(machine, figures)


def measure(scale: Scale, only: str | None) -> Iterator[Figure]:
    """The figures of a part, or of all that the scale has."""
    if only in (None, "sandbox"):
        say("strategies in the sandbox, beside numba, C and Python")
        yield from sandbox_figures()
    if only == "research" or (only is None and scale.research):
        say("backtests, screens and sweeps, beside vectorbt, backtesting.py and nautilus_trader")
        yield from research_figures()
    if only == "tables" or (only is None and scale.table_bars):
        say("bars into the database and out of it, beside a bare COPY and plain psycopg")
        yield from table_figures(scale.table_bars or FULL.table_bars)
    if only in (None, "chain"):
        say("latency, chain and memory of a system of its own")
        ours = measure_system(scale)
        say("the same chain on stock agents")
        stock, tables = measure_stock(scale, "memory"), measure_stock(scale, "table")
        yield from chain_figures(ours, stock, tables)
        yield from latency_figures(ours.latencies)
        yield from memory_figures(ours.idle, ours.loaded)
    if only in (None, "live"):
        say("the live path of ten strategies, beside stock agents")
        yield from live_figures(scale.chain_bars * 2, scale.stock_bars // 2, 3)
    if only in (None, "rebuild"):
        say("tables made anew from the log, beside a bare consumer")
        yield from rebuild_figures()
    if only in (None, "backup"):
        say("backup and restore of what a chain has left, beside pg_dump")
        yield from backup_figures()
    if scale.starts and only in (None, "start"):
        say("`make run` in a fresh clone")
        yield from start_figures(measure_starts(scale))


def say(text: str) -> None:
    print(f"… {text}", flush=True)


def write(machine: dict[str, Any], figures: list[Figure]) -> None:
    """Keep all of it, with every run's details."""
    RESULTS.mkdir(parents=True, exist_ok=True)
    path = RESULTS / f"{machine['date'].replace(':', '')}.json"
    found = {"machine": machine, "figures": [figure.as_json() for figure in figures]}
    path.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n")
    print(f"\nwritten to {path.relative_to(ROOT)}")


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    quick = "some 2 minutes; no start, no research, no tables, fewer runs"
    parser.add_argument("--quick", action="store_true", help=quick)
    parser.add_argument("--only", choices=PARTS, help="`chain` has latency and memory with it")
    return parser.parse_args()


if __name__ == "__main__":
    main()
