"""What the language's operations mean, on plain Python numbers: one definition, which the
checker folds constants with and the reference interpreter runs on.

Floats are IEEE 754 doubles, and na is a NaN: a comparison with na is false, whichever it
is; arithmetic with na gives na; x / 0.0 is an infinity or na. Whole numbers are 64 bits
and wrap; // and % round down as in Python, and trap on a zero divisor.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Callable, Mapping
from types import MappingProxyType

NA = math.nan
CANONICAL_NAN = 0x7FF8_0000_0000_0000
_ALL_BITS = 2**64 - 1
Value = float | int | bool


class Trap(Exception):  # noqa: N818 -- the field's word for it
    """The bar cannot be evaluated; it is given up without a trace in the state.

    reason: 'budget', 'window', 'division' or 'conversion'.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def wrap(value: int) -> int:
    """Two's complement, 64 bits."""
    return ((value + 2**63) & _ALL_BITS) - 2**63


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
    """op: + - * // % & | ^ << >> >>>; raises Trap where WebAssembly traps."""
    shift = b & 63
    match op:
        case "+":
            return wrap(a + b)
        case "-":
            return wrap(a - b)
        case "*":
            return wrap(a * b)
        case "//" | "%":
            return _floor_division(op, a, b)
        case "&":
            return a & b
        case "|":
            return a | b
        case "^":
            return a ^ b
        case "<<":
            return wrap(a << shift)
        case ">>":
            return a >> shift
    assert op == ">>>", op
    return wrap((a & _ALL_BITS) >> shift)


def _floor_division(op: str, a: int, b: int) -> int:
    if b == 0 or (op == "//" and a == -(2**63) and b == -1):
        raise Trap("division")
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


def absolute(a: Value) -> Value:
    """Of a whole number, a whole number that wraps."""
    return wrap(abs(a)) if isinstance(a, int) else math.fabs(a)


def floor(a: float) -> float:
    """The largest whole number not above, as a float. As with the three that follow, na and
    infinities stay, and so does the sign of a zero."""
    return _rounded(math.floor, a)


def ceil(a: float) -> float:
    return _rounded(math.ceil, a)


def trunc(a: float) -> float:
    return _rounded(math.trunc, a)


def nearest(a: float) -> float:
    """Of two that are as near, the even one."""
    return _rounded(round, a)


def _rounded(way: Callable[[float], int], a: float) -> float:
    return math.copysign(float(way(a)), a) if math.isfinite(a) else a


def to_int(a: float) -> int:
    """Toward zero; traps on na and outside of 64 bits."""
    if not math.isfinite(a) or not -(2**63) <= math.trunc(a) < 2**63:
        raise Trap("conversion")
    return math.trunc(a)


def is_na(a: float) -> bool:
    return a != a


def bits(a: float) -> int:
    """IEEE 754's 64 bits as a whole number; of na those of the canonical NaN."""
    if a != a:
        return CANONICAL_NAN
    word: int = struct.unpack("<q", struct.pack("<d", a))[0]
    return word


def from_bits(word: int) -> float:
    value: float = struct.unpack("<d", struct.pack("<q", word))[0]
    return value


def copysign(size: float, sign: float) -> float:
    """na if either is."""
    return NA if size != size or sign != sign else math.copysign(size, sign)


def square_root(a: float) -> float:
    """na below zero; of -0.0 it is -0.0."""
    if a < 0.0 or a != a:
        return NA
    return math.sqrt(a)


BUILTINS: Mapping[str, Callable[..., Value]] = MappingProxyType(
    {
        "abs": absolute,
        "floor": floor,
        "ceil": ceil,
        "trunc": trunc,
        "nearest": nearest,
        "sqrt": square_root,
        "isna": is_na,
        "bits": bits,
        "from_bits": from_bits,
        "min": minimum,
        "max": maximum,
        "copysign": copysign,
    }
)
"""By typed.Builtin's names."""
