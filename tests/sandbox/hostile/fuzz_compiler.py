"""Fuzzes the compiler's front end: python -m tests.sandbox.hostile.fuzz_compiler SECONDS [FOLDER]

A source gives diagnostics or a module, nothing else, in bounded time and memory; a module is
valid, and says over three bars what the reference interpreter says. What breaks that is printed,
and its bytes are left in FOLDER; the source belongs into corpus/, where a test keeps it.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from types import FunctionType

import numpy as np

from sandbox.compiler.driver import compile_source
from sandbox.compiler.limits import Limits
from sandbox.compiler.report import lines_of
from sandbox.errors import CompileError
from sandbox.host.guarded import TIMEOUT_S
from sandbox.host.instance import Instance
from sandbox.host.module import load_module
from sandbox.host.worker import DIAGNOSTICS
from tests.sandbox.hostile.drawing import drawn_source
from tests.sandbox.market import random_bars
from tests.sandbox.running import (
    EXAMPLES,
    canonical,
    digest,
    engine,
    interpret,
)

MEMORY_MB_MAX = 1_500
CORPUS = Path(__file__).parent / "corpus"
LIMITS = Limits(bar_budget=20_000)  # the interpreter takes microseconds an operation


@cache
def good_sources() -> tuple[str, ...]:
    return tuple(path.read_text(encoding="utf-8") for path in EXAMPLES)


def check(source: str) -> bool:
    """Whether the source compiles. Raises AssertionError, or whatever the compiler should not."""
    start = time.process_time()
    try:
        wasm = compile_source(source, LIMITS).wasm
    except CompileError as error:
        assert DIAGNOSTICS.dump_json(error.diagnostics)
        last = len(lines_of(source)) + 1
        for found in error.diagnostics:
            assert 1 <= found.line <= last and found.column >= 1, found
            assert found.message and found.remedy and found.code, found
        return False
    finally:
        assert time.process_time() - start < TIMEOUT_S, "too slow"
    bars = random_bars(3, seed=1)
    instance = Instance(load_module(engine(), wasm), 1)
    said = instance.evaluate(np.full(3, instance.allocate({}), np.int32), bars)
    assert digest(said) == digest(canonical(interpret(source, bars, limits=LIMITS)))
    return True


def check_bytes(data: bytes) -> None:
    """The fuzzer's target."""
    source = drawn_source(data, good_sources())
    try:
        check(source)
    except BaseException:
        sys.stderr.write(f"source: {source!r}\n")
        raise


def compiler_functions() -> Iterator[FunctionType]:
    """Those whose branches the fuzzer is to find."""
    for name, module in list(sys.modules.items()):
        if name.startswith("sandbox.compiler."):
            for thing in vars(module).values():
                members = vars(thing).values() if isinstance(thing, type) else (thing,)
                for member in members:
                    if isinstance(member, FunctionType) and member.__module__ == name:
                        yield member


def main() -> None:
    """The signals of WebAssembly's traps are left to wasmtime."""
    import atheris  # not on every machine

    seconds, *folder = sys.argv[1:]
    artifacts = Path(folder[0] if folder else ".").resolve()
    options = [
        f"-max_total_time={seconds}",
        f"-rss_limit_mb={MEMORY_MB_MAX}",
        "-timeout=20",
        "-max_len=4000",
        "-len_control=0",  # long sources from the beginning
        f"-seed_inputs={','.join(map(str, (*EXAMPLES, *sorted(CORPUS.iterdir()))))}",
        f"-artifact_prefix={artifacts}/",
        *(f"-handle_{signal}=0" for signal in ("segv", "bus", "ill", "fpe")),
    ]
    for function in compiler_functions():
        atheris.instrument_func(function)
    atheris.Setup([sys.argv[0], *options], check_bytes)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
