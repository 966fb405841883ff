"""What statements cost: the nodes of their trees, those of the functions they call included."""

from __future__ import annotations

from collections.abc import Sequence

from sandbox.compiler import typed
from sandbox.compiler.walk import walk

DIVISION_COST = 6
"""Of a division or a square root, whose time is that of so many other operations."""


def cost_of(statements: Sequence[typed.Statement], sites: Sequence[typed.Function]) -> int:
    """Of running them once, without the rounds of loops, which are counted as they run.
    sites: of the function that they are of."""
    total = 0
    for node in walk(tuple(statements)):
        match node:
            case typed.Call(site=site):
                total += 1 + sites[site].cost
            case typed.Builtin(name="sqrt") | typed.Arithmetic(op=("/" | "//" | "%")):
                total += DIVISION_COST
            case _:
                total += 1
    return total
