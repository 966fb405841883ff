"""The meaning of a typed program: a slow, obvious interpreter, for tests and for readers.

Compiled modules must agree with it bit for bit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import repeat

from sandbox.compiler import placed, semantics, typed
from sandbox.compiler.semantics import NA, Trap, Value
from sandbox.compiler.syntax import Span
from sandbox.compiler.typed import Type
from sandbox.fills import Trading


@dataclass(frozen=True, slots=True)
class BarOutputs:
    """values: by Program.outputs; na and 0 at a bar that trapped. trap, line: why a bar could
    not be evaluated, and at which line of the source, 0 where that is not known. steps: taken
    by loops."""

    values: tuple[float, ...]
    trap: str | None
    line: int | None
    steps: int


@dataclass(slots=True)
class _Frame:
    """A function's state at one place where it is called. states: by slot. pasts: all that was
    pushed, by history, the newest last. sites: the frames of its own calls."""

    function: typed.Function
    states: list[Value]
    windows: list[list[Value]]
    pasts: list[list[Value]]
    capacities: tuple[int, ...]
    sites: list[_Frame]


class _Jump(Exception):  # noqa: N818 -- no error: how a jump gets out of nested statements
    """To the end of what its name says."""


class _Leave(_Jump):
    pass


class _Break(_Jump):
    pass


class _Continue(_Jump):
    pass


class Interpreter:
    """Runs one series of bars through a program with one set of params and one account. beside:
    of another series, whose common slots this one shares."""

    def __init__(
        self,
        program: typed.Program,
        placement: placed.Placement,
        params: Mapping[str, float] | None = None,
        trading: Trading = Trading(),  # noqa: B008 — frozen
        beside: Interpreter | None = None,
    ) -> None:
        self._trading = trading
        given = dict(params or {})
        self._program = program
        self._params = [
            _as(param.type, given.get(param.name, param.default)) for param in program.params
        ]
        self._root = _fresh(placement.root)
        if beside is not None:
            self._root = _sharing(program, self._root, beside._root)

    def advance(self, bar: Mapping[str, float]) -> BarOutputs:
        """One bar, by field name; `time` is an int. A trap leaves the state as it was."""
        run = _Bar(self._program, self._params, self._trading, bar)
        kinds = self._program.on_bar.locals
        try:
            locals_ = run.call(self._root, (), 0)
        except Trap as trap:
            for undo in reversed(run.undo):
                undo()
            nothing = {Type.FLOAT: NA, Type.INT: 0}
            values = tuple(nothing[kinds[output.local]] for output in self._program.outputs)
            return BarOutputs(values, trap.reason, run.line, run.steps)
        values = tuple(locals_[output.local] for output in self._program.outputs)
        return BarOutputs(values, None, None, run.steps)


def _as(kind: Type, value: float) -> Value:
    if kind is Type.FLOAT:
        return float(value)
    return int(value) if kind is Type.INT else bool(value)


def _fresh(frame: placed.Frame) -> _Frame:
    function = frame.function
    return _Frame(
        function,
        [slot.initial for slot in function.states],
        [[NA] * window.capacity for window in frame.windows],
        [[] for _ in frame.histories],
        tuple(history.capacity for history in frame.histories),
        [_fresh(site) for site in frame.sites],
    )


def _sharing(program: typed.Program, frame: _Frame, other: _Frame) -> _Frame:
    """The frame with the other's states wherever the function's are common to all series."""
    is_common = frame.function is program.common
    sites = zip(frame.sites, other.sites, strict=True)
    return replace(
        frame,
        states=other.states if is_common else frame.states,
        sites=[_sharing(program, mine, theirs) for mine, theirs in sites],
    )


@dataclass(slots=True)
class _Bar:
    """One bar in progress. undo: what puts back what it did to the state, the newest last.
    line: of what may trap next."""

    program: typed.Program
    params: list[Value]
    trading: Trading
    fields: Mapping[str, float]
    steps: int = 0
    line: int = 0
    undo: list[Callable[[], object]] = field(default_factory=list)

    def call(self, frame: _Frame, arguments: tuple[Value, ...], line: int) -> list[Value]:
        """A function's work on its frame; what its locals hold at the end. line: for code
        that is no line of the user's."""
        function = frame.function
        run = _Call(self, frame, [0] * len(function.locals), line)
        for local, value in zip(function.arguments, arguments, strict=True):
            run.locals[local] = value
        for slot, value in zip(function.states, frame.states, strict=True):
            run.locals[slot.local] = value
        with suppress(_Leave):
            run.statements(function.body)
        run.statements(function.closing)
        for state, slot in enumerate(function.states):
            self.put(frame.states, state, run.locals[slot.local])
        return run.locals

    def put(self, cells: list[Value], index: int, value: Value) -> None:
        self.undo.append(partial(cells.__setitem__, index, cells[index]))
        cells[index] = value

    def push(self, past: list[Value], value: Value) -> None:
        self.undo.append(past.pop)
        past.append(value)

    def spend(self, cost: int) -> None:
        self.steps += cost
        if self.steps > self.program.bar_budget:
            raise Trap("budget")


