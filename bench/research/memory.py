"""How a backtest's memory grows with its bars.

Each run is a process of its own: it makes its bars, notes its memory, runs, and says by how much
its highest memory was above that. Called with a number of bars it is that process.
"""

from __future__ import annotations

import resource
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing

import psutil

from bench.figures import Figure
from bench.research.bars import trending
from bench.research.ours import FEES, SMA_CROSS, Ours
from bench.system import ROOT

SIZES = (1_000_000, 5_000_000, 10_000_000)
BYTES_A_BAR_IN = 48
MIB = 1 << 20
_KIB = 1 if sys.platform == "darwin" else 1024  # what ru_maxrss counts


def memory_figures() -> Iterator[Figure]:
    """By how many bytes each further bar makes it larger, beside the bars themselves."""
    grown = {bars: grown_bytes(bars) for bars in SIZES}
    *_, first, last = SIZES  # in the first one what is imported and opened weighs more
    a_bar = (grown[last] - grown[first]) / (last - first)
    told = ", ".join(f"{size / MIB:,.0f} MiB at {bars:,}" for bars, size in grown.items())
    yield Figure(
        "research",
        "memory of a backtest with all statistics, for each further bar",
        "bytes",
        [a_bar],
        f"{told}, beside the bars' own {BYTES_A_BAR_IN} bytes; 100 M bars would take"
        f" {100e6 * (a_bar + BYTES_A_BAR_IN) / (1 << 30):.0f} GiB",
        (),
        {"target": 0, "bytes_a_bar_in": BYTES_A_BAR_IN, "grown_bytes": grown},
    )


def grown_bytes(bars: int) -> int:
    """In a process of its own."""
    command = [sys.executable, "-m", "bench.research.memory", str(bars)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return int(done.stdout)


def main() -> None:
    """Prints the bytes."""
    bars = trending(int(sys.argv[1]))
    with closing(Ours(SMA_CROSS, trending(1_000), FEES)):
        pass  # what is imported and loaded at first use
    before = psutil.Process().memory_info().rss
    with closing(Ours(SMA_CROSS, bars, FEES)):
        pass  # it has run once
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * _KIB - before)


if __name__ == "__main__":
    main()
