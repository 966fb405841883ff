"""typed → wasm: one function, run(first, last), that evaluates those bars in order.

For each bar: note which one it is, load its state block's address and its fields, do the
body, and only then write what the bar leaves behind. So a trap anywhere in the body leaves
the block as it was, but for ring cells, which are written at once; what they held before
is in the undo log, for the host to put back.

Scalar state is in locals during the bar. A float that is written to memory has the one
canonical NaN.
"""

from __future__ import annotations

from collections.abc import Callable

from sandbox.compiler import typed
from sandbox.compiler.layout import PAGE_BYTES, UNDO_ENTRY_BYTES
from sandbox.compiler.lower_expressions import KINDS, ExpressionLowerer
from sandbox.compiler.semantics import NA
from sandbox.compiler.typed import Type
from sandbox.compiler.wasm import Block, Function, IfElse, Kind, Loop, Module, Node, Op
from sandbox.metadata import Layout

_FIRST, _LAST = 0, 1
_LOADS = {Type.FLOAT: "f64.load", Type.INT: "i64.load", Type.BOOL: "i32.load"}
_STORES = {Type.INT: "i64.store", Type.BOOL: "i32.store"}


def lower(program: typed.Program, layout: Layout, metadata: bytes) -> Module:
    """The module; `metadata` goes into it as it is."""
    lowerer = _Lowerer(program, layout)
    function = lowerer.function()
    assert layout.memory_bytes % PAGE_BYTES == 0
    return Module(function, layout.memory_bytes // PAGE_BYTES, metadata)


class _Lowerer(ExpressionLowerer):
    def __init__(self, program: typed.Program, layout: Layout) -> None:
        super().__init__(program)
        self._layout = layout
        self._undo = self.new_local(Kind.I32)
        self._budget = self.new_local(Kind.I32)
        self._signal = self.new_local(Kind.I32)
        self._size = self.new_local(Kind.F64)
        self._score = self.new_local(Kind.F64)
        self._plots = [self.new_local(Kind.F64) for _ in program.plots]
        self._row = self.new_local(Kind.I32)  # 8 × the bar's index: its offset in a column

    def function(self) -> Function:
        body = self._part(self._statements_of_bar)
        epilogue = self._part(self._epilogue)
        prologue = self._part(self._prologue)  # last: it loads the fields that were asked for
        done = (Op("local.get", _FIRST), Op("local.get", _LAST), Op("i32.ge_s"), Op("br_if", 1))
        again = (
            Op("local.get", _FIRST),
            Op("i32.const", 1),
            Op("i32.add"),
            Op("local.set", _FIRST),
            Op("br", 0),
        )
        loop = Loop((*done, *prologue, *body, *epilogue, *again))
        return Function(tuple(self.kinds), (Block((loop,)),))

    def _part(self, fill: Callable[[], None]) -> tuple[Node, ...]:
        outer, self.out = self.out, []
        fill()
        part, self.out = tuple(self.out), outer
        return part

    def _prologue(self) -> None:
        layout = self._layout
        self.op("i32.const", 0)
        self.op("local.get", _FIRST)
        self.op("i32.store", layout.progress)
        self._set("i32.const", 0, self._undo)
        self._note_undo()
        self._set("i32.const", self.program.bar_budget, self._budget)
        self._set("i32.const", 0, self._signal)
        for local in (self._size, self._score, *self._plots):
            self._set("f64.const", NA, local)
        self.op("local.get", _FIRST)
        self.op("i32.const", 3)
        self.op("i32.shl")
        self.op("local.set", self._row)
        self.op("local.get", _FIRST)
        self.op("i32.const", 2)
        self.op("i32.shl")
        self.op("i32.load", layout.block)
        self.op("i32.const", layout.stride)
        self.op("i32.mul")
        self.op("i32.const", layout.blocks_start)
        self.op("i32.add")
        self.op("local.tee", self.block)
        self.op("i32.load", 0)
        self.op("local.set", self.bars)
        for field, local in self.fields.items():
            self.op("local.get", self._row)
            if field == "time":
                self.op("i64.load", layout.ts)
            else:
                self.op("f64.load", getattr(layout, field))
            self.op("local.set", local)

    def _set(self, op: str, value: float, local: int) -> None:
        self.op(op, value)
        self.op("local.set", local)

    def _note_undo(self) -> None:
        self.op("i32.const", 0)
        self.op("local.get", self._undo)
        self.op("i32.store", self._layout.undo_bytes)

    def _epilogue(self) -> None:
        """Nothing here can trap, so a bar is written whole or not at all."""
        layout = self._layout
        for slot in self.program.states:
            self.op("local.get", self.block)
            if slot.type is Type.FLOAT:
                self.canonical_local(self.locals[slot.local])
                self.op("f64.store", slot.offset)
            else:
                self.op("local.get", self.locals[slot.local])
                self.op(_STORES[slot.type], slot.offset)
        for history in self.program.histories:
            self.op("local.get", self.bars)
            self.op("i32.const", history.capacity - 1)
            self.op("i32.and")
            self._times_eight_in_block()
            self.canonical(history.source)
            self.op("f64.store", history.offset)
        self.op("local.get", self.block)
        self.op("local.get", self.bars)
        self.op("i32.const", 1)
        self.op("i32.add")
        self.op("i32.store", 0)
        self.op("local.get", _FIRST)
        self.op("local.get", self._signal)
        self.op("i32.store8", layout.signal)
        outputs = {layout.size: self._size, layout.score: self._score}
        for number, local in enumerate(self._plots):
            outputs[layout.plots + number * 8 * layout.chunk_bars] = local
        for offset, local in outputs.items():
            self.op("local.get", self._row)
            self.canonical_local(local)
            self.op("f64.store", offset)

    # statements

    def _statements_of_bar(self) -> None:
        for node in self.program.body:
            self._statement(node)

    def _nested_statements(self, body: tuple[typed.Statement, ...]) -> tuple[Node, ...]:
        outer, self.out = self.out, []
        for node in body:
            self._statement(node)
        inner, self.out = tuple(self.out), outer
        return inner

    def _statement(self, node: typed.Statement) -> None:
        match node:
            case typed.SetLocal():
                self.expression(node.value)
                self.op("local.set", self.locals[node.index])
            case typed.LoadState():
                slot = self.program.states[node.state]
                self.op("local.get", self.block)
                self.op(_LOADS[slot.type], slot.offset)
                self.op("local.set", self.locals[slot.local])
            case typed.If():
                self.expression(node.test)
                then = self._nested_statements(node.then)
                self.out.append(IfElse(None, then, self._nested_statements(node.otherwise)))
            case typed.Loop():
                self._loop(node)
            case typed.RingWrite():
                self._ring_write(node)
            case typed.Signal():
                self._set("i32.const", node.code, self._signal)
                self.expression(node.size)
                self.op("local.set", self._size)
            case typed.Plot():
                self.expression(node.value)
                self.op("local.set", self._plots[node.plot])
            case typed.Score():
                self.expression(node.value)
                self.op("local.set", self._score)

    def _loop(self, node: typed.Loop) -> None:
        count, index = self.new_local(KINDS[node.count.type]), self.locals[node.local]
        rounds = self.new_local(Kind.I64)  # apart from the local, which the body may assign
        self.expression(node.count)
        self.op("local.set", count)
        self._set("i64.const", 0, rounds)
        body = (
            Op("local.get", rounds),
            Op("local.get", count),
            Op("i64.ge_s"),
            Op("br_if", 1),
            Op("local.get", self._budget),
            Op("i32.const", node.cost),
            Op("i32.sub"),
            Op("local.tee", self._budget),
            Op("i32.const", 0),
            Op("i32.lt_s"),
            IfElse(None, (Op("unreachable"),), ()),
            Op("local.get", rounds),
            Op("local.set", index),
            *self._nested_statements(node.body),
            Op("local.get", rounds),
            Op("i64.const", 1),
            Op("i64.add"),
            Op("local.set", rounds),
            Op("br", 0),
        )
        self.out.append(Block((Loop(body),)))

    def _ring_write(self, node: typed.RingWrite) -> None:
        """Value first, so that a trap in it comes before the log and the cell change."""
        offset = self.program.rings[node.ring].offset
        cell, value = self.new_local(Kind.I32), self.new_local(Kind.F64)
        self.ring_address(node.ring, node.index)
        self.op("local.set", cell)
        self.expression(node.value)
        self.op("local.set", value)
        self.op("local.get", self._undo)
        self.op("local.get", cell)
        self.op("i32.const", offset)
        self.op("i32.add")
        self.op("i32.store", self._layout.undo)
        self.op("local.get", self._undo)
        self.op("local.get", cell)
        self.op("f64.load", offset)
        self.op("f64.store", self._layout.undo + 8)
        self.op("local.get", self._undo)
        self.op("i32.const", UNDO_ENTRY_BYTES)
        self.op("i32.add")
        self.op("local.set", self._undo)
        self._note_undo()
        self.op("local.get", cell)
        self.canonical_local(value)
        self.op("f64.store", offset)
