"""Typed expressions made right: conversions and folded constants."""

from __future__ import annotations

from collections.abc import Callable

from sandbox.compiler import semantics, typed
from sandbox.compiler.syntax import Span
from sandbox.compiler.typed import Type

NUMBERS = (Type.FLOAT, Type.INT)
_FOLDED: dict[str, Callable[..., float]] = {
    "abs": semantics.absolute,
    "floor": semantics.floor,
    "ceil": semantics.ceil,
    "trunc": semantics.trunc,
    "nearest": semantics.nearest,
    "sqrt": semantics.square_root,
    "min": semantics.minimum,
    "max": semantics.maximum,
    "copysign": semantics.copysign,
}


def unknown(span: Span) -> typed.Expression:
    """What stands where something was reported."""
    return typed.Const(Type.UNKNOWN, 0, span)


def constant(value: float | int | bool, span: Span) -> typed.Const:
    if isinstance(value, bool):
        return typed.Const(Type.BOOL, value, span)
    return typed.Const(Type.INT if isinstance(value, int) else Type.FLOAT, value, span)


def na(span: Span) -> typed.Const:
    return typed.Const(Type.FLOAT, semantics.NA, span)


def empty(kind: Type, span: Span) -> typed.Const:
    """What a slot of the type holds before anything was: na, 0 or False."""
    return typed.Const(kind, {Type.FLOAT: semantics.NA, Type.INT: 0}.get(kind, False), span)


def something(kind: Type, span: Span) -> typed.Const:
    """A value of the type; a whole number that can be a length."""
    return typed.Const(kind, {Type.FLOAT: 0.5, Type.INT: 1}.get(kind, False), span)


def to_float(value: typed.Expression) -> typed.Expression:
    if value.type is not Type.INT:
        return value
    if isinstance(value, typed.Const):
        return typed.Const(Type.FLOAT, float(value.value), value.span)
    return typed.ToFloat(Type.FLOAT, value, value.span)


def to_int(value: typed.Expression, span: Span) -> typed.Expression:
    """Toward zero; folds constants unless they would trap."""
    if value.type is Type.INT:
        return value
    if isinstance(value, typed.Const):
        try:
            return typed.Const(Type.INT, semantics.to_int(value.value), span)
        except semantics.Trap:
            pass
    return typed.ToInt(Type.INT, value, span)


def unify(values: list[typed.Expression]) -> list[typed.Expression] | None:
    """The values as one type, whole numbers made floats where needed; None if they differ."""
    kinds = {value.type for value in values}
    if len(kinds) == 1:
        return values
    if kinds == {Type.FLOAT, Type.INT}:
        return [to_float(value) for value in values]
    return None


def arithmetic(
    op: str, left: typed.Expression, right: typed.Expression, span: Span
) -> typed.Expression:
    """Of two numbers of one type; folds constants unless they would trap."""
    assert left.type is right.type
    if isinstance(left, typed.Const) and isinstance(right, typed.Const):
        if left.type is Type.FLOAT:
            return constant(semantics.float_arithmetic(op, left.value, right.value), span)
        try:
            folded = semantics.int_arithmetic(op, int(left.value), int(right.value))
            return typed.Const(Type.INT, folded, span)
        except semantics.Trap:
            pass  # traps at run time, at the bar that gets there
    return typed.Arithmetic(left.type, op, left, right, span)


def negate(value: typed.Expression, span: Span) -> typed.Expression:
    if isinstance(value, typed.Const):
        if value.type is Type.INT:
            return typed.Const(Type.INT, semantics.wrap(-int(value.value)), span)
        return typed.Const(Type.FLOAT, -value.value, span)
    return typed.Negate(value.type, value, span)


def negation(value: typed.Expression, span: Span) -> typed.Expression:
    if isinstance(value, typed.Const):
        return typed.Const(Type.BOOL, not value.value, span)
    return typed.Not(Type.BOOL, value, span)


def chain(ops: tuple[str, ...], values: list[typed.Expression], span: Span) -> typed.Expression:
    """Of values of one type; folds constants."""
    if all(isinstance(value, typed.Const) for value in values):
        numbers = [value.value for value in values if isinstance(value, typed.Const)]
        pairs = zip(ops, numbers, numbers[1:], strict=False)
        return constant(all(semantics.compare(op, a, b) for op, a, b in pairs), span)
    return typed.Chain(Type.BOOL, ops, tuple(values), span)


def builtin(
    kind: Type, name: str, operands: tuple[typed.Expression, ...], span: Span
) -> typed.Expression:
    """Folds constants of what has no bits to show."""
    constants = [operand.value for operand in operands if isinstance(operand, typed.Const)]
    if len(constants) == len(operands) and name in _FOLDED:
        return typed.Const(kind, _FOLDED[name](*constants), span)
    return typed.Builtin(kind, name, operands, span)


def choose(
    test: typed.Expression, then: typed.Expression, otherwise: typed.Expression, span: Span
) -> typed.Expression:
    """Of two values of one type."""
    if isinstance(test, typed.Const):
        return then if test.value else otherwise
    return typed.Choose(then.type, test, then, otherwise, span)


def operands(node: typed.Expression) -> tuple[typed.Expression, ...]:
    """What an expression is made of."""
    match node:
        case typed.Negate(operand=inner) | typed.Not(operand=inner):
            return (inner,)
        case typed.ToFloat(operand=inner) | typed.ToInt(operand=inner):
            return (inner,)
        case typed.Arithmetic(left=left, right=right):
            return (left, right)
        case typed.Chain(operands=all_) | typed.Logic(operands=all_):
            return all_
        case typed.Builtin(operands=all_):
            return all_
        case typed.Choose(test=test, then=then, otherwise=otherwise):
            return (test, then, otherwise)
        case typed.History(back=index) | typed.CellRead(index=index):
            return (index,)
    return ()


def may_trap(node: object) -> bool:
    """Whether a node of a tree, by itself, can end the bar."""
    match node:
        case typed.ToInt() | typed.CellRead():
            return True
        case typed.Arithmetic(type=Type.INT, op=("//" | "%"), right=right):
            return not isinstance(right, typed.Const) or right.value == 0
    return False
