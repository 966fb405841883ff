"""What a module from another compiler must be: each rule of docs/strategy-abi.md, broken."""

from __future__ import annotations

import dataclasses
import json
import re
import time
from typing import Any

import numpy as np
import pytest
import wasmtime

from sandbox.errors import ModuleError
from sandbox.host.foreign.engine import ForeignEngine
from sandbox.host.foreign.module import load_foreign
from sandbox.host.guarded import TIMEOUT_S
from sandbox.host.limits import DEFAULT_FOREIGN_LIMITS
from tests.sandbox.foreign.modules import (
    BAR,
    METADATA,
    OUTPUT,
    PAGE_BYTES,
    REPOSITORY,
    engine,
    module_bytes,
)

# what modules for WASI, Emscripten and JavaScript ask for
IMPORTS = (
    *(f"wasi_snapshot_preview1.{name}" for name in ("fd_write", "fd_read", "path_open")),
    *(f"wasi_snapshot_preview1.{name}" for name in ("clock_time_get", "random_get", "proc_exit")),
    "wasi_unstable.fd_write",
    "wasi:cli/environment@0.2.0.get-environment",
    *(f"env.{name}" for name in ("abort", "emscripten_notify_memory_growth", "__syscall_openat")),
    *(f"env.{name}" for name in ("memory", "table", "__memory_base", "seed", "emscripten_memcpy")),
    *(f"wbg.{name}" for name in ("__wbindgen_throw", "__wbg_now")),
    "go.runtime.wasmExit",
    ".",
)


def metadata(**changes: Any) -> bytes:
    return json.dumps(METADATA | changes).encode()


def param(**changes: Any) -> bytes:
    return metadata(params=[{"name": "k", "type": "float", "default": 2.0} | changes])


def reason(wasm: bytes) -> str:
    with pytest.raises(ModuleError) as caught:
        load_foreign(engine(), wasm)
    return caught.value.reason


def test_a_module_that_keeps_the_rules_is_loaded() -> None:
    module = load_foreign(engine(), module_bytes(more='(func (export "more"))'))
    assert module.metadata.plots == ("a", "b") and module.memory_bytes == PAGE_BYTES
    assert module.initial_state == bytes(16)


def test_an_empty_region_may_lie_anywhere_within_the_memory() -> None:
    nothing = {"params": (BAR[0] + 8, 0), "state": (PAGE_BYTES, 0)}
    wasm = module_bytes(metadata=metadata(params=[]), regions=nothing)
    assert load_foreign(engine(), wasm).initial_state == b""


@pytest.mark.parametrize("name", IMPORTS)
@pytest.mark.parametrize("kind", ["(func)", "(memory 1 1)", "(global i32)", "(table 1 funcref)"])
def test_no_import_is_allowed(name: str, kind: str) -> None:
    room, _, field = name.rpartition(".")
    wasm = bytes(wasmtime.wat2wasm(f'(module (import "{room}" "{field}" {kind}))'))
    assert reason(wasm) == f"rule imports: it imports {name}; none is allowed"


EMPTY = """(module (memory (export "memory") 0 0)
  (func (export "peripheral_describe") (result i32) (i32.const 0))
  (func (export "on_bar") (param i32 i32)))"""
