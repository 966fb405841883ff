"""One pass of the EMA cross over bars that are there already, by each that can."""

from __future__ import annotations

import ctypes
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import wasmtime
from numpy.typing import NDArray

from bench.sandbox.peers import C_BARS_MAX, build_c, cross, cross_numba
from bench.sandbox.sources import CROSS
from sandbox.compiler.driver import compile_source
from sandbox.host.engine import SandboxEngine
from sandbox.host.module import load_module
from sandbox.host.room import Room
from schemas.columns import BarColumns

Pass = Callable[[], None]
BARS = C_BARS_MAX


@dataclass(frozen=True, slots=True)
class Runner:
    """run: one pass over all BARS bars. said: (signal, size) afterwards."""

    name: str
    run: Pass
    said: Callable[[], tuple[NDArray[np.int64], NDArray[np.float64]]]
    reset: Pass


def ours(engine: SandboxEngine, bars: BarColumns) -> Runner:
    """The compiled strategy, all bars in its memory, one call."""
    module = load_module(engine, compile_source(CROSS).wasm)
    room = Room(module, BARS, 1)
    metadata = module.metadata
    fresh = np.zeros(metadata.state_bytes // 8, np.uint64)
    for fill in metadata.initial:
        fresh[fill.offset // 8 : fill.offset // 8 + fill.count] = fill.word
    for param, offset in zip(metadata.params, metadata.param_offsets, strict=True):
        fresh[offset // 8] = int(param.default)
    room.fill(np.zeros(BARS, np.int32), bars)

    def reset() -> None:
        room.states[0, : len(fresh)] = fresh

    def run() -> None:
        assert room.run(0, BARS) is None

    def said() -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        names = [output.name for output in metadata.outputs]
        cells = room.said(BARS)
        return cells[names.index("signal")].view(np.int64), cells[names.index("size")]

    return Runner("the sandbox", run, said, reset)


def python_or_numba(name: str, function: object, bars: BarColumns, count: int = BARS) -> Runner:
    """The same function, as it is or compiled."""
    signal, size = np.zeros(count, np.int64), np.zeros(count)
    opens, closes = bars.open[:count], bars.close[:count]
    assert callable(function)
    return Runner(
        name,
        lambda: function(opens, closes, signal, size),
        lambda: (signal, size),
        lambda: None,
    )


def c_in_wasm(engine: SandboxEngine, bars: BarColumns) -> Runner:
    """C at -O3, in the same engine."""
    with TemporaryDirectory() as folder:
        module = wasmtime.Module(engine.engine, build_c(Path(folder)))
    store = wasmtime.Store(engine.engine)
    store.set_epoch_deadline(1_000_000)
    exports = wasmtime.Instance(store, module, []).exports(store)
    memory, columns, run_c = exports["memory"], exports["columns"], exports["run"]
    assert isinstance(memory, wasmtime.Memory)
    assert isinstance(columns, wasmtime.Func) and isinstance(run_c, wasmtime.Func)
    base = ctypes.cast(memory.data_ptr(store), ctypes.c_void_p).value
    assert base is not None

    def column(which: int) -> NDArray[np.float64]:
        raw = (ctypes.c_double * BARS).from_address(base + columns(store, which))
        return np.ctypeslib.as_array(raw)

    column(0)[:], column(1)[:] = bars.open, bars.close
    return Runner(
        "C in WebAssembly",
        lambda: run_c(store, BARS),
        lambda: (column(2).view(np.int64), column(3)),
        lambda: None,
    )


def runners(bars: BarColumns) -> tuple[Runner, Runner, Runner, Runner]:
    """Sandbox, numba, C, Python; each has said the same before anything is measured."""
    engine = SandboxEngine()
    found = (
        ours(engine, bars),
        python_or_numba("numba", cross_numba, bars),
        c_in_wasm(engine, bars),
        python_or_numba("Python", cross, bars, 8_192),
    )
    for runner in found:
        runner.reset()
        runner.run()
    signal, size = found[0].said()
    assert set(signal.tolist()) == {0, 1, 3}
    for runner in found[1:]:
        other_signal, other_size = runner.said()
        n = len(other_signal)
        assert np.array_equal(other_signal, signal[:n]), runner.name
        assert np.array_equal(other_size, size[:n], equal_nan=True), runner.name
    return found


def ns_per_bar(runner: Runner) -> float:
    """Of one pass."""
    runner.reset()
    start = time.perf_counter_ns()
    runner.run()
    elapsed = time.perf_counter_ns() - start
    return elapsed / len(runner.said()[0])
