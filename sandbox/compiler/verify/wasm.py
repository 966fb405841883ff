"""Types the lowered tree's stack, as a WebAssembly validator would; runs in the tests.

Raises AssertionError where an instruction finds other operands than it takes.
"""

from __future__ import annotations

from dataclasses import dataclass

from sandbox.compiler.inlined import written_out
from sandbox.compiler.opcodes import MEMORY, PLAIN
from sandbox.compiler.wasm import (
    Block,
    Function,
    IfElse,
    Kind,
    Loop,
    Module,
    Node,
    Op,
    Reason,
    TrapIf,
)

_KINDS = frozenset(kind.value for kind in Kind)
_TESTS = frozenset({"eqz", "eq", "ne", "lt", "gt", "le", "ge"})
_ONE_OPERAND = frozenset({"eqz", "abs", "neg", "floor", "ceil", "trunc", "nearest", "sqrt"})
_CONVERSIONS = {
    "i32.wrap_i64": Kind.I64,
    "i64.trunc_f64_s": Kind.F64,
    "f64.convert_i64_s": Kind.I64,
    "i64.reinterpret_f64": Kind.F64,
    "f64.reinterpret_i64": Kind.I64,
}
_MAY_TRAP = {
    "i64.div_s": Reason.DIVISION,
    "i64.rem_s": Reason.DIVISION,
    "i64.trunc_f64_s": Reason.CONVERSION,
    "call": Reason.CALL,
}


def verify(module: Module) -> None:
    """Every path through a function leaves its results and nothing else; functions call
    earlier ones only; whatever can trap is marked."""
    module = written_out(module)
    for number, function in enumerate(module.functions):
        kinds = (*function.parameters, *function.locals)
        stack = _Stack(module.functions[:number], kinds).run(function.body, 0)
        assert stack == list(function.results), (function.name, stack)
    run = module.functions[-1]
    assert run.parameters == (Kind.I32,) * 3 and run.results == ()


@dataclass(frozen=True, slots=True)
class _Stack:
    """callees: what the function may call. kinds: of its locals."""

    callees: tuple[Function, ...]
    kinds: tuple[Kind, ...]

    def run(self, nodes: tuple[Node, ...], depth: int) -> list[Kind] | None:
        """What the nodes leave on an empty stack; None when they do not get to their end."""
        stack: list[Kind] = []
        for position, node in enumerate(nodes):
            match node:
                case Op(name="br"):
                    assert _index(node) < depth and stack == [], node
                    assert position == len(nodes) - 1, "code behind a jump"
                    return None
                case Op():
                    self._step(node, stack, depth)
                case TrapIf():
                    _pop(stack, Kind.I32)
                case Block(body=body) | Loop(body=body):
                    assert not self.run(body, depth + 1), node
                case IfElse():
                    _pop(stack, Kind.I32)
                    expected = [] if node.result is None else [node.result]
                    for side in (node.then, node.otherwise):
                        left = self.run(side, depth + 1)
                        assert left is None or left == expected, node
                    stack += expected
        return stack

    def _step(self, op: Op, stack: list[Kind], depth: int) -> None:
        assert (op.mark.reason if op.mark else None) == _MAY_TRAP.get(op.name), op
        match op.name:
            case "local.get" | "local.set" | "local.tee":
                kind = self.kinds[_index(op)]
                if op.name != "local.get":
                    _pop(stack, kind)
                if op.name != "local.set":
                    stack.append(kind)
            case "br_if":
                _pop(stack, Kind.I32)
                assert _index(op) < depth and stack == [], op
            case "call":
                callee = self.callees[_index(op)]
                _pop(stack, *callee.parameters)
                stack += callee.results
            case "select":
                _pop(stack, Kind.I32)
                kind = stack[-1]
                _pop(stack, kind, kind)
                stack.append(kind)
            case _:
                _numeric(op, stack)


def _numeric(op: Op, stack: list[Kind]) -> None:
    owner, _, name = op.name.partition(".")
    assert owner in _KINDS, op
    kind = Kind(owner)
    if op.name in _CONVERSIONS:
        _pop(stack, _CONVERSIONS[op.name])
        stack.append(kind)
    elif name == "const":
        assert isinstance(op.value, float if kind is Kind.F64 else int), op
        stack.append(kind)
    elif op.name in MEMORY:
        assert _index(op) >= 0
        if name == "store":
            _pop(stack, kind)
        _pop(stack, Kind.I32)
        if name != "store":
            stack.append(kind)
    else:
        assert op.name in PLAIN, op
        _pop(stack, *([kind] if name in _ONE_OPERAND else [kind, kind]))
        stack.append(Kind.I32 if name.partition("_")[0] in _TESTS else kind)


def _index(op: Op) -> int:
    assert isinstance(op.value, int), op
    return op.value


def _pop(stack: list[Kind], *kinds: Kind) -> None:
    """The operands, in the order in which they were put there."""
    for kind in reversed(kinds):
        assert stack and stack.pop() is kind, kinds
