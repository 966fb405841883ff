"""Typed expression → the least and largest value that it can have.

Lengths, windows and loops need a largest value before anything runs: memory is fixed then.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

from sandbox.compiler import typed
from sandbox.compiler.typed import Type

Range = tuple[float, float]
_INT_MIN, _INT_MAX = -(2**63), 2**63 - 1
_ROUNDING: dict[str, Callable[[float], int]] = {
    "floor": math.floor,
    "ceil": math.ceil,
    "trunc": math.trunc,
    "nearest": round,
}


def whole_range(
    node: typed.Expression, params: tuple[typed.Param, ...], locals_: Mapping[int, tuple[int, int]]
) -> tuple[int, int] | None:
    """Of a whole number; None where it depends on more than constants, bounded params and
    the given locals."""
    if node.type is not Type.INT:
        return None
    found = _range(node, params, locals_)
    return None if found is None else (int(found[0]), int(found[1]))


def _range(
    node: typed.Expression, params: tuple[typed.Param, ...], locals_: Mapping[int, tuple[int, int]]
) -> Range | None:
    """None also where a float can be infinite, or a whole number beyond what wraps."""
    found = _exact_range(node, params, locals_)
    if found is None or not all(map(math.isfinite, found)):
        return None
    if node.type is Type.INT and not _INT_MIN <= found[0] <= found[1] <= _INT_MAX:
        return None
    return found


def _exact_range(
    node: typed.Expression, params: tuple[typed.Param, ...], locals_: Mapping[int, tuple[int, int]]
) -> Range | None:
    def of(inner: typed.Expression) -> Range | None:
        return _range(inner, params, locals_)

    match node:
        case typed.Const(type=Type.INT | Type.FLOAT, value=value):
            return value, value
        case typed.Local(index=index):
            return locals_.get(index)
        case typed.ParamValue(type=Type.INT | Type.FLOAT, index=index):
            low, high = params[index].low, params[index].high
            return None if low is None or high is None else (low, high)
        case typed.ToFloat(operand=operand):
            inner = of(operand)
            return None if inner is None else (float(inner[0]), float(inner[1]))
        case typed.Arithmetic(op=op, left=left, right=right):
            return _arithmetic(op, of(left), of(right))
        case typed.Negate(operand=operand):
            inner = of(operand)
            return None if inner is None else (-inner[1], -inner[0])
        case typed.ToInt(operand=operand):
            inner = of(operand)
            return None if inner is None else (math.trunc(inner[0]), math.trunc(inner[1]))
        case typed.Builtin(name=("min" | "max") as name, operands=(left, right)):
            a, b = of(left), of(right)
            pick = min if name == "min" else max
            return None if a is None or b is None else (pick(a[0], b[0]), pick(a[1], b[1]))
        case typed.Builtin(name="sqrt", operands=(operand,)):
            inner = of(operand)
            if inner is None or inner[0] < 0:
                return None
            return math.sqrt(inner[0]), math.sqrt(inner[1])
        case typed.Builtin(name=name, operands=(operand,)) if name in _ROUNDING:
            inner = of(operand)
            if inner is None:
                return None
            return float(_ROUNDING[name](inner[0])), float(_ROUNDING[name](inner[1]))
    return None


def _arithmetic(op: str, a: Range | None, b: Range | None) -> Range | None:
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
        case "/" | "//" if b[0] > 0:
            corners = [x / y if op == "/" else x // y for x in a for y in b]
            return min(corners), max(corners)
        case "%" if b[0] > 0:
            return 0, b[1] - 1
    return None
