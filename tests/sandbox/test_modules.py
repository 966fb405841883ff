"""Which binaries are strategies by our ABI, what is said of the others, and the outer net."""

from __future__ import annotations

import json
from typing import Any

import pytest
import wasmtime

from sandbox.compiler.driver import compile_source
from sandbox.compiler.encode import custom_section
from sandbox.errors import CallInterruptedError, ModuleError
from sandbox.host.call import FastRun
from sandbox.host.engine import SandboxEngine
from sandbox.host.instance import Instance
from sandbox.host.limits import HostLimits
from sandbox.host.module import load_module
from sandbox.host.outputs import TrapInfo
from sandbox.metadata import SECTION, metadata_of
from tests.sandbox.hostile.modules import claims, code, compiled, importing, other_code
from tests.sandbox.market import random_bars
from tests.sandbox.modes import all_to, live_bar
from tests.sandbox.running import body, engine

OUTSIDE = "overlap, or lie outside of its state"
NO_STRATEGY = "outputs are not those of a strategy"


def claim(**changed: Any) -> bytes:
    """A compiled module that says something else of itself."""
    return code() + custom_section(SECTION, json.dumps(claims() | changed).encode())


def columns(*names: str, kind: str = "float") -> list[dict[str, str]]:
    return [{"name": name, "type": kind} for name in names]


BYTES = {
    "nothing": (b"", "does not begin"),
    "a module that says nothing": (b"\0asm\1\0\0\0", "no custom section"),
    "a section beyond the end": (b"\0asm\1\0\0\0\0\xff\xff\xff\xff\x0f", "beyond the file"),
    "a size without an end": (b"\0asm\1\0\0\0\0\xff\xff\xff\xff\xff\x0f", "more than 32 bits"),
    "a size that is cut": (b"\0asm\1\0\0\0\0\xff", "beyond the file"),
    "a section cut short": (compile_source(body("score(1)")).wasm[:-9], "beyond the file"),
    "text for metadata": (code() + custom_section(SECTION, b"{"), "metadata is wrong at the top"),
    "too many bytes": (b"\0asm\1\0\0\0" + b"\0" * 5_000_000, "4,194,304 bytes"),
}
SHAPES = {
    "an import": (importing("env", "f", "(func)"), r"imports env\.f"),
    "a small memory": (other_code(memory="1 1"), "not fixed at 1,024"),
    "a memory that grows": (other_code(memory="1024 1025"), "not fixed"),
    "a memory without end": (other_code(memory="1024"), "not fixed"),
    "a result": (other_code("(result i32) (i32.const 0)"), "without result"),
    "another export": (other_code(more='(func (export "more"))'), "nothing else"),
    "two memories": (other_code(more='(memory (export "m2") 1 1)'), "wasmtime refuses"),
    "relaxed SIMD": (
        other_code("(local v128) (drop (f32x4.relaxed_min (local.get 3) (local.get 3)))"),
        "wasmtime refuses",
    ),
}
CLAIMS = {
    "another ABI": (claim(abi_version=1), "ABI version 1, not 2"),
    "a field of its own": (claim(wishes="root"), "wrong at wishes"),
    "a digest that is none": (claim(source_sha256="0"), "wrong at source_sha256"),
    "half a word of state": (claim(state_bytes=108), "whole words"),
    "too much state": (claim(state_bytes=256 * 1024 + 8), "more than 262,144 bytes"),
    "less state than it has": (claim(state_bytes=8), OUTSIDE),
    "a param without a place": (claim(param_offsets=[8]), "no places"),
    "a param outside": (claim(param_offsets=[8, 112]), OUTSIDE),
    "a param before": (claim(param_offsets=[8, -8]), OUTSIDE),
    "a param in between": (claim(param_offsets=[8, 20]), OUTSIDE),
    "params in one place": (claim(param_offsets=[8, 8]), OUTSIDE),
    "a fill outside": (claim(initial=[{"offset": 104, "count": 2, "word": 1}]), OUTSIDE),
    "a fill before": (claim(initial=[{"offset": -8, "count": 1, "word": 1}]), "wrong at initial"),
    "a fill of no word": (claim(initial=[{"offset": 0, "count": 1, "word": 2**64}]), "initial.0"),
    "floats outside": (claim(float_words=[[13, 2]]), OUTSIDE),
    "floats before": (claim(float_words=[[-1, 1]]), OUTSIDE),
    "floats twice": (claim(float_words=[[6, 2], [7, 1]]), OUTSIDE),
    "a field that no bar has": (claim(reads=["block"]), "what a bar does not have"),
    "an output of its own": (claim(outputs=columns("alarm"), plots=[]), NO_STRATEGY),
    "an output twice": (claim(outputs=columns("score", "score"), plots=[]), NO_STRATEGY),
    "an output of another kind": (claim(outputs=columns("signal"), plots=[]), NO_STRATEGY),
    "a plot of another kind": (claim(outputs=columns("plot.a", kind="int")), NO_STRATEGY),
    "a plot that is none": (claim(plots=["a", "b"]), NO_STRATEGY),
    "plots first": (claim(outputs=columns("plot.a", "score")), NO_STRATEGY),
}
REFUSED = BYTES | SHAPES | CLAIMS


