"""How far a float is from the exact value of a function, in units in the last place."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from mpmath import mp, mpf

DIGITS = 60
OVERFLOW = mpf(2) ** 1024 - mpf(2) ** 970  # from here on the nearest float is an infinity
Exact = Callable[..., Any]


def _bounded(function: Exact, low: float, high: float) -> Exact:
    """Past the bounds every result is below the least float or above the largest; exactly there
    it would need as many digits as the argument is large."""
    return lambda x: function(mpf(min(max(x, low), high)))


def _power(x: float, y: float) -> Any:
    exponent = mpf(y) * mp.log(abs(mpf(x)))
    if abs(exponent) > 800:
        exponent = mp.sign(exponent) * 800
    odd = math.fmod(y, 2.0) in (1.0, -1.0)
    return mp.exp(exponent) * (-1 if odd and x < 0.0 else 1)


EXACT: dict[str, Exact] = {
    "exp": _bounded(mp.exp, -800, 800),
    "exp2": _bounded(lambda x: mpf(2) ** x, -1200, 1200),
    "expm1": _bounded(mp.expm1, -800, 800),
    "log": mp.log,
    "log1p": mp.log1p,
    "log2": lambda x: mp.log(x) / mp.ln2,
    "log10": lambda x: mp.log(x) / mp.ln10,
    "pow": _power,
    "hypot": lambda x, y: mp.sqrt(mpf(x) ** 2 + mpf(y) ** 2),
    "cbrt": lambda x: mp.sign(x) * mp.cbrt(abs(mpf(x))),
    "sin": mp.sin,
    "cos": mp.cos,
    "tan": mp.tan,
    "asin": mp.asin,
    "acos": mp.acos,
    "atan": mp.atan,
    "atan2": mp.atan2,
    "sinh": _bounded(mp.sinh, -800, 800),
    "cosh": _bounded(mp.cosh, -800, 800),
    "tanh": _bounded(mp.tanh, -800, 800),
    "asinh": mp.asinh,
    "acosh": mp.acosh,
    "atanh": mp.atanh,
    "degrees": lambda x: mpf(x) * 180 / mp.pi,
    "radians": lambda x: mpf(x) * mp.pi / 180,
}


def ulps_off(name: str, found: float, *arguments: float) -> float:
    """The distance of found from the function's exact value; an infinity where one of them is
    finite (as a float) and the other is not, or where found is na."""
    with mp.workdps(DIGITS):
        exact = EXACT[name](*map(mpf, arguments))
        if abs(exact) >= OVERFLOW or not math.isfinite(found):
            right = math.isinf(found) and abs(exact) >= OVERFLOW and (found > 0) == (exact > 0)
            return 0.0 if right else math.inf
        if exact == 0:
            return 0.0 if found == 0.0 else math.inf
        unit = mpf(2) ** (max(mp.mag(exact), -1021) - 53)
        return float(abs(mpf(found) - exact) / unit)
