"""Arbitrary precision → the numbers of sandbox/stdlib/math: where each of them comes from.

Polynomials interpolate at Chebyshev's
nodes (within a factor of about two of the best error); each name tells what is approximated.
"""

from __future__ import annotations

from collections.abc import Callable

from mpmath import mp, mpf

Function = Callable[[mpf], mpf]
DIGITS = 120


def head(x: mpf, bits: int) -> float:
    """x cut to so many significant bits: products with numbers of few bits are then exact."""
    scale = bits - int(mp.ceil(mp.log(abs(x), 2)))
    return float(mp.floor(mp.ldexp(x, scale)) / mpf(2) ** scale)


def in_parts(x: mpf, *bits: int) -> list[float]:
    """x as a sum: parts of so many bits each, then what is left as a float."""
    parts = []
    for count in bits:
        parts.append(head(x, count))
        x -= mpf(parts[-1])
    return [*parts, float(x)]


def polynomial(function: Function, low: mpf, high: mpf, terms: int) -> list[float]:
    """Coefficients, lowest power first, of the interpolation at Chebyshev's nodes."""
    nodes = [
        (low + high) / 2 + (high - low) / 2 * mp.cos(mp.pi * (2 * i + 1) / (2 * terms))
        for i in range(terms)
    ]
    nodes = [node if abs(node) > mpf(10) ** -30 else mpf(10) ** -30 for node in nodes]
    powers = mp.matrix(terms, terms)
    for row, node in enumerate(nodes):
        for column in range(terms):
            powers[row, column] = node**column
    found = mp.lu_solve(powers, mp.matrix([function(node) for node in nodes]))
    return [float(value) for value in found]


def atanh_rest(z: mpf) -> mpf:
    """2 atanh(s) = 2s + s z · this, z = s²."""
    s = mp.sqrt(z)
    return (2 * mp.atanh(s) / s - 2) / z


def atanh_rest_after_a_third(z: mpf) -> mpf:
    """atanh(s) = s + s z (1/3 + z (3/16 + this)), z = s²."""
    s = mp.sqrt(z)
    return ((mp.atanh(s) / s - 1) / z - mpf(1) / 3) / z - mpf(3) / 16


def exp_rest(r: mpf) -> mpf:
    """exp(r) = 1 + r + r²/2 + r³ · this."""
    return (mp.exp(r) - 1 - r - r * r / 2) / r**3


def sin_rest(z: mpf) -> mpf:
    """sin(r) = r + r z (-5/32 + this), z = r²."""
    r = mp.sqrt(z)
    return (mp.sin(r) - r) / (r * z) + mpf(5) / 32


def cos_rest(z: mpf) -> mpf:
    """cos(r) = 1 - z/2 + z² · this, z = r²."""
    return (mp.cos(mp.sqrt(z)) - 1 + z / 2) / z**2


def atan_rest(z: mpf) -> mpf:
    """atan(t) = t + t z · this, z = t²."""
    t = mp.sqrt(z)
    return (mp.atan(t) - t) / (t * z)


def constants() -> dict[str, list[float]]:
    """Every derived number of the library's sources, by what it is."""
    with mp.workdps(DIGITS):
        ln2, ln10, pi, half_pi = mp.ln2, mp.ln(10), +mp.pi, mp.pi / 2
        reach = ln2 / 2 * (1 + mpf(2) ** -20)
        widest = ((mp.sqrt(2) - 1) / (mp.sqrt(2) + 1) * (1 + mpf(2) ** -20)) ** 2
        quarter = (pi / 4 * (1 + mpf(2) ** -20)) ** 2
        nothing = mpf(10) ** -20
        return {
            "1/ln 2": [float(1 / ln2)],
            "ln 2": in_parts(ln2, 42),
            "ln 2, full": in_parts(ln2, 53),
            "1/ln 2, full": in_parts(1 / ln2, 53),
            "1/ln 10, full": in_parts(1 / ln10, 53),
            "ln 2/ln 10": in_parts(ln2 / ln10, 42),
            "1/3": in_parts(mpf(1) / 3, 53),
            "3 pi/4": [float(3 * mp.pi / 4)],
            "2/pi": [float(2 / pi)],
            "pi/2": in_parts(half_pi, 33, 33, 33),
            "pi/2, full": in_parts(half_pi, 53),
            "pi, full": in_parts(pi, 53),
            "degrees": in_parts(180 / pi, 26),
            "radians": in_parts(pi / 180, 26),
            "atan 1/4": in_parts(mp.atan(mpf(1) / 4), 53),
            "atan 1/2": in_parts(mp.atan(mpf(1) / 2), 53),
            "atan 3/4": in_parts(mp.atan(mpf(3) / 4), 53),
            "atan 1": in_parts(pi / 4, 53),
            "exp": polynomial(exp_rest, -reach, reach, 10),
            "log": polynomial(atanh_rest, nothing, widest, 8),
            "log, wide": polynomial(atanh_rest_after_a_third, nothing, widest, 10),
            "sin": polynomial(sin_rest, nothing, quarter, 7),
            "cos": polynomial(cos_rest, nothing, quarter, 6),
            "atan": polynomial(atan_rest, nothing, (mpf(1) / 8) ** 2 * mpf("1.01"), 7),
            "cbrt": polynomial(mp.cbrt, mpf(1), mpf(8), 4),
        }


def two_over_pi() -> list[int]:
    """The bits of 2/pi, 62 to a number, after one number of zeros."""
    with mp.workdps(500):
        return [int(mp.floor(mp.ldexp(2 / mp.pi, 62 * i))) & (2**62 - 1) for i in range(20)]
