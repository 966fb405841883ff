"""Compiling in processes that can be killed."""

from __future__ import annotations

import asyncio
import threading

import psutil
import pytest

from sandbox.compiler.driver import compile_source
from sandbox.errors import CompileError, ModuleError
from sandbox.host.guarded import GuardedCompiler
from tests.sandbox.foreign.modules import SCORE_COUNT, SOURCES, built, module_bytes
from tests.sandbox.running import EXAMPLES, body


def heavy() -> str:
    lines = [f"a{i}, b{i}, c{i} = ta.macd(bar.close, 3, 5, 4)" for i in range(45)]
    return body(*lines)


async def test_it_gives_what_the_compiler_gives() -> None:
    source = EXAMPLES[0].read_text(encoding="utf-8")
    async with GuardedCompiler() as compiler:
        assert await compiler.compile(source) == compile_source(source)
        with pytest.raises(CompileError) as caught:
            await compiler.compile("import os\n")
        assert [found.code for found in caught.value.diagnostics] == [
            "docstring",
            "import",
            "on-bar",
        ]
        with pytest.raises(CompileError, match="65,536"):
            await compiler.compile("#" * 10_000_000)


def compilers() -> list[psutil.Process]:
    """The worker processes of this test; the session's servers are children too."""
    return [
        child
        for child in psutil.Process().children()
        if child.status() != psutil.STATUS_ZOMBIE and "sandbox.host.worker" in child.cmdline()
    ]


async def test_a_worker_is_kept_for_the_next_compile() -> None:
    async with GuardedCompiler() as compiler:
        await compiler.start()
        (worker,) = compilers()
        for path in EXAMPLES:
            await compiler.compile(path.read_text(encoding="utf-8"))
        assert compilers() == [worker]
    assert not compilers()


async def test_a_compile_that_takes_too_long_is_killed_and_explained() -> None:
    async with GuardedCompiler(timeout_s=0.001) as compiler:
        await compiler.start()
        (worker,) = compilers()
        with pytest.raises(CompileError) as caught:
            await compiler.compile(heavy())
        assert caught.value.diagnostics[0].code == "compile-limits"
        assert not worker.is_running()
        compiler._timeout_s = 10.0
        await compiler.compile(EXAMPLES[0].read_text(encoding="utf-8"))


async def test_a_worker_without_memory_is_a_diagnostic_too() -> None:
    async with GuardedCompiler() as compiler:
        await compiler.start()
        (worker,) = compilers()
        if hasattr(worker, "rlimit"):
            worker.rlimit(psutil.RLIMIT_AS, (1, 1))
        else:  # not every system has them
            worker.kill()
        with pytest.raises(CompileError) as caught:
            await compiler.compile(heavy())
        # Python's parser says the same of too little memory and of too deep a nesting.
        assert caught.value.diagnostics[0].code in ("compile-limits", "nested-too-deep")


async def test_a_cancelled_compile_leaves_no_answer_for_the_next() -> None:
    async with GuardedCompiler() as compiler:
        await compiler.start()
        first = asyncio.create_task(compiler.compile(heavy()))
        await asyncio.sleep(0.005)
        first.cancel()
        with pytest.raises(asyncio.CancelledError):
            await first
        source = EXAMPLES[2].read_text(encoding="utf-8")
        assert await compiler.compile(source) == compile_source(source)


async def test_a_worker_that_died_while_idle_is_replaced() -> None:
    async with GuardedCompiler() as compiler:
        await compiler.start()
        (worker,) = compilers()
        worker.kill()
        await asyncio.sleep(0.2)
        source = EXAMPLES[2].read_text(encoding="utf-8")
        assert await compiler.compile(source) == compile_source(source)


async def test_it_works_beside_threads_and_with_several_workers() -> None:
    stop = threading.Event()
    threads = [threading.Thread(target=stop.wait) for _ in range(4)]
    for thread in threads:
        thread.start()
    sources = [path.read_text(encoding="utf-8") for path in EXAMPLES] * 3
    async with GuardedCompiler(workers=2) as compiler:
        results = await asyncio.gather(*(compiler.compile(source) for source in sources))
        assert len(compilers()) == 2
    assert [compiled.wasm for compiled in results] == [compile_source(s).wasm for s in sources]
    stop.set()
    for thread in threads:
        thread.join()


async def test_it_examines_modules_of_other_compilers() -> None:
    good, orders = module_bytes(SCORE_COUNT), built(SOURCES / "orders_of_volume.c")
    async with GuardedCompiler() as compiler:
        examined = await compiler.examine(good)
        assert (examined.wasm, examined.metadata.plots) == (good, ("a", "b"))
        assert (await compiler.examine(orders)).state_bytes == 131_072
        (worker,) = compilers()
        with pytest.raises(ModuleError, match="rule memory: it is not fixed"):
            await compiler.examine(module_bytes(memory="1 2"))
        with pytest.raises(ModuleError, match="rule size"):
            await compiler.examine(bytes(10_000_000))
        assert compilers() == [worker]


async def test_a_module_that_takes_too_long_is_killed_and_explained() -> None:
    async with GuardedCompiler(timeout_s=0.001) as compiler:
        with pytest.raises(ModuleError, match="took too long or too much memory"):
            await compiler.examine(module_bytes(SCORE_COUNT))
        assert not compilers()
