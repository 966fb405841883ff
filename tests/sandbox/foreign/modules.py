"""Foreign modules for tests: by hand in WebAssembly's text, and from C by the compiler."""

from __future__ import annotations

import json
import os
import struct
import subprocess
import sys
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import wasmtime

from sandbox.host.foreign.engine import ForeignEngine
from sandbox.host.foreign.instance import ForeignInstance
from sandbox.host.foreign.module import ForeignModule, load_foreign

REPOSITORY = Path(__file__).parents[3]
FOREIGN = REPOSITORY / "docs/strategies/foreign"
SOURCES = Path(__file__).parent
PAGE_BYTES = 65_536

# where a module made by `module_bytes` has its records: (address, bytes), two plots
BAR, OUTPUT, PARAMS, STATE = (64, 48), (128, 88), (512, 8), (768, 16)
METADATA_AT = 1024
SCORE, PLOT_A = OUTPUT[0] + 64, OUTPUT[0] + 72
COUNT = f"""(i64.store (i32.const {STATE[0]})
  (i64.add (i64.load (i32.const {STATE[0]})) (i64.const 1)))"""
SCORE_COUNT = f"""{COUNT} (f64.store (i32.const {SCORE})
  (f64.convert_i64_s (i64.load (i32.const {STATE[0]}))))"""
EVERY_THIRD = f"(i64.eqz (i64.rem_s (i64.load (i32.const {STATE[0]})) (i64.const 3)))"
METADATA = {
    "description": "Test.",
    "params": [{"name": "k", "type": "float", "default": 2.0, "low": 0.0}],
    "plots": ["a", "b"],
    "alerts": ["so"],
}

_TEXT = """(module
  (memory (export "memory") {memory})
  (data (i32.const 0) "{descriptor}")
  (data (i32.const {metadata_at}) "{metadata}")
  (func (export "peripheral_describe") (result i32) {describe})
  (func (export "on_bar") (param $bar i32) (param $out i32) {on_bar})
  {more})"""


@cache
def engine() -> ForeignEngine:
    return ForeignEngine()


def module_bytes(
    on_bar: str = "",
    *,
    describe: str = "(i32.const 0)",
    memory: str = "1 1",
    more: str = "",
    version: int = 1,
    regions: dict[str, tuple[int, int]] | None = None,
    metadata: bytes | None = None,
) -> bytes:
    """A module that keeps every rule but those that the arguments break."""
    text = json.dumps(METADATA).encode() if metadata is None else metadata
    places = {"bar": BAR, "output": OUTPUT, "params": PARAMS, "state": STATE}
    places |= {"metadata": (METADATA_AT, len(text))} | (regions or {})
    numbers = [number for place in places.values() for number in place]
    written = _TEXT.format(
        memory=memory,
        descriptor=_escaped(struct.pack("<11I", version, *numbers)),
        metadata_at=METADATA_AT,
        metadata=_escaped(text),
        describe=describe,
        on_bar=on_bar,
        more=more,
    )
    return bytes(wasmtime.wat2wasm(written))


def _escaped(data: bytes) -> str:
    return "".join(f"\\{byte:02x}" for byte in data)


def loaded(on_bar: str = "", more: str = "") -> ForeignModule:
    return load_foreign(engine(), module_bytes(on_bar, more=more))


def instance_of(on_bar: str = "", more: str = "") -> ForeignInstance:
    return ForeignInstance(loaded(on_bar, more), 100)


_MEMORY = "--initial-memory=131072 --max-memory=131072"
_C = "cc -target wasm32-freestanding -O2 -nostdlib -Wall -Wextra -Werror -I sandbox/sdk"
_C_LINK = "-Wl,--no-entry,--initial-memory=131072,--max-memory=131072,-z,stack-size=16384"
_ZIG = "build-exe -target wasm32-freestanding -O ReleaseSmall -fno-entry --stack 16384"
_ZIG_EXPORTS = "--export=on_bar --export=peripheral_describe"


@cache
def built(source: Path) -> bytes:
    """A C or Zig file compiled as docs/strategy-abi.md says, by the compiler of the dev group."""
    with TemporaryDirectory() as folder:
        target = Path(folder) / "strategy.wasm"
        if source.suffix == ".c":
            options = [*_C.split(), _C_LINK, "-o", str(target)]
        else:
            options = [*_ZIG.split(), *_MEMORY.split(), *_ZIG_EXPORTS.split()]
            options.append(f"-femit-bin={target}")
        caches = {"ZIG_GLOBAL_CACHE_DIR": folder, "ZIG_LOCAL_CACHE_DIR": folder}
        subprocess.run(
            [sys.executable, "-m", "ziglang", *options, str(source)],
            check=True,
            timeout=100,
            cwd=REPOSITORY,
            env=os.environ | caches,
        )
        return target.read_bytes()
