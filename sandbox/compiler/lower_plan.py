"""Decides, before any code is written, which calls are inlined and where states are stored.

Inlined code is faster by what a call costs, a few nanoseconds, and finds its frame by
constants. But native code is made in a time that grows with the square of a function's
size, so a large program has its functions apart: each once, however often it is called.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from sandbox.compiler import typed

INLINE_ALL_NODES_MAX = 1_500  # of on_bar's tree with all calls written out
INLINE_ONE_NODES_MAX = 60


@dataclass(frozen=True, slots=True)
class Plan:
    """By function: inlined: whether calls to it are written out. stored_at_once: states, by
    their local, that are stored where they are set; stored_late: those that are when the
    function ends. A state that is never set is in neither. loops: whether there are any."""

    inlined: tuple[bool, ...]
    stored_at_once: tuple[dict[int, int], ...]
    stored_late: tuple[tuple[int, ...], ...]
    loops: bool


def plan_of(program: typed.Program) -> Plan:
    small = program.on_bar.cost <= INLINE_ALL_NODES_MAX
    stores = [_stores(function) for function in program.functions]
    return Plan(
        inlined=tuple(
            small or function.cost <= INLINE_ONE_NODES_MAX for function in program.functions
        ),
        stored_at_once=tuple(at_once for at_once, _ in stores),
        stored_late=tuple(late for _, late in stores),
        loops=any(
            isinstance(node, typed.Loop | typed.Forever)
            for function in program.functions
            for node in statements(function.body)
        ),
    )


def statements(body: Iterable[typed.Statement]) -> Iterator[typed.Statement]:
    """All of them, the nested ones included."""
    for node in body:
        yield node
        match node:
            case typed.If(then=then, otherwise=otherwise):
                yield from statements(then)
                yield from statements(otherwise)
            case typed.Loop(body=inner) | typed.Forever(body=inner):
                yield from statements(inner)


def set_locals(node: typed.Statement) -> tuple[int, ...]:
    """Those that the statement itself sets."""
    match node:
        case typed.SetLocal(index=index):
            return (index,)
        case typed.Call(results=results):
            return results
        case typed.Loop(local=local):
            return (local,)
    return ()


def _stores(function: typed.Function) -> tuple[dict[int, int], tuple[int, ...]]:
    """A state that a loop may set many times is stored once, when the function ends; any
    other where it is set, so that a bar that takes another way stores nothing."""
    everywhere = list(statements((*function.body, *function.closing)))
    changed = {local for node in everywhere for local in set_locals(node)}
    often = {
        local
        for loop in everywhere
        if isinstance(loop, typed.Loop | typed.Forever)
        for node in (loop, *statements(loop.body))
        for local in set_locals(node)
    }
    places = {slot.local: state for state, slot in enumerate(function.states)}
    at_once = {local: state for local, state in places.items() if local in changed - often}
    return at_once, tuple(state for local, state in places.items() if local in changed & often)
