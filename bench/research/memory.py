"""How much memory a backtest takes over bars that are gone through, by how many they are.

Each run is a process of its own, which says its highest memory. Called with a strategy and a number
of bars it is that process: the bars come in blocks that are one walk forth and back again, so that
making them takes no memory, and little time.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from bench.figures import Figure
from bench.research.bars import trending
from bench.research.ours import FEES, SMA_CROSS
from bench.research.streams import MIB, Highest
from bench.system import ROOT
from processors.research.long_bars import LongBars
from processors.research.study import Study, report_of
from sandbox.compiler.driver import compile_source
from schemas.columns import NO_BARS, BarColumns
from schemas.series import interval_us

FEW, MANY = 10_000_000, 100_000_000
BLOCK = 500_000
SELDOM = SMA_CROSS.replace("sma(bar.close, fast)", "ema(bar.close, 1_000)").replace(
    "sma(bar.close, slow)", "ema(bar.close, 5_000)"
)
SOURCES = {"often": SMA_CROSS, "seldom": SELDOM}


def memory_figures() -> Iterator[Figure]:
    """By how many bytes each further bar makes a run larger, and each further fill."""
    seldom = {bars: run("seldom", bars) for bars in (FEW, MANY)}
    often = run("often", FEW)
    few, many = seldom[FEW], seldom[MANY]
    a_bar = (many["bytes"] - few["bytes"]) / (MANY - FEW)
    a_fill = (often["bytes"] - few["bytes"]) / (often["fills"] - few["fills"])
    told = ", ".join(
        f"{each['bytes'] / MIB:,.0f} MiB and {each['rate'] / 1e6:.0f} M bars/s at {bars:,} bars"
        for bars, each in seldom.items()
    )
    yield Figure(
        "research",
        "memory of a backtest with all statistics over bars that are gone through, a further bar",
        "bytes",
        [a_bar],
        f"{told}; what comes of it is kept: {a_fill:.0f} bytes for a further fill",
        (),
        {"target": 0, "bytes_a_fill": a_fill, "fills": [few["fills"], many["fills"]]},
    )


def run(name: str, bars: int) -> dict[str, float]:
    """In a process of its own: its highest memory in bytes, fills, and bars a second."""
    command = [sys.executable, "-m", "bench.research.memory", name, str(bars)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    told: dict[str, float] = json.loads(done.stdout)
    return told


def walked(count: int) -> Iterator[BarColumns]:
    """So many bars, in blocks."""
    forth = trending(min(BLOCK, count))
    back = replace(
        forth,
        open=forth.close[::-1].copy(),
        high=forth.high[::-1].copy(),
        low=forth.low[::-1].copy(),
        close=forth.open[::-1].copy(),
    )
    for first in range(0, count, BLOCK):
        block = (back if first // BLOCK % 2 else forth).take(slice(count - first))
        yield replace(block, ts=block.ts + first * interval_us("1m"))


def main() -> None:
    """Prints what was taken."""
    highest = Highest()
    highest.start()
    name, count = sys.argv[1], int(sys.argv[2])
    source = LongBars([walked(count)], lambda _: [np.zeros(0, np.int64)])
    compiled = compile_source(SOURCES[name])
    study = Study(compiled, name, ("BENCH",), "1m", [NO_BARS], {}, FEES, source=source)
    began = time.perf_counter()
    report = report_of(study)
    taken_s = time.perf_counter() - began
    told = {"bytes": highest.bytes, "fills": len(report.fills), "rate": count / taken_s}
    print(json.dumps(told))


if __name__ == "__main__":
    main()
