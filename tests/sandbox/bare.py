"""A lowered program on wasmtime alone, without the host: its calls, its traps, its memory."""

from __future__ import annotations

import ctypes
import struct
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import wasmtime
from numpy.typing import NDArray

from sandbox.abi import INPUTS, MEMORY_PAGES, PAGE_BYTES, PROGRESS, SPENT
from sandbox.compiler import typed
from sandbox.compiler.encode import encode
from sandbox.compiler.interpret import BarOutputs, Interpreter
from sandbox.compiler.lower.module import lower
from sandbox.compiler.lower.plan import Plan, plan_of
from sandbox.compiler.placed import Placement
from sandbox.compiler.semantics import NA
from sandbox.compiler.typed import Type
from sandbox.compiler.verify.typed import verify
from sandbox.compiler.verify.wasm import verify as verify_wasm
from sandbox.compiler.wasm import Mark, Reason

Bar = Mapping[str, float]
Column = NDArray[Any]
BAR = {"time": 0, "open": 1.0, "high": 2.0, "low": 0.5, "close": 1.5, "volume": 10.0}
_TABLE = 1_024
_COLUMNS = 65_536
_ROWS_MAX = 512
_KINDS = {Type.FLOAT: np.float64, Type.INT: np.int64, Type.BOOL: np.int32}


@cache
def engine() -> wasmtime.Engine:
    return wasmtime.Engine()


def nothing_inlined(program: typed.Program) -> Plan:
    return replace(plan_of(program), apart=frozenset(program.functions[:-1]))


def one_apart(program: typed.Program) -> Plan:
    """All are inlined but the last before on_bar, so that its own calls are, within it."""
    return replace(plan_of(program), apart=frozenset(program.functions[-2:-1]))


class BareModule:
    """One instance with one state block."""

    def __init__(
        self, program: typed.Program, placement: Placement, plan: Plan | None = None
    ) -> None:
        self.module = lower(program, placement, plan)
        verify_wasm(self.module)
        encoded = encode(self.module)
        self.code, self.marks = encoded.code, dict(encoded.marks)
        self._program = program
        self._placement = placement
        self._store = wasmtime.Store(engine())
        native = wasmtime.Module(engine(), encoded.code)
        exports = wasmtime.Instance(self._store, native, []).exports(self._store)
        memory, run = exports["memory"], exports["run"]
        assert isinstance(memory, wasmtime.Memory) and isinstance(run, wasmtime.Func)
        self._run = run
        address = ctypes.cast(memory.data_ptr(self._store), ctypes.c_void_p).value
        assert address is not None
        raw = (ctypes.c_ubyte * (MEMORY_PAGES * PAGE_BYTES)).from_address(address)
        self.bytes = np.ctypeslib.as_array(raw)
        self._lay_out()

    def _lay_out(self) -> None:
        kinds = self._program.on_bar.locals
        outputs = [_KINDS[kinds[output.local]] for output in self._program.outputs]
        self._columns = []
        at = _COLUMNS
        for number, kind in enumerate([np.int32, np.int64, *[np.float64] * 5, *outputs]):
            self._view(_TABLE + 4 * number, np.int32, 1)[0] = at
            self._columns.append(self._view(at, kind, _ROWS_MAX))
            at += 8 * _ROWS_MAX
        self.block = self._view(at, np.uint64, self._placement.state_bytes // 8)
        self._columns[0][:] = at

    def _view(self, at: int, kind: type, count: int) -> Column:
        return self.bytes[at : at + count * np.dtype(kind).itemsize].view(kind)

    def start(self, params: Mapping[str, float] | None = None) -> None:
        """A fresh block."""
        given = dict(params or {})
        self.block[:] = 0
        for offset, count, word in self._placement.initial:
            self.block[offset // 8 : offset // 8 + count] = word
        for param, offset in zip(self._program.params, self._placement.params, strict=True):
            kind = np.float64 if param.type is Type.FLOAT else np.int64
            value = given.get(param.name, param.default)
            self.block[offset // 8 : offset // 8 + 1].view(kind)[0] = value

    def advance(self, bar: Bar) -> BarOutputs:
        """One bar in a call of its own; a trap leaves the block as it was."""
        before, spent = self.block.copy(), self.spent
        try:
            columns = self.run([bar])
        except wasmtime.Trap as trap:
            self.block[:] = before
            kinds = [column.dtype for column in self._columns[len(INPUTS) :]]
            values = tuple(NA if kind == np.float64 else 0 for kind in kinds)
            return BarOutputs(values, *cause(self.marks, trap), self.spent - spent)
        values = tuple(column[0].item() for column in columns)
        return BarOutputs(values, None, None, self.spent - spent)

    def run(self, bars: Sequence[Bar]) -> list[Column]:
        """The bars in one call; the output columns. Raises wasmtime.Trap."""
        for number, name in enumerate(INPUTS[1:], start=1):
            self._columns[number][: len(bars)] = [bar[name] for bar in bars]
        self._run(self._store, _TABLE, 0, len(bars))
        return [self.output(n)[: len(bars)].copy() for n in range(len(self._program.outputs))]

    def output(self, number: int) -> Column:
        """The column as it is now; a view."""
        return self._columns[len(INPUTS) + number]

    @property
    def spent(self) -> int:
        return int(self._view(SPENT, np.int64, 1)[0])

    @property
    def progress(self) -> int:
        return int(self._view(PROGRESS, np.int32, 1)[0])


def cause(marks: Mapping[int, Mark], trap: wasmtime.Trap) -> tuple[str, int]:
    """Why, by the innermost frame; and the line of the innermost frame that has one."""
    found = [marks[frame.module_offset] for frame in trap.frames]
    assert all(mark.reason is Reason.CALL for mark in found[1:])
    return found[0].reason.value, next((mark.line for mark in found if mark.line), 0)


def bits(outputs: BarOutputs) -> list[int | bytes]:
    """Whole numbers as they are; floats by their bits, na as the canonical NaN."""
    return [
        value if isinstance(value, int) else struct.pack("<d", value if value == value else NA)
        for value in outputs.values
    ]


def assert_same(
    placed: tuple[typed.Program, Placement], bars: Sequence[Bar], **params: float
) -> list[BarOutputs]:
    """Interpreted, inlined, in part, and not at all; what the interpreter said."""
    verify(placed[0])
    interpreter = Interpreter(*placed, params)
    meant = [interpreter.advance(one) for one in bars]
    for plan in (None, one_apart(placed[0]), nothing_inlined(placed[0])):
        module = BareModule(*placed, plan)
        module.start(params)
        for one, expected in zip(bars, meant, strict=True):
            found = module.advance(one)
            assert replace(found, values=()) == replace(expected, values=())
            assert bits(found) == bits(expected)
    return meant
