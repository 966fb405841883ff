"""The meaning of a typed program: a slow, obvious interpreter, for tests and for readers.

Compiled modules must agree with it bit for bit.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from sandbox.compiler import semantics, typed
from sandbox.compiler.semantics import NA, Trap, Value
from sandbox.compiler.typed import Type


@dataclass(frozen=True, slots=True)
class BarOutputs:
    """signal: 0 none, 1 enter_long, 2 enter_short, 3 exit; na where nothing was said."""

    signal: int
    size: float
    score: float
    plots: tuple[float, ...]
    trapped: bool


@dataclass(slots=True)
class SeriesState:
    """One series' state. values: state slots; rings; pasts: of each history, oldest first."""

    values: list[Value]
    rings: list[list[float]]
    pasts: list[list[float]] = field(default_factory=list)


class Interpreter:
    """Runs one series of bars through a program with one set of params."""

    def __init__(self, program: typed.Program, params: Mapping[str, float] | None = None) -> None:
        self._program = program
        given = dict(params or {})
        self._params = [given.get(param.name, param.default) for param in program.params]
        self._state = SeriesState(
            [state.initial for state in program.states],
            [[NA] * ring.capacity for ring in program.rings],
            [[] for _ in program.histories],
        )

    def advance(self, bar: Mapping[str, float]) -> BarOutputs:
        """One bar, by field name; `time` is an int. A trap leaves the state as it was."""
        run = _Bar(self._program, self._params, self._state, bar)
        try:
            run.statements(self._program.body)
            run.close()
        except Trap:
            return BarOutputs(0, NA, NA, (NA,) * len(self._program.plots), trapped=True)
        self._state = run.state
        return BarOutputs(run.signal, run.size, run.score, tuple(run.plots), trapped=False)


class _Bar:
    """One bar in progress, on a copy of the state."""

    def __init__(
        self,
        program: typed.Program,
        params: list[Value],
        state: SeriesState,
        bar: Mapping[str, float],
    ) -> None:
        self._program = program
        self._params = params
        self._bar = bar
        self._locals: list[Value] = [0] * len(program.locals)
        self._budget = program.bar_budget
        self.state = SeriesState(
            list(state.values), [list(ring) for ring in state.rings], list(map(list, state.pasts))
        )
        self.signal = 0
        self.size = NA
        self.score = NA
        self.plots = [NA] * len(program.plots)

    def close(self) -> None:
        """Keeps what the locals of state slots and of histories hold at the end of the bar."""
        for index, slot in enumerate(self._program.states):
            self.state.values[index] = self._locals[slot.local]
        for past, history in zip(self.state.pasts, self._program.histories, strict=True):
            past.append(self._value(history.source))

    def statements(self, body: tuple[typed.Statement, ...]) -> None:
        for node in body:
            self._statement(node)

    def _statement(self, node: typed.Statement) -> None:
        match node:
            case typed.SetLocal():
                self._locals[node.index] = self._value(node.value)
            case typed.LoadState():
                slot = self._program.states[node.state]
                self._locals[slot.local] = self.state.values[node.state]
            case typed.If():
                self.statements(node.then if self._value(node.test) else node.otherwise)
            case typed.Loop():
                for round_number in range(int(self._value(node.count))):
                    self._budget -= node.cost
                    if self._budget < 0:
                        raise Trap("the bar's budget is spent")
                    self._locals[node.local] = round_number
                    self.statements(node.body)
            case typed.RingWrite():
                cell = self._cell(node.ring, node.index)
                self.state.rings[node.ring][cell] = self._value(node.value)
            case typed.Signal():
                self.signal, self.size = node.code, self._value(node.size)
            case typed.Plot():
                self.plots[node.plot] = self._value(node.value)
            case typed.Score():
                self.score = self._value(node.value)

    def _cell(self, ring: int, index: typed.Expression) -> int:
        cell = int(self._value(index))
        if not 0 <= cell < self._program.rings[ring].capacity:
            raise Trap("outside of the ring")
        return cell

    def _value(self, node: typed.Expression) -> Value:
        match node:
            case typed.Const():
                return node.value
            case typed.Local():
                return self._locals[node.index]
            case typed.ParamValue():
                value = self._params[node.index]
                return float(value) if node.type is Type.FLOAT else int(value)
            case typed.BarValue():
                return self._bar[node.field]
            case typed.Negate():
                value = self._value(node.operand)
                return -value if node.type is Type.FLOAT else semantics.wrap(-int(value))
            case typed.Not():
                return not self._value(node.operand)
            case typed.Arithmetic():
                return self._arithmetic(node)
            case typed.Chain():
                return self._chain(node)
            case typed.Logic(op="and"):
                return all(self._value(operand) for operand in node.operands)
            case typed.Logic():
                return any(self._value(operand) for operand in node.operands)
            case typed.Choose():
                return self._value(node.then if self._value(node.test) else node.otherwise)
            case typed.History():
                past, back = self.state.pasts[node.history], int(self._value(node.back))
                return past[-back] if back <= len(past) else NA
            case typed.RingRead():
                return self.state.rings[node.ring][self._cell(node.ring, node.index)]
            case typed.ToFloat():
                return float(self._value(node.operand))
            case typed.Builtin():
                return self._builtin(node)

    def _arithmetic(self, node: typed.Arithmetic) -> Value:
        left, right = self._value(node.left), self._value(node.right)
        if node.type is Type.INT:
            return semantics.int_arithmetic(node.op, int(left), int(right))
        return semantics.float_arithmetic(node.op, left, right)

    def _chain(self, node: typed.Chain) -> bool:
        left = self._value(node.operands[0])
        for op, operand in zip(node.ops, node.operands[1:], strict=True):
            right = self._value(operand)
            if not semantics.compare(op, left, right):
                return False
            left = right
        return True

    def _builtin(self, node: typed.Builtin) -> Value:
        values = [self._value(operand) for operand in node.operands]
        match node.name:
            case "isna":
                return math.isnan(values[0])
            case "sqrt":
                return semantics.square_root(values[0])
            case "floor":
                return semantics.floor(values[0])
            case "abs" if node.type is Type.INT:
                return semantics.wrap(abs(int(values[0])))
            case "abs":
                return math.fabs(values[0])
            case "min":
                return semantics.minimum(*values)
        assert node.name == "max", node.name
        return semantics.maximum(*values)
