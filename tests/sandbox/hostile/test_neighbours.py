"""What others notice of a hostile strategy: the live step beside it, and the host's memory."""

from __future__ import annotations

import asyncio
import threading
import time

import numpy as np
import psutil
import pytest

from sandbox.compiler.driver import compile_source
from sandbox.errors import CallInterruptedError, CompileError, ModuleError
from sandbox.host.engine import SandboxEngine
from sandbox.host.guarded import GuardedCompiler
from sandbox.host.instance import Instance
from sandbox.host.limits import HostLimits
from sandbox.host.module import load_module
from tests.sandbox.foreign.modules import SCORE_COUNT, module_bytes
from tests.sandbox.hostile.foreign_modules import BOMBS
from tests.sandbox.hostile.modules import MISDEEDS, other_code
from tests.sandbox.market import random_bars
from tests.sandbox.running import body, engine, instance_of

STEPS = 3_000
STEP_S_MAX = 0.002  # a step takes a microsecond; another thread may hold the interpreter's lock
RSS_GROWTH_MAX = 64 * 1024**2
ENDLESS = body("x = 0.0", "while True:", "    x += 1.0")


def steps(instance: Instance, block: int, first: int = 0) -> list[tuple[float, ...]]:
    """What many live steps say."""
    said = []
    for i in range(first, first + STEPS):
        found = instance.step(block, (i * 60_000_000, 1.0, 2.0, 0.5, 1.0 + i % 7, 1.0))
        assert isinstance(found, tuple)
        said.append(found)
    return said


def median_step_s(instance: Instance, block: int) -> float:
    """Of live steps, in seconds of wall time."""
    times = np.empty(STEPS)
    for i in range(STEPS):
        start = time.perf_counter()
        instance.step(block, (i * 60_000_000, 1.0, 2.0, 0.5, 1.5, 1.0))
        times[i] = time.perf_counter() - start
    return float(np.median(times))


def test_a_live_step_beside_an_endless_loop_is_as_quick_and_says_the_same() -> None:
    source = body("score(ta.ema(bar.close, 9) + ta.rsi(bar.close, 5))")
    alone, mine, other = instance_of(source), instance_of(source), instance_of(ENDLESS)
    expected, block = steps(alone, alone.allocate({})), mine.allocate({})
    endless, bars, stop = other.allocate({}), random_bars(40, seed=1), threading.Event()
    trapped = []

    def burn() -> None:
        while not stop.is_set():
            outputs = other.evaluate(np.full(40, endless, np.int32), bars)
            trapped.append(int(outputs.trapped.sum()))

    before = median_step_s(alone, 0)
    thread = threading.Thread(target=burn)
    thread.start()
    try:
        said = steps(mine, block)
        during = median_step_s(mine, block)
    finally:
        stop.set()
        thread.join()
    after = median_step_s(alone, 0)
    np.testing.assert_array_equal(np.array(said), np.array(expected))
    assert trapped and set(trapped) == {40}
    assert max(before, during, after) < STEP_S_MAX, (before, during, after)


async def test_a_live_step_beside_a_compiler_bomb_is_as_quick() -> None:
    instance = instance_of(body("score(ta.ema(bar.close, 9))"))
    block = instance.allocate({})
    found = []
    async with GuardedCompiler(timeout_s=1.0) as guarded:
        await guarded.start()
        task = asyncio.create_task(guarded.examine(BOMBS["slow bars"]()))
        while not task.done():
            found.append(median_step_s(instance, block))
            await asyncio.sleep(0)
        with pytest.raises(ModuleError, match="rule size"):
            await task
    assert len(found) > 3 and np.median(found) < STEP_S_MAX


def test_an_endless_module_is_ended_while_others_work() -> None:
    """No code of our compiler: the epoch thread ends it, and only it."""
    impatient = SandboxEngine(HostLimits(epoch_s=0.05, call_epochs_max=6))
    hostile = Instance(load_module(impatient, other_code(MISDEEDS["endless"])), 1)
    block, bars = hostile.allocate({}), random_bars(4, seed=1)
    good = Instance(load_module(impatient, compile_source(body("score(bar.close)")).wasm), 1)
    mine, ended = good.allocate({}), []

    def loop() -> None:
        try:
            hostile.evaluate(np.full(4, block, np.int32), bars)
        except CallInterruptedError as error:
            ended.append(error)

    start = time.perf_counter()
    thread = threading.Thread(target=loop)
    thread.start()
    done = 0
    while thread.is_alive():
        done += len(steps(good, mine))
    assert ended and done > STEPS and time.perf_counter() - start < 5.0
    impatient.close()


def test_traps_and_interruptions_leave_no_memory_behind() -> None:
    impatient = SandboxEngine(HostLimits(epoch_s=0.01, call_epochs_max=1))
    trapping = instance_of(body("k = bar.time", "score(1.0 if k // (k - k) > 0 else 0.0)"))
    block, bars = trapping.allocate({}), random_bars(500, seed=1)
    endless = load_module(impatient, other_code(MISDEEDS["endless"]))
    before = 0
    for turn in range(40):
        assert trapping.evaluate(np.full(500, block, np.int32), bars).trapped.all()
        instance = Instance(endless, 1)
        with pytest.raises(CallInterruptedError):
            instance.step(instance.allocate({}), (0, 1.0, 1.0, 1.0, 1.0, 1.0))
        with pytest.raises(ModuleError):
            load_module(engine(), other_code(more="(memory 1 1)"))
        if turn == 5:
            before = psutil.Process().memory_info().rss
    assert psutil.Process().memory_info().rss - before < RSS_GROWTH_MAX
    impatient.close()


async def test_a_guarded_compiler_serves_the_next_after_each_attack() -> None:
    good = body("score(bar.close)")
    async with GuardedCompiler() as guarded:
        for source in (ENDLESS, body("x = '\ud800'"), body(r'alert(True, "\ud800")'), "\0", ""):
            try:
                await guarded.compile(source)
            except CompileError as error:
                assert error.diagnostics[0].code != "compile-limits"
            assert await guarded.compile(good) == compile_source(good)
        for wasm in (b"", bytes(1_000), module_bytes(SCORE_COUNT)):
            try:
                await guarded.examine(wasm)
            except ModuleError as error:
                assert "too long" not in error.reason
            assert await guarded.compile(good) == compile_source(good)
