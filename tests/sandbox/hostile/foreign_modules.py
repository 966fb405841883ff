"""Hostile modules by the foreign ABI: refused, ended, or dear for the compiler that gets them."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from tests.sandbox.foreign.modules import BAR, METADATA, OUTPUT, PARAMS, SCORE, STATE, module_bytes

STATE_AT = f"(i32.const {STATE[0]})"
MISDEEDS = {
    "endless": "(loop (br 0))",
    "a call without a bottom": "(call 1 (local.get 0) (local.get 1))",
    "a store beyond": "(i64.store (i32.const -8) (i64.const 1))",
    "all memory": "(memory.fill (i32.const 0) (i32.const 255) (i32.const 65536))",
    "all memory, again and again": "(loop (memory.fill (i32.const 0) (i32.const 0) "
    "(i32.const 65536)) (br 0))",
    "growth": "(loop (drop (memory.grow (i32.const 1))) (br 0))",
    "another descriptor": "(i64.store (i32.const 4) (i64.const -1))",
    "other metadata": "(memory.fill (i32.const 1024) (i32.const 91) (i32.const 300))",
    "no such action": f"(i64.store (i32.const {OUTPUT[0]}) (i64.const 77))",
    "a negative action": f"(i64.store (i32.const {OUTPUT[0]}) (i64.const -1))",
    "every alert": f"(i64.store (i32.const {OUTPUT[0] + 8}) (i64.const -1))",
    "odd NaNs": f"(i64.store (i32.const {SCORE}) (i64.const 0x7FF4DEADBEEF0001))",
    "infinite orders": f"(i64.store (i32.const {OUTPUT[0]}) (i64.const 4)) "
    + "".join(
        f"(f64.store (i32.const {OUTPUT[0] + at}) (f64.const -inf))" for at in range(16, 72, 8)
    ),
    "nothing": "unreachable",
    "a division": "(drop (i64.div_s (i64.const -9223372036854775808) (i64.const -1)))",
    "a conversion": "(drop (i32.trunc_f64_s (f64.const nan)))",
    "its own params": f"(f64.store (i32.const {PARAMS[0]}) (f64.const nan))",
    "its own bar": f"(f64.store (i32.const {BAR[0] + 8}) (f64.const nan))",
    "roots": "(local f64) (loop (local.set 2 "
    + "(f64.sqrt " * 99
    + "(local.get 2)"
    + ")" * 99
    + ") (br 0))",
}
"""Done by on_bar; the module is loaded, its bars trap or say nothing that the ABI forbids."""


def _leb(value: int) -> bytes:
    found = bytearray()
    while value >= 0x80:
        found.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes(found) + bytes([value])


def custom_sections(sizes: list[int]) -> bytes:
    """A good module with sections that say nothing, at length."""
    parts = [b"\0" + _leb(size + 2) + b"\x01z" + bytes(size) for size in sizes]
    return module_bytes() + b"".join(parts)


_ADD = "(local.set 2 (i64.add (local.get 2) (i64.const 1)))"


def _loops(depth: int, locals_: int) -> str:
    starts = (
        f"(loop (local.set {2 + i % locals_} (i64.add (local.get {2 + i * 7 % locals_})"
        " (i64.const 1)))"
        for i in range(depth)
    )
    return f"(local {'i64 ' * locals_})" + "".join(starts) + "(br_if 0 (i32.const 1)))" * depth


BOMBS: dict[str, Callable[[], bytes]] = {
    "deep blocks": lambda: module_bytes("block " * 20_000 + "end " * 20_000),
    "deep loops": lambda: module_bytes(_loops(2_000, 1)),
    "loops over many locals": lambda: module_bytes(_loops(2_000, 500)),
    "many locals": lambda: module_bytes(f"(local {'v128 ' * 40_000})" + "(call 0) drop " * 3_000),
    "too many locals": lambda: module_bytes(f"(local {'i64 ' * 60_000})"),
    "a huge table of branches": lambda: module_bytes(
        f"(block (br_table {'0 ' * 60_000} (i32.const 1)))"
    ),
    "branches to many blocks": lambda: module_bytes(
        "block " * 500
        + "".join(f"(br_table {' '.join(map(str, range(500)))} (i32.const 1))" for _ in range(90))
        + "end " * 500
    ),
    "a deep expression": lambda: module_bytes(
        "i32.const 1 " * 12_000 + "i32.add " * 11_999 + "drop"
    ),
    "many branches": lambda: module_bytes(
        "(local i64)" + f"(if (i32.const 1) (then {_ADD}))" * 4_000
    ),
    "many functions": lambda: module_bytes(more="(func)" * 12_000),
    "many exports": lambda: module_bytes(
        more="".join(f'(export "e{i}" (memory 0))' for i in range(6_000))
    ),
    "many types": lambda: module_bytes(
        more="".join(f"(type (func (param {'i32 ' * (i % 90)})))" for i in range(1_000))
    ),
    "many results": lambda: module_bytes(
        ("(call $m) " + "drop " * 1_000) * 20,
        more=f"(func $m (result {'i64 ' * 1_000}) unreachable)",
    ),
    "many segments": lambda: module_bytes(more='(data (i32.const 9000) "x")' * 9_000),
    "many elements": lambda: module_bytes(
        more="(table 4096 funcref)" + "(elem (i32.const 0) func 0)" * 7_000
    ),
    "a huge segment": lambda: module_bytes(more=f'(data (i32.const 9000) "{"x" * 56_000}")'),
    "shuffles": lambda: module_bytes(
        "(local v128)" + "(local.set 2 (i8x16.shuffle 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 31 "
        "(local.get 2) (local.get 2)))" * 2_500
    ),
    "one large section": lambda: custom_sections([60_000]),
    "many sections": lambda: custom_sections([0] * 20_000),
    "a larger section": lambda: custom_sections([4_000_000]),
    "a slow start": lambda: module_bytes(
        more="(func $s (local i32) (loop (br_if 0 (i32.lt_u (local.tee 0 (i32.add (local.get 0) "
        "(i32.const 1))) (i32.const 1200000))))) (start $s)"
    ),
    "a table bomb": lambda: module_bytes(more="(table 4294967295 funcref)"),
    "slow bars": lambda: module_bytes(MISDEEDS["roots"]),
}
"""Given to the guarded worker, which may refuse or be killed, and no more."""

VALUES: tuple[Any, ...] = (
    *(None, True, -1, 0, 2**63, 10**400, 0.5, float("nan"), float("inf"), "", "x", "x" * 9_000),
    *("\N{SNOWMAN}", "\0", [], [[]], [None], [1], ["a", "a"], ["b"], ["x" * 200], {}, {"a": 1}),
    *([{}], [f"p{i}" for i in range(70)], [{"name": "k", "type": "int", "default": 1}] * 2),
)


def false_metadata() -> list[bytes]:
    """Each field, and each field of a param, with each value."""
    found = [METADATA | {name: value} for name in (*METADATA, "language", "x") for value in VALUES]
    param: dict[str, Any] = {"name": "k", "type": "float", "default": 2.0}
    for name in ("name", "type", "default", "low", "high", "step", "title", "x"):
        found += [METADATA | {"params": [param | {name: value}]} for value in VALUES]
    return [json.dumps(metadata).encode() for metadata in found]


REGIONS = ("bar", "output", "params", "state", "metadata")
PLACES = (
    *((0, 0), (0, 8), (1, 8), (7, 48), (64, 48), (128, 88), (65_528, 8), (65_529, 8), (65_536, 0)),
    *((65_536, 1), (0, 65_536), (0xFFFF_FFF8, 8), (0xFFFF_FFFF, 1), (8, 0xFFFF_FFFF)),
    *((0xFFFF_FFFF, 0xFFFF_FFFF), (0x8000_0000, 0x8000_0000), (60_000, 0), (64, 80), (0, 44)),
)
