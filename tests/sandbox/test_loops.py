"""Loops: their rounds, their budget, and the jumps out of them."""

from __future__ import annotations

import pytest

from sandbox.compiler import typed
from sandbox.compiler.syntax import Span
from tests.sandbox.bare import BAR, assert_same
from tests.sandbox.typed_programs import (
    HERE,
    INT,
    bar,
    calc,
    compare,
    const,
    function,
    local,
    program,
    put,
    when,
)


@pytest.mark.parametrize(
    ("start", "stop", "step"),
    [
        (0, 5, 1),
        (5, 0, -2),
        (3, 3, 1),
        (4, 1, 1),
        (2**63 - 5, 2**63 - 1, 3),
        (0, 9, 2**62),
        (-(2**63) + 3, -(2**63), -2),
        (0, -1, -(2**63)),
        (-(2**63), 2**63 - 1, 2**62),
    ],
)
def test_a_loop_goes_as_range_does_and_never_wraps(start: int, stop: int, step: int) -> None:
    body = (put(0, calc("+", local(INT, 0), local(INT, 1))),)
    loop = typed.Loop(1, const(start), const(stop), step, 3, body, HERE)
    made = program(function("on_bar", (INT, INT), put(0, const(0)), loop), outputs=(0,))
    (outputs,) = assert_same(made, [BAR])
    rounds = range(start, stop, step)
    assert outputs.values[0] == (sum(rounds) + 2**63) % 2**64 - 2**63
    assert outputs.steps == 3 * len(rounds)


def test_break_continue_and_leave_go_where_they_say() -> None:
    """Of the rounds 0 … 9 the even ones are passed over; the loop ends with the one that
    `time` names, the function with the one that -time does. Behind the loop 100 is added."""
    sum_, round_ = 0, 1
    here = local(INT, round_)
    add = put(sum_, calc("+", local(INT, sum_), here))
    odd = compare("==", calc("&", here, const(1)), const(1))
    ends = compare("==", here, bar("time"))
    loop = typed.Loop(
        round_,
        const(0),
        const(10),
        1,
        1,
        (
            when(compare("==", here, calc("-", const(0), bar("time"))), typed.Leave(HERE)),
            when(odd, otherwise=(typed.Continue(HERE),)),
            add,
            when(ends, typed.Break(HERE)),
        ),
        HERE,
    )
    behind = put(sum_, calc("+", local(INT, sum_), const(100)))
    made = program(function("on_bar", (INT, INT), put(sum_, const(0)), loop, behind), outputs=(0,))
    outputs = assert_same(made, [{**BAR, "time": time} for time in (99, 5, 1, -4)])
    assert [(each.values[0], each.steps) for each in outputs] == [
        (125, 10),
        (109, 6),
        (101, 2),
        (4, 5),
    ]


def test_a_bar_traps_in_the_round_that_its_budget_does_not_cover() -> None:
    endless = typed.Forever(7, (put(0, calc("+", local(INT, 0), const(1))),), Span(4, 1, 4, 9))
    loop = when(compare(">", bar("close"), const(1.0)), endless)
    slot = typed.StateSlot(0, INT, 0)
    made = program(function("on_bar", (INT,), loop, states=(slot,)), outputs=(0,), budget=700)
    outputs = assert_same(made, [BAR, {**BAR, "close": 0.5}, BAR])
    assert [(each.trap, each.line, each.steps) for each in outputs] == [
        ("budget", 4, 707),
        (None, None, 0),
        ("budget", 4, 707),
    ]
    assert outputs[1].values == (0,), "nothing is left of the bars that trapped"
