"""Checks what a finished typed tree promises; runs in the tests, raises AssertionError."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from typing import Any

from sandbox.compiler import typed
from sandbox.compiler.typed import Type


def verify(program: typed.Program) -> None:
    """Types agree, indexes exist, slots do not overlap, nothing is UNKNOWN."""
    _verify_slots(program)
    for node in _nodes(program.body):
        assert getattr(node, "type", None) is not Type.UNKNOWN, node
        _verify_node(program, node)


def _nodes(tree: Any) -> Iterator[Any]:
    stack = [tree]
    while stack:
        node = stack.pop()
        if isinstance(node, tuple):
            stack.extend(node)
        elif is_dataclass(node):
            yield node
            stack.extend(getattr(node, field.name) for field in fields(node))


def _verify_slots(program: typed.Program) -> None:
    cells = [(0, 8)]
    cells += [(param.offset, 8) for param in program.params]
    cells += [(state.offset, 8) for state in program.states]
    cells += [(ring.offset, 8 * ring.capacity) for ring in program.rings]
    cells += [(history.offset, 8 * history.capacity) for history in program.histories]
    end = 0
    for offset, size in sorted(cells):
        assert offset % 8 == 0 and offset >= end, (offset, end)
        end = offset + size
    assert end <= program.state_bytes
    for history in program.histories:
        assert history.capacity & (history.capacity - 1) == 0
        assert history.source.type is Type.FLOAT
    for state in program.states:
        assert program.locals[state.local] is state.type


def _verify_node(program: typed.Program, node: Any) -> None:
    match node:
        case typed.Local(type=kind, index=index):
            assert program.locals[index] is kind, node
        case typed.SetLocal(index=index, value=value):
            assert program.locals[index] is value.type, node
        case typed.Arithmetic(type=kind, left=left, right=right):
            assert left.type is right.type is kind, node
            assert kind in (Type.FLOAT, Type.INT), node
        case typed.Chain(ops=ops, operands=operands):
            assert len(ops) + 1 == len(operands), node
            assert len({operand.type for operand in operands}) == 1, node
        case typed.Logic(operands=operands):
            assert all(operand.type is Type.BOOL for operand in operands), node
        case typed.Choose(type=kind, test=test, then=then, otherwise=otherwise):
            assert test.type is Type.BOOL and then.type is otherwise.type is kind, node
        case typed.If(test=test):
            assert test.type is Type.BOOL, node
        case typed.History(history=history, back=back):
            assert history < len(program.histories) and back.type is Type.INT, node
        case typed.RingRead(ring=ring, index=index) | typed.RingWrite(ring=ring, index=index):
            assert ring < len(program.rings) and index.type is Type.INT, node
        case typed.Plot(plot=plot, value=value):
            assert plot < len(program.plots) and value.type is Type.FLOAT, node
