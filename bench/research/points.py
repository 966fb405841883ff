"""How many data points a strategy takes in a second, on two cores.

A bar is six points: time, open, high, low, close and volume, though a strategy pays only for
those it reads. Each bar is evaluated: the strategy's code runs on it and its outputs are written.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import numpy as np

from bench.figures import Figure, Peer
from bench.research.bars import trending
from bench.sandbox.sources import CROSS
from processors.research.merged import CHUNK_BARS
from sandbox.compiler.driver import compile_source
from sandbox.host.engine import SandboxEngine
from sandbox.host.instance import Instance
from sandbox.host.module import StrategyModule, load_module

PART = "research"
POINTS_A_BAR, THREADS, BARS, ROUNDS = 6, 2, 1_000_000, 7
TARGET_M = 500


def point_figures() -> Iterator[Figure]:
    """On two threads, and on one."""
    engine = SandboxEngine()
    with closing(engine), ThreadPoolExecutor(THREADS) as pool:
        module = load_module(engine, compile_source(CROSS).wasm)
        passes = [one_pass(module, seed) for seed in range(THREADS)]
        alone, both = [], []
        for _ in range(ROUNDS):
            alone.append(points_m([passes[0]], pool))
            both.append(points_m(passes, pool))
    yield Figure(
        PART,
        "data points evaluated, six a bar, EMA cross + RSI + position, two threads",
        "M/s",
        both,
        "the strategy's own code, and the copies of its columns into its memory and out of it",
        [Peer("one thread", sorted(alone)[len(alone) // 2])],
        {"target": TARGET_M, "bars": BARS * THREADS, "points_a_bar": POINTS_A_BAR},
    )


def one_pass(module: StrategyModule, seed: int) -> Callable[[], None]:
    """A million bars from numpy's columns through the strategy into columns of its outputs."""
    bars = trending(BARS, seed)
    instance = Instance(module, 1, CHUNK_BARS)
    blocks = np.full(len(bars), instance.allocate({}), np.int32)

    def run() -> None:
        outputs = instance.evaluate(blocks, bars)
        assert len(outputs) == BARS and not outputs.traps

    run()
    return run


def points_m(passes: list[Callable[[], None]], pool: ThreadPoolExecutor) -> float:
    """Millions of points a second, of all passes side by side."""
    began = time.perf_counter()
    list(pool.map(lambda run: run(), passes))
    return len(passes) * BARS * POINTS_A_BAR / (time.perf_counter() - began) / 1e6
