"""Decides, before any code is written, which calls are inlined and where states are stored.

Inlined code is faster by what a call costs, a few nanoseconds, and finds its frame by
constants. But native code is made in a time that grows faster than a function does, so in a
large program the larger functions are apart: each once, however often it is called.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sandbox.compiler import typed
from sandbox.compiler.once import once
from sandbox.compiler.reads import LIMITED
from sandbox.compiler.walk import statements, walk

RUN_NODES_MAX = 3_000  # native code of so many takes some 8 ms
ALWAYS_INLINED_NODES_MAX = 20  # about what a call takes itself
RARE = frozenset({"engine._traded", LIMITED})
"""What few bars or few accounts need, apart from what all do, so that those keep their values in
registers."""


@dataclass(frozen=True, slots=True)
class Facts:
    """Of one function. read: locals whose value is looked at. stored_at_once: states, by their
    local, that are stored where they are set; stored_late: those that are when the function
    ends. A state that is never set, or never read, is in neither. loops: whether there are any.
    may_trap: whether a call can."""

    read: frozenset[int]
    stored_at_once: dict[int, int]
    stored_late: tuple[int, ...]
    loops: bool
    may_trap: bool


@dataclass(frozen=True, slots=True)
class Plan:
    """apart: functions that are called; calls to all others are written out. on_bar: what it
    shows to be so, whose outputs are looked at too. loops, may_trap: whether any function has
    or may. counts: whether a history goes by the count of bars."""

    apart: frozenset[typed.Function]
    on_bar: Facts
    loops: bool
    may_trap: bool
    counts: bool


def plan_of(program: typed.Program) -> Plan:
    *others, last = program.functions
    on_bar = _facts(last, (output.local for output in program.outputs))
    facts = [on_bar, *map(facts_of, others)]
    return Plan(
        apart=_apart(program.functions),
        on_bar=on_bar,
        loops=any(fact.loops for fact in facts),
        may_trap=any(fact.may_trap for fact in facts),
        counts=any(slot.by_bar for slot in last.histories),
    )


@once
def facts_of(function: typed.Function) -> Facts:
    """Of one that is not on_bar."""
    return _facts(function, ())


def _apart(functions: tuple[typed.Function, ...]) -> frozenset[typed.Function]:
    """Those that are RARE, and the largest of what makes a function too large."""
    apart = {function for function in functions if function.name in RARE}
    places = {function: place for place, function in enumerate(functions)}
    sizes: dict[typed.Function, int] = {}
    for function in functions:
        size = function.cost - sum(callee.cost for callee in function.sites)
        size += sum(sizes[callee] for callee in function.sites if callee not in apart)
        if size > RUN_NODES_MAX:
            for callee in sorted(
                set(function.sites), key=lambda each: (sizes[each], places[each]), reverse=True
            ):
                if size <= RUN_NODES_MAX or sizes[callee] <= ALWAYS_INLINED_NODES_MAX:
                    break
                if callee not in apart:
                    apart.add(callee)
                    size -= sizes[callee] * function.sites.count(callee)
        sizes[function] = size
    return frozenset(apart)


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


def _facts(function: typed.Function, outputs: Iterable[int]) -> Facts:
    read = {*function.results, *outputs}
    loops = may_trap = False
    for node in walk((function.body, function.closing)):
        match node:
            case typed.Local(index=index):
                read.add(index)
            case typed.Loop() | typed.Forever():
                loops = True
            case typed.CellRead() | typed.CellWrite() | typed.ToInt():
                may_trap = True
            case typed.Arithmetic(op=("//" | "%")):
                may_trap = True
    return Facts(frozenset(read), *_stores(function, read), loops, may_trap or loops)


def _stores(function: typed.Function, read: set[int]) -> tuple[dict[int, int], tuple[int, ...]]:
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
    slots = enumerate(function.states)
    places = {slot.local: state for state, slot in slots if slot.local in read}
    at_once = {local: state for local, state in places.items() if local in changed - often}
    return at_once, tuple(state for local, state in places.items() if local in changed & often)
