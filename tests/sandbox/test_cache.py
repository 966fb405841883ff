"""What compiled once is only read; whatever does not load is made anew."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from sandbox.compiler.driver import Compiled, compile_source
from sandbox.errors import CacheError, CompileError
from sandbox.host.cache import ModuleCache
from sandbox.host.engine import SandboxEngine
from sandbox.host.guarded import GuardedCompiler
from sandbox.host.instance import Instance
from sandbox.host.module import load_module
from tests.sandbox.market import daily_bars
from tests.sandbox.running import body, digest, engine, run

SOURCE = body('plot("x", ta.ema(bar.close, 5))')


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "modules"


def entries(folder: Path, kind: str) -> list[Path]:
    return sorted(folder.glob(f"*.{kind}"))


def made(cache: ModuleCache, source: str) -> Compiled:
    """Read or else compiled, as GuardedCompiler does it."""
    compiled = cache.compiled(source)
    if compiled is None:
        compiled = compile_source(source)
        cache.keep(source, compiled)
    return compiled


def said(cache: ModuleCache, wasm: bytes) -> str:
    instance = Instance(load_module(engine(), wasm, cache.native), 1)
    bars = daily_bars("IBM")
    return digest(instance.evaluate(np.full(len(bars), instance.allocate({}), np.int32), bars))


def test_a_strategy_from_the_cache_is_the_one_that_was_compiled(folder: Path) -> None:
    for _ in range(2):
        cache = ModuleCache(folder)
        compiled = made(cache, SOURCE)
        assert compiled == compile_source(SOURCE)
        assert said(cache, compiled.wasm) == digest(run(SOURCE, daily_bars("IBM")))
    assert len(entries(folder, "wasm")) == len(entries(folder, "native")) == 1


def test_what_is_in_the_cache_is_not_compiled_again(folder: Path) -> None:
    cache = ModuleCache(folder)
    first = made(cache, SOURCE)
    other = compile_source(body('plot("y", bar.open)')).wasm
    entries(folder, "wasm")[0].write_bytes(other)  # only who reads it can tell
    assert made(cache, SOURCE).wasm == other != first.wasm


@pytest.mark.parametrize("damage", [b"", b"nothing of ours", None])
def test_a_damaged_entry_is_made_anew(folder: Path, damage: bytes | None) -> None:
    cache = ModuleCache(folder)
    compiled = made(cache, SOURCE)
    said(cache, compiled.wasm)
    for path in (*entries(folder, "wasm"), *entries(folder, "native")):
        path.write_bytes(path.read_bytes()[:100] if damage is None else damage)
    assert made(cache, SOURCE) == compiled
    assert said(cache, compiled.wasm) == digest(run(SOURCE, daily_bars("IBM")))
    assert entries(folder, "wasm")[0].read_bytes() == compiled.wasm


def test_native_code_of_one_kind_of_engine_is_not_taken_for_anothers(folder: Path) -> None:
    wasm = compile_source(SOURCE).wasm
    ModuleCache(folder).native(engine(), wasm)
    ModuleCache(folder).native(SandboxEngine(canonical_nans=True), wasm)
    assert len(entries(folder, "native")) == 2


async def test_a_source_that_was_compiled_is_not_given_to_a_worker_again(folder: Path) -> None:
    async with GuardedCompiler(cache=ModuleCache(folder)) as guarded:
        compiled = await guarded.compile(SOURCE)
        with pytest.raises(CompileError):
            await guarded.compile("import os")
    assert len(entries(folder, "*")) == 1, "a source with mistakes leaves nothing"
    async with GuardedCompiler(timeout_s=1e-6, cache=ModuleCache(folder)) as guarded:
        assert await guarded.compile(SOURCE) == compiled
        with pytest.raises(CompileError, match="too long"):
            await guarded.compile(SOURCE + "\n")


def test_a_folder_that_others_can_write_to_is_refused(folder: Path) -> None:
    folder.mkdir()
    folder.chmod(0o770)
    with pytest.raises(CacheError, match="chmod 700"):
        ModuleCache(folder)


def test_the_oldest_entries_make_room(folder: Path) -> None:
    size = len(compile_source(SOURCE).wasm)
    cache = ModuleCache(folder, bytes_max=3 * size)
    for number in range(6):
        made(cache, body(f'plot("x", ta.ema(bar.close, {number + 2}))'))
    kept = entries(folder, "wasm")
    assert 1 <= len(kept) <= 3
