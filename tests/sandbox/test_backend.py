"""Typed programs mean in WebAssembly what the interpreter says, to the last bit."""

from __future__ import annotations

import struct
from dataclasses import replace
from random import Random

import numpy as np
import pytest
import wasmtime
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sandbox.compiler import typed
from sandbox.compiler.placed import Placement
from sandbox.compiler.semantics import CANONICAL_NAN
from sandbox.compiler.syntax import Span
from tests.sandbox.bare import BAR, BareModule, assert_same, cause
from tests.sandbox.typed_drawing import FLOATS, INT_OPS, INTS, NAN, drawn_bars, drawn_program
from tests.sandbox.typed_programs import (
    FLOAT,
    HERE,
    INT,
    bar,
    builtin,
    calc,
    compare,
    const,
    function,
    local,
    program,
    put,
    when,
)


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.integers(0, 2**32))
def test_any_program_means_the_same_inlined_or_not(seed: int) -> None:
    chance = Random(seed)
    assert_same(drawn_program(chance), drawn_bars(chance, 10), level=-2.25, span=2, switch=0)


@pytest.mark.parametrize("op", INT_OPS)
def test_whole_numbers_wrap_round_down_and_trap_alike(op: str) -> None:
    made = program(
        function("on_bar", (INT, INT), put(0, bar("time")), *_second_whole(op)), outputs=(0, 1)
    )
    pairs = [(left, right) for left in INTS for right in INTS]
    bars = [{**BAR, "time": left, "close": _float_of(right)} for left, right in pairs]
    traps = {outputs.trap for outputs in assert_same(made, bars)}
    assert traps == ({None, "division"} if op in ("//", "%") else {None})


def _second_whole(op: str) -> tuple[typed.Statement, ...]:
    right = builtin(INT, "bits", bar("close"))
    return put(1, right), put(0, calc(op, local(INT, 0), local(INT, 1)))


def _float_of(word: int) -> float:
    value: float = struct.unpack("<d", struct.pack("<q", word))[0]
    return value


ROUNDING = ["abs", "floor", "ceil", "trunc", "nearest", "sqrt"]


@pytest.mark.parametrize("name", [*ROUNDING, "min", "max", "copysign"])
def test_functions_of_floats_agree_on_odd_values(name: str) -> None:
    operands = (bar("open"),) if name in ROUNDING else (bar("open"), bar("close"))
    made = program(
        function("on_bar", (FLOAT,), put(0, builtin(FLOAT, name, *operands))), outputs=(0,)
    )
    odd = [*FLOATS, 1.5, -0.5, -1.5, 4503599627370497.5, -NAN]
    assert_same(made, [{**BAR, "open": left, "close": right} for left in odd for right in odd])


def test_bits_of_na_are_the_canonical_ones_whatever_its_payload() -> None:
    odd = builtin(FLOAT, "from_bits", const(-0x0007_FFFF_FFFF_1234))
    made = program(
        function("on_bar", (INT, FLOAT), put(1, odd), put(0, builtin(INT, "bits", odd))),
        outputs=(0, 1),
    )
    (outputs,) = assert_same(made, [BAR])
    assert outputs.values[0] == CANONICAL_NAN
    module = BareModule(*made)
    module.start()
    assert module.run([BAR])[1].view(np.int64)[0] == CANONICAL_NAN


def test_to_int_traps_on_na_and_outside_of_64_bits() -> None:
    made = program(
        function("on_bar", (INT,), put(0, typed.ToInt(INT, bar("open"), Span(7, 1, 7, 2)))),
        outputs=(0,),
    )
    fine, wrong = [-0.9, 2.5, -(2.0**63), 9.2e18], [NAN, 2.0**63, -9.3e18, float("inf")]
    outputs = assert_same(made, [{**BAR, "open": value} for value in (*fine, *wrong)])
    assert [each.values[0] for each in outputs[:4]] == [0, 2, -(2**63), 9_200_000_000_000_000_000]
    assert [(each.trap, each.line) for each in outputs[4:]] == [("conversion", 7)] * 4


def test_a_trap_leaves_no_trace_of_what_was_written_several_times() -> None:
    """A helper that counts its calls, called thrice in a bar before what traps."""
    slot = typed.StateSlot(0, INT, 5)
    more = put(0, calc("+", local(INT, 0), const(1)))
    counter = function("counter", (INT,), more, results=(0,), states=(slot,))
    call = typed.Call(0, (), (0,), HERE)
    thrice = typed.Loop(1, const(0), const(3), 1, 1, (call,), HERE)
    trap = put(1, calc("//", const(1), bar("time")))
    on_bar = function("on_bar", (INT, INT), put(0, const(0)), thrice, trap, sites=(0,))
    made = program(counter, on_bar, outputs=(0,))
    outputs = assert_same(made, [{**BAR, "time": time} for time in (1, 0, 1)])
    assert [each.values[0] for each in outputs] == [8, 0, 11]


def _leaning(name: str, line: int) -> typed.Function:
    """A function whose window has two cells; its argument says which one to read."""
    span = Span(line, 1, line, 2)
    read = typed.CellRead(FLOAT, 0, local(INT, 0), span)
    window = typed.WindowSlot(const(2), HERE)
    return function(
        name, (INT, FLOAT), put(1, read), arguments=(0,), results=(1,), windows=(window,)
    )


