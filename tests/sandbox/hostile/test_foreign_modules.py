"""Hostile modules by the foreign ABI: refused, or run without harm to the host or a neighbour."""

from __future__ import annotations

import time
from functools import cache

import numpy as np
import pytest
import wasmtime

from sandbox.errors import CallInterruptedError, ModuleError, SandboxError
from sandbox.host.foreign.check import examine
from sandbox.host.foreign.engine import ForeignEngine
from sandbox.host.foreign.instance import ForeignInstance
from sandbox.host.foreign.module import load_foreign
from sandbox.host.guarded import TIMEOUT_S, GuardedCompiler
from sandbox.host.limits import HostLimits
from tests.sandbox.foreign.modules import FOREIGN, SCORE_COUNT, built, module_bytes
from tests.sandbox.hostile.foreign_modules import (
    BOMBS,
    MISDEEDS,
    PLACES,
    REGIONS,
    custom_sections,
    false_metadata,
)
from tests.sandbox.hostile.modules import IMPORTS
from tests.sandbox.hostile.mutation import mutated_bytes
from tests.sandbox.market import random_bars

BARS = 6
MUTATIONS = 300
KINDS = ("(func)", "(memory 1 1)", "(global (mut i32))", "(table 1 funcref)")


@cache
def engine() -> ForeignEngine:
    return ForeignEngine(HostLimits(epoch_s=0.05, call_epochs_max=10))


def run_all(wasm: bytes) -> None:
    """Everything a host does with a foreign module. Raises SandboxError."""
    instance = ForeignInstance(load_foreign(engine(), wasm), 2)
    first, second = instance.allocate({}), instance.allocate({})
    fresh = instance.save(first)
    assert instance.save(second) == fresh
    blocks = np.array([first, second] * (BARS // 2), np.int32)
    outputs = instance.evaluate(blocks, random_bars(BARS, seed=1))
    assert len(outputs) == BARS and set(outputs.signal.tolist()) <= set(range(6))
    assert (outputs.alerts >> len(instance.metadata.alerts) == 0).all()
    said = np.concatenate([outputs.score, outputs.size, outputs.plots.ravel()])
    assert set(said[np.isnan(said)].view(np.uint64)) <= {0x7FF8_0000_0000_0000}
    instance.restore(first, instance.save(second))
    instance.free(first)


def assert_contained(wasm: bytes) -> bool:
    """Whether it ran to its end; if not, the sandbox says why, in a text that can be stored."""
    start = time.process_time()
    try:
        run_all(wasm)
    except SandboxError as error:
        assert str(error).encode()
        return False
    finally:
        assert time.process_time() - start < TIMEOUT_S
    return True


@pytest.mark.parametrize("kind", KINDS)
def test_no_import_is_allowed_by_whatever_name(kind: str) -> None:
    for room, name in IMPORTS:
        text = f'(module (import "{room}" "{name}" {kind}))'
        with pytest.raises(ModuleError, match="rule imports"):
            load_foreign(engine(), bytes(wasmtime.wat2wasm(text)))


@pytest.mark.parametrize("name", MISDEEDS)
def test_a_misdeed_costs_its_own_bar(name: str) -> None:
    assert assert_contained(module_bytes(MISDEEDS[name]))


@pytest.mark.parametrize("name", REGIONS)
def test_a_region_is_refused_or_inside_of_the_memory(name: str) -> None:
    for place in PLACES:
        assert_contained(module_bytes(SCORE_COUNT, regions={name: place}))


def test_false_metadata_are_refused_or_harmless() -> None:
    ran = sum(assert_contained(module_bytes(metadata=data)) for data in false_metadata())
    assert 0 < ran < len(false_metadata()) / 2


async def test_an_author_chooses_names_not_what_becomes_of_a_worker() -> None:
    """Names that sound as if memory had run out."""
    async with GuardedCompiler() as guarded:
        for room in ("allocate", "failed to allocate memory (os error 12)"):
            wasm = bytes(wasmtime.wat2wasm(f'(module (import "{room}" "" (func)))'))
            with pytest.raises(ModuleError, match=r"rule imports: it imports .*; none is allowed"):
                await guarded.examine(wasm)


@pytest.mark.parametrize("hundred", range(MUTATIONS // 100))
@pytest.mark.parametrize("origin", ["by hand", "from C"])
def test_mutated_modules_are_refused_or_contained(origin: str, hundred: int) -> None:
    good = module_bytes(SCORE_COUNT) if origin == "by hand" else built(FOREIGN / "ema_cross_rsi.c")
    assert assert_contained(good)
    ran = sum(
        assert_contained(mutated_bytes(good, seed))
        for seed in range(100 * hundred, 100 * hundred + 100)
    )
    assert ran < 70


def test_a_module_cut_short_is_refused() -> None:
    good = module_bytes(SCORE_COUNT)
    for end in range(0, len(good), 3):
        with pytest.raises(ModuleError):
            load_foreign(engine(), good[:end])


def test_a_series_beside_a_hostile_one_gives_the_same_bits() -> None:
    """In the same module and engine, where every other bar is somebody's endless loop."""
    endless = "(if (f64.lt (f64.load offset=8 (local.get 0)) (f64.const 0)) (then (loop (br 0))))"
    module = load_foreign(engine(), module_bytes(endless + SCORE_COUNT))
    alone, beside = ForeignInstance(module, 2), ForeignInstance(module, 2)
    bars = random_bars(20, seed=3)
    expected = alone.evaluate(np.full(20, alone.allocate({}), np.int32), bars)
    mine, other = beside.allocate({}), beside.allocate({})
    both = random_bars(40, seed=3)
    for name in ("ts", "open", "high", "low", "close", "volume"):
        getattr(both, name)[::2] = getattr(bars, name)
    both.open[1::2] = -1.0
    found = beside.evaluate(np.array([mine, other] * 20, np.int32), both)
    assert found.trapped.tolist() == [False, True] * 20
    assert found.score[::2].tobytes() == expected.score.tobytes()


async def test_a_compiler_bomb_is_refused_or_killed_in_its_worker() -> None:
    let_in = []
    async with GuardedCompiler(timeout_s=1.0, memory_bytes_max=1024**3) as guarded:
        await guarded.start()
        for name, make in BOMBS.items():
            wasm = make()
            start = time.perf_counter()
            try:
                await guarded.examine(wasm)
                let_in.append(name)
            except ModuleError as error:
                assert error.reason.startswith("rule "), name
            assert time.perf_counter() - start < 5.0, name  # a new worker's start included
    assert 3 < len(let_in) < len(BOMBS)


def test_sections_that_say_nothing_cost_nothing() -> None:
    assert assert_contained(custom_sections([100, 0, 3_000]))
    assert not assert_contained(custom_sections([2_000_000]))


def test_an_endless_start_is_ended() -> None:
    for more in ("(func $s (loop (br 0))) (start $s)", "(func $s (call $s)) (start $s)"):
        with pytest.raises((ModuleError, CallInterruptedError)):
            examine(engine(), module_bytes(more=more))