ENDLESS = "(loop (br 0)) (i32.const 0)"
BROKEN: tuple[tuple[str, bytes], ...] = (
    ("size", b"\0asm\1\0\0\0" + bytes(65_529)),
    ("features", b""),
    ("features", b"MZ" + bytes(100)),
    ("features", module_bytes()[:-3]),
    ("features", module_bytes(more="(memory 1 1)")),
    ("features", module_bytes(memory="i64 1 1")),
    ("features", module_bytes(memory="1 1 shared")),
    ("features", module_bytes(more="(tag)")),
    ("features", module_bytes(more="(type (struct))")),
    ("features", module_bytes("(return_call 0)")),
    (
        "features",
        module_bytes("(drop (f32x4.relaxed_min (v128.const i64x2 0 0) (v128.const i64x2 0 0)))"),
    ),
    ("exports", module_bytes().replace(b"memory", b"mem_ry")),
    ("exports", module_bytes().replace(b"on_bar", b"of_bar")),
    ("exports", module_bytes().replace(b"describe", b"descrybe")),
    ("exports", module_bytes(more='(global (export "g") (mut i32) (i32.const 0))')),
    ("exports", module_bytes(more='(table (export "t") 1 funcref)')),
    ("memory", module_bytes(memory="1")),
    ("memory", module_bytes(memory="1 2")),
    ("memory", module_bytes(memory="33 33")),
    ("memory", bytes(wasmtime.wat2wasm(EMPTY))),
    ("start", module_bytes(describe="unreachable")),
    ("start", module_bytes(describe=ENDLESS)),
    ("start", module_bytes(more="(func $s (loop (br 0))) (start $s)")),
    ("start", module_bytes(more="(func $s (call $s)) (start $s)")),
    ("start", module_bytes(more='(data (i32.const 65530) "beyond the memory")')),
    ("start", module_bytes(more="(table 1000000 funcref)")),
    ("start", module_bytes(more="(table 1 funcref) (table 1 funcref)")),
    ("descriptor", module_bytes(describe="(i32.const -1)")),
    ("descriptor", module_bytes(describe="(i32.const 65500)")),
    ("version", module_bytes(version=0)),
    ("version", module_bytes(version=2)),
    ("regions", module_bytes(regions={"bar": (PAGE_BYTES - 8, 48)})),
    ("regions", module_bytes(regions={"output": (0xFFFF_FFF8, 88)})),
    ("regions", module_bytes(regions={"params": (0xFFFF_FFF8, 8)})),
    ("regions", module_bytes(regions={"state": (PAGE_BYTES, 8)})),
    ("regions", module_bytes(regions={"state": (8, 0xFFFF_FFFF)})),
    ("regions", module_bytes(regions={"metadata": (PAGE_BYTES - 1, 2)})),
    ("regions", module_bytes(regions={"bar": (BAR[0] + 4, 48)})),
    ("regions", module_bytes(regions={"state": (OUTPUT[0] + 8, 16)})),
    ("regions", module_bytes(regions={"params": BAR})),
    ("regions", module_bytes(memory="8 8", regions={"state": (8192, 300_000)})),
    ("regions", module_bytes(memory="8 8", metadata=b"[" * 33_000)),
    ("metadata", module_bytes(metadata=b"")),
    ("metadata", module_bytes(metadata=b"\xff")),
    ("metadata", module_bytes(metadata=b"[]")),
    ("metadata", module_bytes(metadata=b"[" * 32_000)),
    ("metadata", module_bytes(metadata=metadata(more=1))),
    ("metadata", module_bytes(metadata=metadata(plots=["a", "a"]))),
    ("metadata", module_bytes(metadata=metadata(plots=["a", 1]))),
    ("metadata", module_bytes(metadata=metadata(plots=[f"p{i}" for i in range(65)]))),
    ("metadata", module_bytes(metadata=metadata(alerts=["x"] * 64))),
    ("metadata", module_bytes(metadata=param(type="text"))),
    ("metadata", module_bytes(metadata=param(default=float("inf")))),
    ("metadata", module_bytes(metadata=param(low=3.0))),
    ("metadata", module_bytes(metadata=param(high=1.0))),
    ("sizes", module_bytes(regions={"bar": (BAR[0], 56)})),
    ("sizes", module_bytes(metadata=metadata(plots=["a", "b", "c"]))),
    ("sizes", module_bytes(metadata=metadata(params=[]))),
)


@pytest.mark.parametrize(
    ("rule", "wasm"), BROKEN, ids=[f"{rule}{i}" for i, (rule, _) in enumerate(BROKEN)]
)
def test_a_module_that_breaks_a_rule_is_refused_by_its_name(rule: str, wasm: bytes) -> None:
    assert reason(wasm).startswith(f"rule {rule}: ")


def test_each_rule_is_in_the_documentation() -> None:
    text = (REPOSITORY / "docs/strategy-abi.md").read_text(encoding="utf-8")
    documented = re.findall(r"^\| `(\w+)` \|", text.split("## Rules")[1].split("\n## ")[0], re.M)
    assert sorted(documented) == sorted({rule for rule, _ in BROKEN} | {"imports", "state"})


def test_the_slowest_module_to_compile_that_is_let_in_is_ready_in_time() -> None:
    """Many locals over many blocks, for which Cranelift takes quadratic time."""
    wasm = module_bytes(f"(local {'f64 ' * 49_000})" + "(block (br_if 0 (i32.const 1)))" * 9_000)
    assert 63_000 < len(wasm) < DEFAULT_FOREIGN_LIMITS.module_bytes_max
    began = time.process_time()
    load_foreign(engine(), wasm)
    assert time.process_time() - began < TIMEOUT_S, "0.7 s on a quiet machine"


def test_mutated_modules_are_refused_or_run_and_harm_nobody() -> None:
    """Broken binaries: whatever is accepted still runs within the limits."""
    chance = np.random.default_rng(4)
    good = module_bytes("(f64.store (local.get $out) (f64.load (local.get $bar)))")
    frugal = ForeignEngine(
        foreign_limits=dataclasses.replace(DEFAULT_FOREIGN_LIMITS, start_fuel=10_000)
    )
    refused = 0
    for _ in range(600):
        wasm = bytearray(good)
        for _ in range(int(chance.integers(1, 4))):
            wasm[int(chance.integers(len(wasm)))] = int(chance.integers(256))
        try:
            load_foreign(frugal, bytes(wasm))
        except ModuleError:
            refused += 1
    assert 100 < refused < 600
    frugal.close()
