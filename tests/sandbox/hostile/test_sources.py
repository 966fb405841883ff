"""Hostile sources: refused by diagnostics or contained, in bounded time and memory."""

from __future__ import annotations

import inspect
import sys
import time
from functools import cache

import numpy as np
import psutil
import pytest

from sandbox.compiler.driver import compile_source
from sandbox.compiler.library import library
from sandbox.compiler.report import lines_of
from sandbox.errors import CompileError
from sandbox.host.engine import SandboxEngine
from sandbox.host.guarded import TIMEOUT_S
from sandbox.host.instance import Instance
from sandbox.host.limits import HostLimits
from sandbox.host.module import load_module
from sandbox.host.worker import DIAGNOSTICS
from schemas.columns import BarColumns
from tests.sandbox.hostile.mutation import mutated_source
from tests.sandbox.hostile.operations import operations
from tests.sandbox.hostile.sources import structure
from tests.sandbox.market import joined, part, random_bars
from tests.sandbox.running import EXAMPLES, PANEL, body, columns_of, engine

RSS_GROWTH_MAX = 200 * 1024**2
BARS = 24
MUTATIONS = 400
CASES = {**structure(), **operations()}
GROUPS = 40


@cache
def good_sources() -> tuple[str, ...]:
    return tuple(path.read_text(encoding="utf-8") for path in (*EXAMPLES, PANEL))


@cache
def odd_bars() -> BarColumns:
    """What no exchange sends."""
    odd = [np.nan, np.inf, -np.inf, 0.0, -0.0, -1.0, 5e-324, 1.7e308]
    columns = [np.array([odd[(i * step) % 8] for i in range(BARS)]) for step in (1, 3, 5, 7, 2)]
    times = np.array([0, -(2**63), 2**63 - 1, 1, -1, 60_000_000] * (BARS // 6), np.int64)
    return BarColumns(times, *columns)


def wasm_of(source: str) -> bytes | None:
    """The module, or None with diagnostics that make sense; nothing else, and soon."""
    start = time.process_time()
    try:
        wasm = compile_source(source).wasm
        load_module(engine(), wasm)
    except CompileError as error:
        wasm = None
        lines = len(lines_of(source)) + 1
        assert DIAGNOSTICS.dump_json(error.diagnostics)
        for found in error.diagnostics:
            assert found.code and len(found.message) > 10 and len(found.remedy) > 5, found
            assert 1 <= found.line <= found.end_line <= lines, found
            assert found.column >= 1 and found.end_column >= 1, found
    assert time.process_time() - start < TIMEOUT_S
    return wasm


def assert_contained(wasm: bytes) -> None:
    """A block fed with odd bars comes to its own end, and its neighbour notices nothing."""
    mine, odd = random_bars(BARS, seed=1), odd_bars()
    module = load_module(engine(), wasm)
    alone, beside = Instance(module, 2), Instance(module, 2)
    first = alone.allocate({})
    expected = alone.evaluate(np.full(BARS, first, np.int32), mine)
    blocks = np.array([beside.allocate({}), beside.allocate({})], np.int32)
    order = [row for i in range(BARS) for row in (i, BARS + i)]
    found = beside.evaluate(np.tile(blocks, BARS), part(joined(mine, odd), order))
    for name, column in columns_of(found).items():
        own = np.ascontiguousarray(column[..., ::2]).tobytes()
        assert own == np.ascontiguousarray(columns_of(expected)[name]).tobytes(), name
    assert beside.save(int(blocks[0])) == alone.save(first)


@pytest.mark.parametrize("group", range(GROUPS))
def test_a_hostile_source_is_refused_or_contained(group: int) -> None:
    for name, source in list(CASES.items())[group::GROUPS]:
        try:
            wasm = wasm_of(source)
            if wasm is not None:
                assert_contained(wasm)
        except BaseException as error:
            error.add_note(f"case {name!r}: {source[:300]!r}")
            raise


def test_there_are_enough_of_them() -> None:
    assert len(CASES) == len(structure()) + len(operations()) > 1_000
    assert len(set(CASES.values())) > 0.98 * len(CASES)


@pytest.mark.parametrize("tens", range(MUTATIONS // 10))
def test_a_mutated_strategy_is_refused_or_contained(tens: int) -> None:
    for seed in range(10 * tens, 10 * tens + 10):
        wasm = wasm_of(mutated_source(good_sources(), seed))
        if wasm is not None:
            assert_contained(wasm)


def test_hostile_sources_leave_no_memory_behind() -> None:
    sources = list(CASES.values())[::7]
    before = 0
    for turn in range(3):
        for source in sources:
            wasm_of(source)
        if not turn:  # what is made once has been made
            before = psutil.Process().memory_info().rss
    assert psutil.Process().memory_info().rss - before < RSS_GROWTH_MAX


def test_a_refused_source_leaves_nothing_for_the_next_one() -> None:
    """What is known of library functions is kept; a stack that ran out must not be a part of it."""
    source = body("a, b, c = ta.macd(bar.close)", "score(ta.kama(a, 5) + ta.t3(b, 5))")
    memo = library().functions.stateful
    memo.clear()
    compile_source(source)
    known, refused, limit = dict(memo), 0, sys.getrecursionlimit()
    assert len(known) > 5 and any(known.values())
    for room in range(20, 90):
        memo.clear()
        try:
            sys.setrecursionlimit(len(inspect.stack()) + room)
            compile_source(source)
        except (CompileError, RecursionError):
            refused += 1
        finally:
            sys.setrecursionlimit(limit)
        assert memo.items() <= known.items(), room
    assert 10 < refused < 70


def test_bars_that_use_up_their_budget_never_meet_the_outer_net() -> None:
    """Each is within its budget, so all of them have to be heard, however many are in a call."""
    roots = "math.sqrt(" * 12 + "x" + ")" * 12
    source = body("x = 1.5", "for i in range(12000):", f"    x = {roots}", "score(x)")
    impatient = SandboxEngine(HostLimits(epoch_s=0.1, call_epochs_max=4))
    instance = Instance(load_module(impatient, compile_source(source).wasm), 1)
    bars = random_bars(1_500, seed=1)
    start = time.perf_counter()
    outputs = instance.evaluate(np.full(1_500, instance.allocate({}), np.int32), bars)
    assert time.perf_counter() - start > 0.8  # twice what a call may take without regard to bars
    assert not outputs.trapped.any() and not np.isnan(outputs.score).any()
    impatient.close()


def test_lines_are_counted_as_python_counts_them() -> None:
    for end in ("\n", "\r\n", "\r"):
        source = body("x = 1.0", "# a comment", "score(f'{x}')").replace("\n", end)
        with pytest.raises(CompileError) as caught:
            compile_source(source)
        assert [(d.line, d.code) for d in caught.value.diagnostics] == [(7, "string")]
