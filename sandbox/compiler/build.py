"""Typed expressions made right: conversions, folded constants, and the range of lengths."""

from __future__ import annotations

import math

from sandbox.compiler import semantics, typed
from sandbox.compiler.syntax import Span
from sandbox.compiler.typed import Type

NUMBERS = (Type.FLOAT, Type.INT)


def unknown(span: Span) -> typed.Expression:
    """What stands where something was reported."""
    return typed.Const(Type.UNKNOWN, 0, span)


def constant(value: float | int | bool, span: Span) -> typed.Const:
    if isinstance(value, bool):
        return typed.Const(Type.BOOL, value, span)
    return typed.Const(Type.INT if isinstance(value, int) else Type.FLOAT, value, span)


def na(span: Span) -> typed.Const:
    return typed.Const(Type.FLOAT, semantics.NA, span)


def to_float(value: typed.Expression) -> typed.Expression:
    if value.type is not Type.INT:
        return value
    if isinstance(value, typed.Const):
        return typed.Const(Type.FLOAT, float(value.value), value.span)
    return typed.ToFloat(Type.FLOAT, value, value.span)


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


def extreme(
    name: str, left: typed.Expression, right: typed.Expression, span: Span
) -> typed.Expression:
    """min or max of two numbers of one type; folds constants."""
    if isinstance(left, typed.Const) and isinstance(right, typed.Const):
        pick = semantics.minimum if name == "min" else semantics.maximum
        return typed.Const(left.type, pick(left.value, right.value), span)
    return typed.Builtin(left.type, name, (left, right), span)


def whole_range(value: typed.Expression, params: list[typed.Param]) -> tuple[int, int] | None:
    """The least and the largest value of a whole number that depends on params only."""
    match value:
        case typed.Const(type=Type.INT, value=number):
            return int(number), int(number)
        case typed.ParamValue(type=Type.INT, index=index):
            param = params[index]
            if param.low is None or param.high is None:
                return None
            return math.ceil(param.low), math.floor(param.high)
        case typed.Arithmetic(type=Type.INT, op=op, left=left, right=right):
            a, b = whole_range(left, params), whole_range(right, params)
            if a is None or b is None:
                return None
            match op:
                case "+":
                    return a[0] + b[0], a[1] + b[1]
                case "-":
                    return a[0] - b[1], a[1] - b[0]
                case "*":
                    corners = [x * y for x in a for y in b]
                    return min(corners), max(corners)
            return None
        case typed.Builtin(type=Type.INT, name=("min" | "max") as name, operands=operands):
            a, b = (whole_range(operand, params) for operand in operands)
            if a is None or b is None:
                return None
            pick = min if name == "min" else max
            return pick(a[0], b[0]), pick(a[1], b[1])
    return None
