"""Types the lowered tree's stack, as a WebAssembly validator would; runs in the tests.

Raises AssertionError where an instruction finds other operands than it takes.
"""

from __future__ import annotations

from sandbox.compiler.wasm import Block, IfElse, Kind, Loop, Module, Node, Op

_SHORT = {"i32": Kind.I32, "i64": Kind.I64, "f64": Kind.F64}
_TESTS = ("eqz", "eq", "ne", "lt_s", "gt_s", "le_s", "ge_s", "ge_u", "lt", "gt", "le", "ge")
_ONE_OPERAND = ("eqz", "abs", "neg", "floor", "sqrt")


def verify(module: Module) -> None:
    """Every path through `run` leaves the stack as it found it."""
    kinds = (Kind.I32, Kind.I32, *module.function.locals)
    assert _run(module.function.body, kinds, 0) == []


def _run(nodes: tuple[Node, ...], kinds: tuple[Kind, ...], depth: int) -> list[Kind] | None:
    """What the nodes leave on an empty stack; None when they do not get to their end."""
    stack: list[Kind] = []
    for position, node in enumerate(nodes):
        match node:
            case Op(name=("br" | "unreachable") as name):
                assert name == "unreachable" or _label(node) < depth, node
                assert position == len(nodes) - 1, "code behind a jump"
                return None
            case Op():
                _step(node, stack, kinds, depth)
            case Block(body=body) | Loop(body=body):
                assert not _run(body, kinds, depth + 1), node
            case IfElse():
                assert stack.pop() is Kind.I32, node
                expected = [] if node.result is None else [node.result]
                for side in (node.then, node.otherwise):
                    left = _run(side, kinds, depth + 1)
                    assert left is None or left == expected, node
                stack += expected
    return stack


def _label(op: Op) -> int:
    assert isinstance(op.value, int)
    return op.value


def _pop(stack: list[Kind], *kinds: Kind) -> None:
    for kind in reversed(kinds):
        assert stack and stack.pop() is kind, kinds


def _step(op: Op, stack: list[Kind], kinds: tuple[Kind, ...], depth: int) -> None:
    owner, _, name = op.name.partition(".")
    match owner, name:
        case "local", _:
            assert isinstance(op.value, int)
            kind = kinds[op.value]
            if name != "get":
                _pop(stack, kind)
            if name != "set":
                stack.append(kind)
            return
        case "br_if", _:
            _pop(stack, Kind.I32)
            assert _label(op) < depth
            return
        case "select", _:
            _pop(stack, Kind.I32)
            kind = stack[-1]
            _pop(stack, kind, kind)
            stack.append(kind)
            return
        case "i32", "wrap_i64":
            _pop(stack, Kind.I64)
            stack.append(Kind.I32)
            return
        case "f64", "convert_i64_s":
            _pop(stack, Kind.I64)
            stack.append(Kind.F64)
            return
    kind = _SHORT[owner]
    if name == "const":
        stack.append(kind)
    elif name == "load":
        _pop(stack, Kind.I32)
        stack.append(kind)
    elif name in ("store", "store8"):
        _pop(stack, Kind.I32, kind)
    else:
        _pop(stack, *([kind] if name in _ONE_OPERAND else [kind, kind]))
        stack.append(Kind.I32 if name in _TESTS else kind)
