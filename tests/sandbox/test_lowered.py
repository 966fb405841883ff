"""Lowered trees: what they hold, as bytes, as text, and before their verifier."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from random import Random
from weakref import ref

import pytest
import wasmtime

from sandbox.compiler import typed
from sandbox.compiler.driver import stages_of
from sandbox.compiler.encode import encode
from sandbox.compiler.inlined import written_out
from sandbox.compiler.lower.module import lower
from sandbox.compiler.lower.plan import Plan, plan_of
from sandbox.compiler.placed import Placement
from sandbox.compiler.verify.wasm import verify
from sandbox.compiler.wasm import Block, Fragment, IfElse, Inlined, Loop, Node, Op, Reason
from sandbox.compiler.wat import wat
from tests.sandbox.bare import nothing_inlined, one_apart
from tests.sandbox.checking import helpers
from tests.sandbox.running import body
from tests.sandbox.typed_drawing import drawn_program
from tests.sandbox.typed_programs import (
    FLOAT,
    NO_LINE,
    bar,
    calc,
    const,
    function,
    local,
    program,
    put,
)


def ta_like(calls: int) -> tuple[typed.Program, Placement]:
    """on_bar with many calls of a function of some eighty nodes."""
    steps = [
        put(1, calc("+", local(FLOAT, 1), calc("*", local(FLOAT, 0), const(0.5))))
        for _ in range(10)
    ]
    helper = function(
        "ta.long", (FLOAT, FLOAT), put(1, const(0.0)), *steps, arguments=(0,), results=(1,)
    )
    sites = [typed.Call(site, (bar("close"),), (0,), NO_LINE) for site in range(calls)]
    return program(helper, function("on_bar", (FLOAT,), *sites, sites=(0,) * calls), outputs=(0,))


def test_a_function_of_a_large_program_is_there_once() -> None:
    few, many = ta_like(10), ta_like(150)
    assert len(lower(*few).functions) == 1
    module = lower(*many)
    assert [each.name for each in module.functions] == ["ta.long", "run"]
    assert len(encode(module).code) < 8_000


def test_the_same_tree_gives_the_same_bytes() -> None:
    made = drawn_program(Random(3))
    assert encode(lower(*made)) == encode(lower(*made))


def test_marks_lie_on_what_can_trap_and_on_calls() -> None:
    opcodes = {
        Reason.CALL: {0x10},
        Reason.DIVISION: {0x7F, 0x81},
        Reason.CONVERSION: {0xB0},
        Reason.WINDOW: {0x04, 0x00},
        Reason.BUDGET: {0x04, 0x00},
    }
    found: dict[Reason, set[int]] = {reason: set() for reason in opcodes}
    for seed in range(12):
        made = drawn_program(Random(seed))
        encoded = encode(lower(*made, nothing_inlined(made[0])))
        for offset, mark in encoded.marks:
            found[mark.reason].add(encoded.code[offset])
    assert found == opcodes


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("plan", [plan_of, one_apart, nothing_inlined])
def test_a_fragment_is_the_same_as_its_code_written_out(
    seed: int, plan: Callable[[typed.Program], Plan]
) -> None:
    """In frames within frames, of several places, all with windows and histories."""
    made = drawn_program(Random(seed))
    module = lower(*made, plan(made[0]))
    plain = written_out(module)
    assert "Inlined(" not in repr(plain)
    assert encode(plain) == encode(module)


def test_the_stdlib_s_code_is_made_once_for_all_programs() -> None:
    first, second = (
        {*_fragments(stages_of(body(*lines)).module.functions[-1].body)}
        for lines in (
            ("score(ta.rsi(bar.close, 9) + ta.ema(bar.open, 20) + ta.ema(bar.high, 3))",),
            ("if ta.ema(bar.low, 7) > 1.0:", "    score(ta.rsi(bar.open, 14))"),
        )
    )
    assert len(first) == 2 and first == second


def test_an_account_s_code_is_made_once_however_many_params_there_are() -> None:
    lines = ("enter_long(trail=2.0)", "score(position.size)")
    params = "n = param(5, high=9)\nx = param(0.5)\n"
    first, second = (
        stages_of(source).module for source in (body(*lines), helpers(params, body(*lines)))
    )
    assert first.functions[0].name == "engine._traded"
    assert first.functions[0] is second.functions[0]


def test_what_follows_from_a_strategy_s_own_code_is_forgotten_with_it() -> None:
    stages = stages_of(body("score(ta.ema(bar.close, 5))"))
    encode(stages.module)
    on_bar, run = ref(stages.program.on_bar), ref(stages.module.functions[-1])
    del stages
    gc.collect()
    assert on_bar() is None and run() is None


def _fragments(nodes: Iterable[Node]) -> Iterator[Fragment]:
    for node in nodes:
        match node:
            case Inlined(fragment=fragment):
                yield fragment
            case Block(body=body) | Loop(body=body):
                yield from _fragments(body)
            case IfElse(then=then, otherwise=otherwise):
                yield from _fragments((*then, *otherwise))


@pytest.mark.parametrize("seed", range(8))
def test_the_text_assembles_to_the_same_code(seed: int) -> None:
    made = drawn_program(Random(seed))
    module = lower(*made, nothing_inlined(made[0]))
    assembled = bytes(wasmtime.wat2wasm(wat(module)))
    assert _code_section(assembled) == _code_section(encode(module).code)


def _code_section(code: bytes) -> bytes:
    """The tenth section's content: the functions' bodies."""
    at = 8
    while at < len(code):
        number, size, shift = code[at], 0, 0
        while True:
            at += 1
            size |= (code[at] & 0x7F) << shift
            shift += 7
            if code[at] < 0x80:
                break
        at += 1
        if number == 10:
            return code[at : at + size]
        at += size
    raise AssertionError("no code section")


def test_the_verifier_of_lowered_trees_finds_wrong_operands_and_missing_marks() -> None:
    module = lower(*drawn_program(Random(1)))
    run = module.functions[-1]
    for wrong in (Op("f64.add"), Op("i32.const", 1), Op("br", 0), Op("unreachable")):
        broken = replace(module, functions=(replace(run, body=(*run.body, wrong)),))
        with pytest.raises(AssertionError):
            verify(broken)
    one = Op("i64.const", 1)
    unmarked = (Op("i32.const", 0), one, one, Op("i64.div_s"), Op("i64.store", 0))
    with pytest.raises(AssertionError):
        verify(replace(module, functions=(replace(run, body=unmarked),)))
