"""A thousand pairs of lengths over ten thousand bars, as `peripheral sweep` runs them."""

from __future__ import annotations

import time
from collections.abc import Iterator

from bench.figures import Figure
from bench.research.bars import trending
from bench.research.ours import FEES, SMA_CROSS
from processors.research.sweeps.pool import Pool
from processors.research.sweeps.ranking import names_for
from processors.research.sweeps.runner import Setting
from processors.research.sweeps.search import Search
from processors.research.sweeps.space import Axis, Space
from processors.research.sweeps.tape import Window
from sandbox.compiler.driver import compile_source

BARS, PROCESSES, ROUNDS = 10_000, 2, 5
FAST = tuple(float(length) for length in range(2, 27))
SLOW = tuple(float(length) for length in range(30, 110, 2))
TARGET_S = 1.0


def sweep_figures() -> Iterator[Figure]:
    """From the compiled strategy and its bars to the last trial's figures."""
    assert len(FAST) * len(SLOW) == 1_000
    bars = [trending(BARS)]
    setting = Setting(compile_source(SMA_CROSS).wasm, FEES)
    space = Space((Axis("fast", FAST), Axis("slow", SLOW)), {})
    search = Search(space, "grid", "sharpe", names_for("sharpe", ()))

    def once() -> float:
        began = time.perf_counter()
        with Pool(setting, bars, PROCESSES) as pool:
            tried = sum(1 for _ in search.trials(pool, Window()))
            seconds = time.perf_counter() - began
        assert tried == 1_000
        return seconds

    yield Figure(
        "research",
        "sweep of 1,000 pairs of params × 10,000 bars, two processes",
        "s",
        [once() for _ in range(ROUNDS)],
        "the strategy and its account, bar by bar; the second process needs half a second to start,"
        " and is part of it",
        (),
        {"target": TARGET_S},
    )
