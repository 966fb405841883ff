"""Checks what a finished typed tree promises; runs in the tests, raises AssertionError."""

from __future__ import annotations

from collections import Counter
from typing import Any

from sandbox.compiler import typed
from sandbox.compiler.typed import Type
from sandbox.compiler.verify.flow import verify_flow
from sandbox.compiler.walk import walk
from sandbox.fills import FILL_FIELDS

_NUMBERS = (Type.FLOAT, Type.INT)
_OPERATORS = {
    Type.FLOAT: {"+", "-", "*", "/"},
    Type.INT: {"+", "-", "*", "//", "%", "&", "|", "^", "<<", ">>", ">>>"},
}
_ROUNDING = ("floor", "ceil", "trunc", "nearest", "sqrt")
_OPERAND_AND_RESULT = {
    **dict.fromkeys(_ROUNDING, (Type.FLOAT, Type.FLOAT)),
    "isna": (Type.FLOAT, Type.BOOL),
    "bits": (Type.FLOAT, Type.INT),
    "from_bits": (Type.INT, Type.FLOAT),
    "copysign": (Type.FLOAT, Type.FLOAT),
}


def verify(program: typed.Program) -> None:
    """Types agree, indexes exist, every call has a frame of its own, what is read was set on
    every way there, nothing is UNKNOWN."""
    last = len(program.functions) - 1
    for number, function in enumerate(program.functions):
        _Verifier(program, function, program.functions[:number], number == last).verify()
        verify_flow(function)
    on_bar = program.on_bar
    assert not on_bar.arguments and not on_bar.results
    assert all(on_bar.locals[output.local] in _NUMBERS for output in program.outputs)


class _Verifier:
    """Of one function; `callees` are those that it may call."""

    def __init__(
        self,
        program: typed.Program,
        function: typed.Function,
        callees: tuple[typed.Function, ...],
        is_on_bar: bool,
    ) -> None:
        self._program = program
        self._function = function
        self._locals = function.locals
        self._callees = callees
        self._is_on_bar = is_on_bar

    def verify(self) -> None:
        function = self._function
        assert Type.UNKNOWN not in function.locals
        kept = [slot.local for slot in function.states]
        given = Counter((*function.arguments, *kept))
        assert set(given.values()) <= {1}, "a local is one argument or one state's"
        assert function.lengths <= set(function.arguments)
        for slot in function.states:
            assert self._locals[slot.local] is slot.type, slot
        for bounds in function.bounds:
            assert self._locals[bounds.local] is Type.INT, bounds
        everything = list(walk((function.body, function.closing, function.windows)))
        for node in everything:
            assert getattr(node, "type", None) is not Type.UNKNOWN, node
            self._node(node)
        sites = sorted(node.site for node in everything if isinstance(node, typed.Call))
        assert sites == list(range(len(function.sites))), "a frame for every call"
        self._histories(everything)

    def _histories(self, everything: list[Any]) -> None:
        for number, history in enumerate(self._function.histories):
            if history.by_bar:
                assert self._is_on_bar, history
                pushes = [node for node in everything if isinstance(node, typed.Push)]
                closing = [node for node in self._function.closing if node in pushes]
                mine = [[n for n in some if n.history == number] for some in (pushes, closing)]
                assert len(mine[0]) == len(mine[1]) == 1, "once at every bar"

    def _node(self, node: Any) -> None:
        match node:
            case typed.Local(type=kind, index=index):
                assert self._locals[index] is kind, node
            case typed.ParamValue(type=kind, index=index):
                assert self._program.params[index].type is kind, node
            case typed.FillValue(type=kind, field=name):
                assert name in FILL_FIELDS and kind is Type.FLOAT, node
            case typed.BarValue(type=kind, field=name):
                assert self._is_on_bar and name in self._program.inputs[1:], node
                assert kind is (Type.INT if name in ("time", "code") else Type.FLOAT), node
            case typed.History(type=kind, history=history, back=back):
                assert history < len(self._function.histories), node
                assert kind is Type.FLOAT and back.type is Type.INT, node
            case typed.CellRead(type=kind, window=window, index=index):
                assert window < len(self._function.windows), node
                assert kind is Type.FLOAT and index.type is Type.INT, node
            case typed.SetLocal(index=index, value=value):
                assert self._locals[index] is value.type, node
            case typed.Call():
                self._call(node)
            case typed.If(test=test):
                assert test.type is Type.BOOL, node
            case typed.Loop(local=local, start=start, stop=stop, step=step, cost=cost):
                assert self._locals[local] is start.type is stop.type is Type.INT, node
                assert step != 0 and cost >= 1, node
            case typed.Forever(cost=cost):
                assert cost >= 1, node
            case typed.CellWrite(window=window, index=index, value=value):
                assert window < len(self._function.windows), node
                assert index.type is Type.INT and value.type is Type.FLOAT, node
            case typed.Push(history=history, value=value):
                assert history < len(self._function.histories), node
                assert value.type is Type.FLOAT, node
            case _:
                _operation(node)

    def _call(self, node: typed.Call) -> None:
        callee = self._function.sites[node.site]
        assert callee in self._callees, node
        taken = [callee.locals[local] for local in callee.arguments]
        assert [argument.type for argument in node.arguments] == taken, node
        given = [callee.locals[local] for local in callee.results]
        assert [self._locals[local] for local in node.results] == given, node


def _operation(node: Any) -> None:
    """What needs no more than its operands' types."""
    match node:
        case typed.Const(type=kind, value=value):
            kinds = {Type.FLOAT: float, Type.INT: int, Type.BOOL: bool}
            assert type(value) is kinds[kind], node
        case typed.Negate(type=kind, operand=operand):
            assert kind is operand.type and kind in _NUMBERS, node
        case typed.Not(type=kind, operand=operand):
            assert kind is operand.type is Type.BOOL, node
        case typed.Arithmetic(type=kind, op=op, left=left, right=right):
            assert left.type is right.type is kind and op in _OPERATORS[kind], node
        case typed.Chain(type=kind, ops=ops, operands=operands):
            assert kind is Type.BOOL and len(ops) + 1 == len(operands) >= 2, node
            assert len({operand.type for operand in operands}) == 1, node
            assert operands[0].type in _NUMBERS or set(ops) <= {"==", "!="}, node
        case typed.Logic(type=kind, operands=operands):
            assert kind is Type.BOOL and len(operands) >= 2, node
            assert all(operand.type is Type.BOOL for operand in operands), node
        case typed.Choose(type=kind, test=test, then=then, otherwise=otherwise):
            assert test.type is Type.BOOL and then.type is otherwise.type is kind, node
        case typed.ToFloat(type=kind, operand=operand):
            assert kind is Type.FLOAT and operand.type is Type.INT, node
        case typed.ToInt(type=kind, operand=operand):
            assert kind is Type.INT and operand.type is Type.FLOAT, node
        case typed.Builtin(type=kind, name=name, operands=operands):
            assert len(operands) == (2 if name in ("min", "max", "copysign") else 1), node
            takes, gives = _OPERAND_AND_RESULT.get(name, (kind, kind))
            assert kind is gives and kind is not None, node
            assert all(operand.type is takes for operand in operands), node
