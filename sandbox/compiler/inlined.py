"""Fragments of the lowered tree → plain code: what their instructions are at one place."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from sandbox.compiler.opcodes import MEMORY
from sandbox.compiler.wasm import (
    ARRAYS,
    FRAME,
    SEGMENT,
    Block,
    Function,
    IfElse,
    Inlined,
    Loop,
    Mark,
    Module,
    Node,
    Op,
    TrapIf,
)

LOCALS = frozenset({"local.get", "local.set", "local.tee"})
EXTENTS = {"window.cells": "i64.const", "history.mask": "i32.const"}
_ADDRESSES = frozenset({*MEMORY, "i32.const"})


def depends_on_place(op: Op) -> bool:
    """Whether an instruction is another one at another place."""
    if op.name in LOCALS or op.name in EXTENTS:
        return True
    return op.name in _ADDRESSES and op.value is not None and op.value >= SEGMENT


@dataclass(frozen=True, slots=True)
class Context:
    """Where code is written. locals: the function's, by the code's own numbers. frame: where the
    code's frame lies, from the block's start. arrays: the function's; first: the code's first
    among them. line: for marks that have none."""

    locals: Sequence[int]
    frame: int
    arrays: tuple[tuple[int, int], ...]
    first: int
    line: int

    def inside(self, node: Inlined) -> Context:
        """Of the code that is written out there."""
        locals_ = self.locals
        return Context(
            [locals_[local] for local in node.locals],
            self._address(node.frame),
            self.arrays,
            self.first + node.array,
            node.line or self.line,
        )

    def operand(self, op: Op) -> tuple[str, int]:
        """Name and value of an instruction that depends on its place."""
        assert isinstance(op.value, int), op
        if op.name in LOCALS:
            return op.name, self.locals[op.value]
        if op.name in EXTENTS:
            capacity = self.arrays[self.first + op.value][1]
            return EXTENTS[op.name], capacity - (op.name == "history.mask")
        return op.name, self._address(op.value)

    def mark(self, mark: Mark) -> Mark:
        return mark if mark.line else Mark(mark.reason, self.line)

    def _address(self, value: int) -> int:
        if value < FRAME:
            return value
        if value < ARRAYS:
            return self.frame + value - FRAME
        number, offset = divmod(value - ARRAYS, SEGMENT)
        return self.arrays[self.first + number][0] + offset


def context_of(function: Function) -> Context:
    """Of its own code."""
    count = len(function.parameters) + len(function.locals)
    return Context(range(count), 0, function.arrays, 0, 0)


def written_out(module: Module) -> Module:
    """The same module without fragments: what its bytes are, for those who look at each
    instruction."""
    return replace(
        module,
        functions=tuple(
            replace(function, body=tuple(_plain(function.body, context_of(function))), arrays=())
            for function in module.functions
        ),
    )


def _plain(nodes: Sequence[Node], context: Context) -> Iterator[Node]:
    for node in nodes:
        match node:
            case Inlined(fragment=fragment):
                yield from _plain(fragment.body, context.inside(node))
            case Block(body=body):
                yield Block(tuple(_plain(body, context)))
            case Loop(body=body):
                yield Loop(tuple(_plain(body, context)))
            case IfElse(then=then, otherwise=otherwise):
                sides = tuple(_plain(then, context)), tuple(_plain(otherwise, context))
                yield IfElse(node.result, *sides)
            case TrapIf(mark=mark):
                yield TrapIf(context.mark(mark))
            case Op():
                name, value = (
                    context.operand(node) if depends_on_place(node) else (node.name, node.value)
                )
                yield Op(name, value, node.mark and context.mark(node.mark))
