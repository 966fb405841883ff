"""The figures of the sandbox."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from bench.figures import Figure, Peer
from bench.market import random_walks
from bench.sandbox.passes import BARS, Runner, ns_per_bar, runners
from bench.sandbox.sources import CROSS, FIFTY_LINES, SIGNALS, complex_source
from sandbox.compiler.driver import compile_source
from sandbox.host.cache import ModuleCache
from sandbox.host.engine import SandboxEngine
from sandbox.host.instance import Instance
from sandbox.host.module import StrategyModule, load_module
from sandbox.host.room import Room
from schemas.columns import BarColumns

PART = "sandbox"
ROUNDS = 15


def sandbox_figures() -> Iterator[Figure]:
    """All of them; about a minute."""
    yield from pass_figures()
    yield from many_figures()
    yield from live_figures()
    yield from strategy_figures()
    yield from compile_figures()


def walk(bars: int, seed: int) -> BarColumns:
    """One series."""
    return random_walks("bench", 1, bars, seed).columns


def interleaved(runs: Sequence[Callable[[], float]], rounds: int) -> list[list[float]]:
    """What each gives, round by round, so that all see the same machine."""
    found: list[list[float]] = [[] for _ in runs]
    for _ in range(rounds):
        for samples, run in zip(found, runs, strict=True):
            samples.append(run())
    return found


def pass_figures() -> Iterator[Figure]:
    """One series, whole array, data there."""
    all_: tuple[Runner, ...] = runners(walk(BARS, seed=1))
    samples = interleaved([partial(ns_per_bar, runner) for runner in all_], ROUNDS)
    peers = [
        Peer(runner.name, statistics.median(found))
        for runner, found in zip(all_[1:], samples[1:], strict=True)
    ]
    yield Figure(
        PART,
        "EMA cross + RSI + position, a bar of a whole array",
        "ns",
        samples[0],
        "the chain of each smoothed value from bar to bar, and its way through memory",
        peers,
        {"bars": BARS, "targets": "1.3 × numba, 1.0 × C, 25 × faster than Python"},
    )


def many_figures() -> Iterator[Figure]:
    """5,000 symbols of 500 bars each, on one thread and on two."""
    symbols, length = 5_000, 500
    engine = SandboxEngine()
    module = load_module(engine, compile_source(CROSS).wasm)
    rooms = [_resident(module, symbols // 10, length) for _ in range(10)]

    def one() -> float:
        start = time.perf_counter()
        for run in rooms:
            run()
        return (time.perf_counter() - start) * 1e3

    def two() -> float:
        start = time.perf_counter()
        list(pool.map(lambda run: run(), rooms))
        return (time.perf_counter() - start) * 1e3

    with ThreadPoolExecutor(2) as pool:
        alone, both = interleaved([one, two], 7)
    limit = "the work a bar; on two threads the second core"
    name = "5,000 symbols × 500 bars, data there"
    yield Figure(PART, f"{name}, one thread", "ms", alone, limit, (), {"target": 60})
    peer = Peer("one thread", statistics.median(alone))
    yield Figure(PART, f"{name}, two threads", "ms", both, limit, [peer])


def _resident(module: StrategyModule, symbols: int, length: int) -> Callable[[], None]:
    """A room with all bars of the symbols in it, and a pass over them."""
    n = symbols * length
    room = Room(module, n, symbols)
    for fill in module.metadata.initial:
        at = fill.offset // 8
        room.states[:, at : at + fill.count] = fill.word
    for param, offset in zip(module.metadata.params, module.metadata.param_offsets, strict=True):
        room.states[:, offset // 8] = int(param.default)
    room.fill(
        np.repeat(np.arange(symbols, dtype=np.int32), length),
        walk(n, seed=2),
    )

    def run() -> None:
        assert room.run(0, n) is None

    return run


def live_figures() -> Iterator[Figure]:
    """One bar at a time; and a bar of everything."""
    engine = SandboxEngine()
    module = load_module(engine, compile_source(CROSS).wasm)
    instance = Instance(module, 1)
    block = instance.allocate({})
    bars = walk(20_000, seed=3)
    rows = list(zip(*(column.tolist() for column in _columns(bars)), strict=True))
    taken = []
    for row in rows:
        start = time.perf_counter_ns()
        instance.step(block, row)
        taken.append((time.perf_counter_ns() - start) / 1e3)
    taken.sort()
    limit = "Python's way to a C function and back, which is all but 0.1 µs of it"
    for name, share, target in (("p50", 0.5, 2.0), ("p99", 0.99, 10.0)):
        sample = taken[int(share * len(taken))]
        name = f"live: write a bar, call, read the signal, {name}"
        yield Figure(PART, name, "µs", [sample], limit, (), {"target": target})
    yield from _every_symbol(engine)


def _columns(bars: BarColumns) -> tuple[np.ndarray, ...]:
    return bars.ts, bars.open, bars.high, bars.low, bars.close, bars.volume


def _every_symbol(engine: SandboxEngine) -> Iterator[Figure]:
    strategies, symbols = 100, 1_000
    module = load_module(engine, compile_source(SIGNALS).wasm)
    instances = [Instance(module, symbols) for _ in range(strategies)]
    for instance in instances:
        for _ in range(symbols):
            instance.allocate({})
    blocks, bars = (
        np.arange(symbols, dtype=np.int32),
        walk(symbols, seed=4),
    )

    def once() -> float:
        start = time.perf_counter()
        for instance in instances:
            instance.evaluate(blocks, bars)
        return (time.perf_counter() - start) * 1e3

    once()
    state = strategies * symbols * module.metadata.state_bytes / 1e6
    yield Figure(
        PART,
        "100 strategies × 1,000 symbols, one new bar each",
        "ms",
        [once() for _ in range(ROUNDS)],
        "state out of the second-level cache, and 30 µs of numpy a strategy",
        (),
        {"target": 10, "state_mb": state, "state_mb_max": 64},
    )


def strategy_figures() -> Iterator[Figure]:
    """A strategy of 30 indicators over 20,000 bars."""
    engine = SandboxEngine()
    module = load_module(engine, compile_source(complex_source(30)).wasm)
    bars = walk(20_000, seed=5)

    def once() -> float:
        instance = Instance(module, 1)
        blocks = np.full(len(bars), instance.allocate({}), np.int32)
        start = time.perf_counter()
        instance.evaluate(blocks, bars)
        return (time.perf_counter() - start) * 1e3

    once()
    name = "a strategy of 30 indicators over 20,000 bars, columns in, outputs out"
    samples = [once() for _ in range(ROUNDS)]
    yield Figure(PART, name, "ms", samples, "the work a bar", (), {"target": 100, "aim": 10})


def compile_figures() -> Iterator[Figure]:
    """A strategy of fifty lines: source to native code, and from the cache."""
    engine = SandboxEngine()
    cold, front, cached = [], [], []
    compile_source(CROSS)  # an interpreter that has compiled before, as the worker's has
    for number in range(ROUNDS):
        source = FIFTY_LINES.replace("low=5, high=100", f"low=5, high={100 + number}")
        start = time.perf_counter()
        compiled = compile_source(source)
        middle = time.perf_counter()
        load_module(engine, compiled.wasm)
        cold.append((time.perf_counter() - start) * 1e3)
        front.append((middle - start) * 1e3)
    with TemporaryDirectory() as folder:
        cache = ModuleCache(Path(folder) / "modules")
        cache.keep(FIFTY_LINES, compile_source(FIFTY_LINES))
        for _ in range(ROUNDS + 1):  # the first makes the native code
            start = time.perf_counter()
            kept = cache.compiled(FIFTY_LINES)
            assert kept is not None
            load_module(engine, kept.wasm, cache.native)
            cached.append((time.perf_counter() - start) * 1e3)
    limit = "our stages are Python; the rest is Cranelift"
    details = {"target": 25, "ours_ms": statistics.median(front)}
    yield Figure(PART, "compile 50 lines, cold, all stages", "ms", cold, limit, (), details)
    limit = "reading the metadata, and mapping the native code"
    yield Figure(PART, "the same from the cache", "ms", cached[1:], limit, (), {"target": 1})
