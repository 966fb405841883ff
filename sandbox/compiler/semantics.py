"""What the language's operations mean, on plain Python numbers: one definition, which the
checker folds constants with and the reference interpreter runs on.

Floats are IEEE 754 doubles, and na is a NaN: a comparison with na is false, whichever it
is; arithmetic with na gives na; x / 0.0 is an infinity or na. Whole numbers are 64 bits
and wrap; // and % round down as in Python, and trap on a zero divisor.
"""

from __future__ import annotations

import math

NA = math.nan
Value = float | int | bool


class Trap(Exception):  # noqa: N818 -- the field's word for it
    """The bar cannot be evaluated; it is given up without a trace in the state."""


def wrap(value: int) -> int:
    """Two's complement, 64 bits."""
    return ((value + 2**63) & (2**64 - 1)) - 2**63


def float_arithmetic(op: str, a: float, b: float) -> float:
    """op: '+', '-', '*' or '/'."""
    match op:
        case "+":
            return a + b
        case "-":
            return a - b
        case "*":
            return a * b
    assert op == "/", op
    if b == 0.0:
        if a == 0.0 or a != a:
            return NA
        return math.copysign(math.inf, a) * math.copysign(1.0, b)
    return a / b


def int_arithmetic(op: str, a: int, b: int) -> int:
    """op: '+', '-', '*', '//' or '%'; raises Trap where WebAssembly traps."""
    match op:
        case "+":
            return wrap(a + b)
        case "-":
            return wrap(a - b)
        case "*":
            return wrap(a * b)
    assert op in ("//", "%"), op
    if b == 0:
        raise Trap("division by zero")
    if op == "//" and a == -(2**63) and b == -1:
        raise Trap("the quotient does not fit in 64 bits")
    return a // b if op == "//" else a % b


def compare(op: str, a: Value, b: Value) -> bool:
    """False when either is na, '!=' included."""
    match op:
        case "<":
            return a < b
        case "<=":
            return a <= b
        case ">":
            return a > b
        case ">=":
            return a >= b
        case "==":
            return a == b
    assert op == "!=", op
    return a < b or a > b


def minimum(a: Value, b: Value) -> Value:
    """na if either is; -0.0 is less than 0.0."""
    if a != a or b != b:
        return NA
    if a == b:
        return a if math.copysign(1.0, a) < 0 else b
    return a if a < b else b


def maximum(a: Value, b: Value) -> Value:
    """na if either is; 0.0 is more than -0.0."""
    if a != a or b != b:
        return NA
    if a == b:
        return b if math.copysign(1.0, a) < 0 else a
    return a if a > b else b


def floor(a: float) -> float:
    """The largest whole number not above, as a float; na and infinities stay."""
    if not math.isfinite(a):
        return a
    return math.copysign(float(math.floor(a)), a)


def square_root(a: float) -> float:
    """na below zero."""
    if a < 0.0 or a != a:
        return NA
    return math.sqrt(a)