@pytest.mark.parametrize("name", REFUSED)
def test_a_binary_that_breaks_the_abi_is_refused_with_the_reason(name: str) -> None:
    wasm, reason = REFUSED[name]
    with pytest.raises(ModuleError, match=reason):
        load_module(engine(), wasm)


def test_the_module_that_all_these_are_made_from_is_taken() -> None:
    assert load_module(engine(), claim()).metadata == compiled().metadata


def test_metadata_lie_in_the_module_wherever_their_section_is() -> None:
    other = custom_section("name", b"nothing that matters")
    section = custom_section(SECTION, json.dumps(claims()).encode())
    assert metadata_of(code() + other + section + other) == compiled().metadata


# the outer net


@pytest.fixture
def impatient() -> Any:
    """An engine that ends a call after a few hundredths of a second."""
    made = SandboxEngine(HostLimits(epoch_s=0.02, call_epochs_max=3))
    yield made
    made.close()


def test_an_endless_module_is_ended_by_the_outer_net(impatient: SandboxEngine) -> None:
    for live in (False, True):
        instance = Instance(load_module(impatient, other_code("(loop (br 0))")), 1)
        block = instance.allocate({})
        bars = random_bars(1, seed=1)
        with pytest.raises(CallInterruptedError, match="INTERRUPT"):
            if live:
                instance.step(block, live_bar(bars, 0))
            else:
                instance.evaluate(all_to(block, 1), bars)


def test_after_an_interruption_a_new_instance_goes_on_from_the_saved_state(
    impatient: SandboxEngine,
) -> None:
    wasm = compile_source(body("n = state(0)", "n += 1", 'plot("n", n)')).wasm
    module = load_module(impatient, wasm)
    first, bars = Instance(module, 1), random_bars(9, seed=1)
    block = first.allocate({})
    first.evaluate(all_to(block, 9), bars)
    state = first.save(block)
    endless = Instance(load_module(impatient, other_code("(loop (br 0))")), 1)
    with pytest.raises(CallInterruptedError):
        endless.evaluate(all_to(endless.allocate({}), 1), random_bars(1, seed=1))
    second = Instance(module, 1)
    second.restore(second.allocate({}), state)
    assert second.evaluate(all_to(0, 9), bars).plots[0].tolist() == list(range(10, 19))


@pytest.mark.parametrize(
    "run",
    [
        "(i32.store (i32.const 0) (i32.const 77)) unreachable",  # no such bar
        "(i32.store (i32.const 0) (i32.const -1)) unreachable",
        "(drop (i32.load (i32.const -1)))",  # out of bounds
        "(call $run (i32.const 0) (i32.const 0) (i32.const 0))",  # the stack's end
    ],
)
def test_a_module_cannot_lead_the_host_astray(run: str) -> None:
    instance = Instance(load_module(engine(), other_code(run)), 1)
    block = instance.allocate({})
    with pytest.raises(CallInterruptedError):
        instance.evaluate(all_to(block, 1), random_bars(1, seed=1))


def test_a_start_function_that_never_ends_is_refused(impatient: SandboxEngine) -> None:
    wasm = other_code(more="(func $s (loop (br 0))) (start $s)")
    with pytest.raises(ModuleError, match="cannot be started"):
        Instance(load_module(impatient, wasm), 1).allocate({})


# the fast call


def test_the_fast_call_takes_its_signatures_only_and_gives_traps_as_often_as_they_come() -> None:
    store = wasmtime.Store(engine().engine)
    store.set_epoch_deadline(10)
    text = """(module (func (export "f") (param i64 i32)) (func (export "g") (param i32))
      (func (export "h") (param i32 i32) (result i32) (i32.const 0))
      (func (export "run") (param i32 i32 i32)
      (if (i32.lt_s (local.get 0) (local.get 2)) (then unreachable))))"""
    native = wasmtime.Module(engine().engine, bytes(wasmtime.wat2wasm(text)))
    exports = wasmtime.Instance(store, native, []).exports(store)
    for wrong in ("f", "g", "h"):
        function = exports[wrong]
        assert isinstance(function, wasmtime.Func)
        with pytest.raises(AssertionError):
            FastRun(store, function, engine().epochs)
    right = exports["run"]
    assert isinstance(right, wasmtime.Func)
    run_it = FastRun(store, right, engine().epochs)
    for _ in range(100):
        assert run_it(1, 0, 1, 10) is None
        trap = run_it(0, 0, 1, 10)
        assert trap is not None and trap.trap_code is wasmtime.TrapCode.UNREACHABLE


def test_a_trap_without_a_place_is_of_unknown_reason() -> None:
    """A module of our ABI may trap where it said nothing of; the bar is given up all the same."""
    metadata = claims() | {"places": [{"offset": 1, "reason": "window", "line": 3}]}
    text = """(module (memory (export "memory") 1024 1024)
      (func (export "run") (param i32 i32 i32) unreachable))"""
    section = custom_section(SECTION, json.dumps(metadata).encode())
    instance = Instance(load_module(engine(), bytes(wasmtime.wat2wasm(text)) + section), 1)
    block = instance.allocate({})
    before = instance.save(block)
    assert instance.step(block, live_bar(random_bars(1, seed=1), 0)) == TrapInfo(0, "unknown", None)
    assert instance.save(block) == before
