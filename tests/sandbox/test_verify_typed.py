"""What the verifier of typed trees refuses."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sandbox.compiler import typed
from sandbox.compiler.verify.typed import verify
from tests.sandbox.typed_programs import (
    FLOAT,
    HERE,
    INT,
    calc,
    const,
    function,
    local,
    program,
    put,
    when,
)

X, SET = local(FLOAT, 0), put(0, const(1.0))
UNSOUND = {
    "read before it is set": (put(1, X),),
    "set on one side only": (when(const(True), SET), put(1, X)),
    "set after a break": (
        typed.Forever(1, (when(const(True), typed.Break(HERE)), SET), HERE),
        put(1, X),
    ),
    "set in a loop of no rounds": (
        typed.Loop(2, const(0), const(1), 1, 1, (SET,), HERE),
        put(1, X),
    ),
    "a loop's local set": (typed.Loop(2, const(0), const(1), 1, 1, (put(2, const(1)),), HERE),),
    "a round for nothing": (typed.Forever(0, (typed.Break(HERE),), HERE),),
    "a jump to nowhere": (typed.Break(HERE),),
    "a type for another": (put(0, const(1)),),
    "an index beyond": (put(1, typed.CellRead(FLOAT, 0, const(0), HERE)),),
    "no such operator": (SET, put(1, calc("%", X, X))),
}


@pytest.mark.parametrize("body", UNSOUND.values(), ids=UNSOUND)
def test_the_verifier_of_typed_trees_finds(body: tuple[typed.Statement, ...]) -> None:
    made, _ = program(function("on_bar", (FLOAT, FLOAT, INT)))
    verify(made)
    with pytest.raises((AssertionError, IndexError)):
        verify(replace(made, functions=(replace(made.on_bar, body=body),)))
