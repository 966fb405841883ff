"""Decides, before any code is written, which calls are inlined and where states are stored.

Inlined code is faster by what a call costs, a few nanoseconds, and finds its frame by
constants. But native code is made in a time that grows faster than a function does, so in a
large program the larger functions are apart: each once, however often it is called.
"""

from __future__ import annotations

from dataclasses import dataclass

from sandbox.compiler import typed
from sandbox.compiler.reads import LIMITED
from sandbox.compiler.walk import statements, walk

RUN_NODES_MAX = 3_000  # native code of so many takes some 8 ms
ALWAYS_INLINED_NODES_MAX = 20  # about what a call takes itself
RARE = frozenset({"engine._traded", LIMITED})
"""What few bars or few accounts need, apart from what all do, so that those keep their values in
registers."""


@dataclass(frozen=True, slots=True)
class Plan:
    """By function: inlined: whether calls to it are written out. stored_at_once: states, by
    their local, that are stored where they are set; stored_late: those that are when the
    function ends. A state that is never set, or never read, is in neither. read: locals whose
    value is looked at. loops: whether there are any. may_trap: whether a bar can. counts:
    whether a history goes by the count of bars."""

    inlined: tuple[bool, ...]
    stored_at_once: tuple[dict[int, int], ...]
    stored_late: tuple[tuple[int, ...], ...]
    read: tuple[frozenset[int], ...]
    loops: bool
    may_trap: bool
    counts: bool


def plan_of(program: typed.Program) -> Plan:
    facts = [_facts(function) for function in program.functions]
    read = [fact.read for fact in facts]
    read[-1] = read[-1].union(output.local for output in program.outputs)
    stores = [_stores(*each) for each in zip(program.functions, read, strict=True)]
    return Plan(
        inlined=_inlined(program.functions),
        stored_at_once=tuple(at_once for at_once, _ in stores),
        stored_late=tuple(late for _, late in stores),
        read=tuple(read),
        loops=any(fact.loops for fact in facts),
        may_trap=any(fact.may_trap for fact in facts),
        counts=any(slot.by_bar for slot in program.on_bar.histories),
    )


def _inlined(functions: tuple[typed.Function, ...]) -> tuple[bool, ...]:
    """All that are not RARE, but for the largest of what makes a function too large."""
    inlined = [function.name not in RARE for function in functions]
    sizes: list[int] = []
    for function in functions:
        callees = [(sizes[callee], callee) for callee in function.sites]
        own = function.cost - sum(functions[callee].cost for callee in function.sites)
        size = own + sum(size for size, callee in callees if inlined[callee])
        for _, callee in sorted(set(callees), reverse=True):
            if size <= RUN_NODES_MAX or sizes[callee] <= ALWAYS_INLINED_NODES_MAX:
                break
            if inlined[callee]:
                inlined[callee] = False
                size -= sizes[callee] * function.sites.count(callee)
        sizes.append(size)
    return tuple(inlined)


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


@dataclass(frozen=True, slots=True)
class _Facts:
    """Of one function; read: the locals that an expression or a result is made of."""

    read: frozenset[int]
    loops: bool
    may_trap: bool


def _facts(function: typed.Function) -> _Facts:
    read = set(function.results)
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
    return _Facts(frozenset(read), loops, may_trap or loops)


def _stores(
    function: typed.Function, read: frozenset[int]
) -> tuple[dict[int, int], tuple[int, ...]]:
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