@pytest.mark.parametrize("line", [3, 0])
def test_a_trap_tells_the_line_of_the_users_innermost_code(line: int) -> None:
    """A helper's own line; where the code is the library's, the line that called it."""
    outer = function(
        "outer",
        (INT, FLOAT),
        typed.Call(0, (local(INT, 0),), (1,), Span(line, 1, line, 2)),
        arguments=(0,),
        results=(1,),
        sites=(0,),
    )
    calls = tuple(
        typed.Call(site, (bar("time"),), (0,), Span(10 + site, 1, 10 + site, 2))
        for site in range(2)
    )
    second = when(compare("==", bar("open"), const(9.0)), calls[1], otherwise=(calls[0],))
    on_bar = function("on_bar", (FLOAT,), put(0, const(0.0)), second, sites=(1, 1))
    made = program(_leaning("ta.inner", 0), outer, on_bar, outputs=(0,))
    bars = [{**BAR, "time": 1}, {**BAR, "time": 2}, {**BAR, "time": -1, "open": 9.0}]
    outputs = assert_same(made, bars)
    lines = [10, 11] if line == 0 else [line, line]
    assert [(each.trap, each.line) for each in outputs[1:]] == [
        ("window", wanted) for wanted in lines
    ]


def test_calls_of_one_function_keep_frames_and_sizes_of_their_own() -> None:
    """A window and a history of a length that each caller chooses; none sees another's."""
    length, value, result = 0, 1, 2
    last = calc("-", local(INT, length), const(1))
    keeper = function(
        "keeper",
        (INT, FLOAT, FLOAT),
        put(result, typed.CellRead(FLOAT, 0, last, HERE)),
        typed.CellWrite(0, last, local(FLOAT, value), HERE),
        put(result, builtin(FLOAT, "max", local(FLOAT, result), local(FLOAT, value))),
        typed.Push(0, local(FLOAT, value), HERE),
        put(value, typed.History(FLOAT, 0, local(INT, length), HERE)),
        arguments=(length, value),
        lengths=frozenset({length}),
        results=(result, value),
        windows=(typed.WindowSlot(local(INT, length), HERE),),
        histories=(typed.HistorySlot((local(INT, length),), False),),
    )
    calls = [
        typed.Call(site, (const(size), bar(name)), (2 * site, 2 * site + 1), HERE)
        for site, (size, name) in enumerate([(1, "open"), (3, "close"), (9, "high")])
    ]
    on_bar = function("on_bar", (FLOAT,) * 6, *calls, sites=(0, 0, 0))
    made = program(keeper, on_bar, outputs=tuple(range(6)))
    bars = [{**BAR, "open": 1.0 * n, "close": 10.0 * n, "high": 100.0 * n} for n in range(14)]
    outputs = assert_same(made, bars)
    assert outputs[13].values == (13.0, 13.0, 130.0, 110.0, 1300.0, 500.0)
    assert outputs[1].values[3] != outputs[1].values[3], "three pushes back there was none"


def test_frames_within_frames_are_apart() -> None:
    """Each of a counter's eight frames counts its own calls, and begins with another number."""

    def twice(name: str, callee: int) -> typed.Function:
        """Calls it for each bar, and once more where the first result is even."""
        calls = [typed.Call(site, (), (1 + site,), HERE) for site in range(2)]
        even = compare("==", calc("&", local(INT, 1), const(1)), const(0))
        total = calc("+", calc("*", const(7), local(INT, 1)), local(INT, 2))
        return function(
            name,
            (INT, INT, INT),
            put(2, const(0)),
            calls[0],
            when(even, calls[1]),
            put(0, calc("+", local(INT, 0), total)),
            results=(0,),
            states=(typed.StateSlot(0, INT, callee + 1),),
            sites=(callee, callee),
        )

    more = put(0, calc("+", local(INT, 0), const(1)))
    inner = function("inner", (INT,), more, results=(0,), states=(typed.StateSlot(0, INT, 3),))
    outer = twice("on_bar", 2)
    made = program(inner, twice("f1", 0), twice("f2", 1), replace(outer, results=()), outputs=(0,))
    outputs = assert_same(made, [BAR] * 6)
    assert len({each.values[0] for each in outputs}) == 6


def _counting() -> tuple[typed.Program, Placement]:
    """Adds 60 / time to a sum, so that it traps where the time is 0; has loops and history."""
    sum_, term, round_ = 0, 1, 2
    loop = typed.Loop(
        round_, const(0), const(3), 1, 1, (put(sum_, calc("+", local(INT, sum_), const(1))),), HERE
    )
    on_bar = function(
        "on_bar",
        (INT, INT, INT, FLOAT),
        loop,
        put(term, calc("//", const(60), bar("time"), line=9)),
        put(sum_, calc("+", local(INT, sum_), local(INT, term))),
        put(3, typed.History(FLOAT, 0, const(2), HERE)),
        states=(typed.StateSlot(sum_, INT, 100),),
        histories=(typed.HistorySlot((const(2),), True),),
        closing=(typed.Push(0, bar("close"), HERE),),
    )
    return program(on_bar, outputs=(sum_, 3))


def test_a_run_over_many_rows_is_the_rows_one_by_one() -> None:
    bars = [{**BAR, "time": n, "close": n / 4} for n in range(1, 80)]
    single, whole = BareModule(*_counting()), BareModule(*_counting())
    for module in (single, whole):
        module.start()
    columns = [column.tolist() for column in whole.run(bars)]
    rows = [single.advance(one) for one in bars]
    assert columns[0] == [row.values[0] for row in rows]
    assert columns[1][2:] == [row.values[1] for row in rows][2:] == [n / 4 for n in range(1, 78)]
    assert (whole.block == single.block).all()
    assert whole.spent == single.spent == 3 * len(bars)


def test_a_trap_says_which_row_it_was_and_those_before_are_written() -> None:
    module = BareModule(*_counting())
    module.start()
    with pytest.raises(wasmtime.Trap) as caught:
        module.run([{**BAR, "time": time} for time in (1, 2, 0, 4)])
    assert module.progress == 2 and cause(module.marks, caught.value) == ("division", 9)
    assert module.output(0)[:2].tolist() == [163, 196]