@dataclass(slots=True)
class _Call:
    """One run of a function."""

    bar: _Bar
    frame: _Frame
    locals: list[Value]
    line: int

    def statements(self, body: tuple[typed.Statement, ...]) -> None:
        for node in body:
            self._statement(node)

    def _statement(self, node: typed.Statement) -> None:
        match node:
            case typed.SetLocal():
                self.locals[node.index] = self._value(node.value)
            case typed.Call():
                arguments = tuple(map(self._value, node.arguments))
                frame = self.frame.sites[node.site]
                ended = self.bar.call(frame, arguments, node.span.line or self.line)
                for target, result in zip(node.results, frame.function.results, strict=True):
                    self.locals[target] = ended[result]
            case typed.If():
                self.statements(node.then if self._value(node.test) else node.otherwise)
            case typed.Loop():
                self._loop(node)
            case typed.Forever():
                self._rounds(node, repeat(None))
            case typed.Break():
                raise _Break
            case typed.Continue():
                raise _Continue
            case typed.Leave():
                raise _Leave
            case typed.CellWrite():
                cells = self.frame.windows[node.window]
                cell = self._cell(cells, node.index, node.span)
                self.bar.put(cells, cell, self._value(node.value))
            case typed.Push():
                self.bar.push(self.frame.pasts[node.history], self._value(node.value))

    def _loop(self, node: typed.Loop) -> None:
        start, stop = int(self._value(node.start)), int(self._value(node.stop))
        self._rounds(node, range(start, stop, node.step))

    def _rounds(self, node: typed.Loop | typed.Forever, rounds: Iterable[int | None]) -> None:
        with suppress(_Break):
            for index in rounds:
                self._may_trap(node.span)
                self.bar.spend(node.cost)
                if isinstance(node, typed.Loop) and index is not None:
                    self.locals[node.local] = index
                with suppress(_Continue):
                    self.statements(node.body)

    def _may_trap(self, span: Span) -> None:
        self.bar.line = span.line or self.line

    def _cell(self, cells: list[Value], index: typed.Expression, span: Span) -> int:
        cell = int(self._value(index))
        self._may_trap(span)
        if not 0 <= cell < len(cells):
            raise Trap("window")
        return cell

    def _value(self, node: typed.Expression) -> Value:
        match node:
            case typed.Local():
                return self.locals[node.index]
            case typed.Const():
                return node.value
            case typed.Arithmetic():
                return self._arithmetic(node)
            case typed.Chain():
                return self._chain(node)
            case typed.ParamValue():
                return self.bar.params[node.index]
            case typed.FillValue():
                return self.bar.trading.value(node.field)
            case typed.BarValue():
                return self.bar.fields[node.field]
            case typed.Negate():
                value = self._value(node.operand)
                return -value if node.type is Type.FLOAT else semantics.wrap(-int(value))
            case typed.Not():
                return not self._value(node.operand)
            case typed.Logic(op="and"):
                return all(map(self._value, node.operands))
            case typed.Logic():
                return any(map(self._value, node.operands))
            case typed.Choose():
                return self._value(node.then if self._value(node.test) else node.otherwise)
            case typed.History():
                past, back = self.frame.pasts[node.history], int(self._value(node.back))
                assert 1 <= back <= self.frame.capacities[node.history], "check's promise"
                return past[-back] if back <= len(past) else NA
            case typed.CellRead():
                cells = self.frame.windows[node.window]
                return cells[self._cell(cells, node.index, node.span)]
            case typed.ToFloat():
                return float(self._value(node.operand))
            case typed.ToInt():
                value = self._value(node.operand)
                self._may_trap(node.span)
                return semantics.to_int(value)
            case typed.Builtin():
                return semantics.BUILTINS[node.name](*map(self._value, node.operands))

    def _arithmetic(self, node: typed.Arithmetic) -> Value:
        left, right = self._value(node.left), self._value(node.right)
        if node.type is Type.FLOAT:
            return semantics.float_arithmetic(node.op, left, right)
        self._may_trap(node.span)
        return semantics.int_arithmetic(node.op, int(left), int(right))

    def _chain(self, node: typed.Chain) -> bool:
        left = self._value(node.operands[0])
        for op, operand in zip(node.ops, node.operands[1:], strict=True):
            right = self._value(operand)
            if not semantics.compare(op, left, right):
                return False
            left = right
        return True
