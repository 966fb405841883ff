"""math.* against arbitrary precision, and against Python where the result is exact or special.

The library's sources run as plain Python here; test_math_compiled.py holds the compiled functions
to the same bits.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.sandbox.stdlib.math_cases import BINARY, SPECIAL, UNARY, Range, points
from tests.sandbox.stdlib.plain import plain_math
from tests.sandbox.stdlib.ulps import ulps_off

MATH = plain_math()


@pytest.mark.parametrize(("name", "worst", "ranges"), UNARY, ids=[case[0] for case in UNARY])
def test_a_function_is_as_near_as_stated(name: str, worst: float, ranges: list[Range]) -> None:
    for seed, bounds in enumerate(ranges):
        for x in points(bounds, seed).tolist():
            assert ulps_off(name, MATH[name](x), x) <= worst, x


@pytest.mark.parametrize(("name", "worst", "ranges"), BINARY, ids=[case[0] for case in BINARY])
def test_a_function_of_two_is_as_near_as_stated(
    name: str, worst: float, ranges: list[tuple[Range, Range]]
) -> None:
    for first, second in ranges:
        shuffled = np.random.default_rng(7).permutation(points(second, seed=1))
        for x, y in zip(points(first, seed=2).tolist(), shuffled.tolist(), strict=True):
            assert ulps_off(name, MATH[name](x, y), x, y) <= worst, (x, y)


DOMAIN: dict[str, Callable[[float], bool]] = {
    "log": lambda x: x > 0.0,
    "log2": lambda x: x > 0.0,
    "log10": lambda x: x > 0.0,
    "log1p": lambda x: x > -1.0,
    "asin": lambda x: abs(x) <= 1.0,
    "acos": lambda x: abs(x) <= 1.0,
    "acosh": lambda x: x >= 1.0,
    "atanh": lambda x: abs(x) < 1.0,
}
DOMAIN_OF_TWO: dict[str, Callable[[float, float], bool]] = {
    "pow": lambda x, y: x > 0.0 or y == math.floor(y),
    "log": lambda x, base: x > 0.0 and base > 0.0 and base != 1.0,
}
ANY = st.floats(allow_nan=False, allow_infinity=False)
NEAR = st.one_of(ANY, st.floats(-4.0, 4.0), st.floats(-800.0, 800.0))


@settings(max_examples=1_500, deadline=None)
@given(st.sampled_from([case[0] for case in UNARY]), NEAR)
def test_any_float_is_within_an_ulp_of_the_exact_value(name: str, x: float) -> None:
    if name not in DOMAIN or DOMAIN[name](x):
        assert ulps_off(name, MATH[name](x), x) < 1.0
    else:
        assert math.isnan(MATH[name](x))


@settings(max_examples=1_500, deadline=None)
@given(st.sampled_from([case[0] for case in BINARY]), NEAR, NEAR)
def test_any_two_floats_are_within_an_ulp_of_the_exact_value(name: str, x: float, y: float) -> None:
    if x != 0.0 and (name not in DOMAIN_OF_TWO or DOMAIN_OF_TWO[name](x, y)):
        assert ulps_off(name, MATH[name](x, y), x, y) < 1.0
    else:
        assert_like_python(name, x, y)


@given(st.integers(0, 10**15), st.integers(-3, 3))
def test_an_angle_beside_a_quarter_turn_loses_nothing(turns: int, steps: int) -> None:
    x = turns * (math.pi / 2)
    for _ in range(abs(steps)):
        x = math.nextafter(x, math.copysign(math.inf, steps))
    for name in ("sin", "cos", "tan"):
        assert ulps_off(name, MATH[name](x), x) < 1.0


def test_the_float_nearest_to_a_quarter_turn_loses_nothing() -> None:
    """Its cosine is 4.7e-19: no float comes nearer (Kahan; Muller, Elementary Functions, 11.2)."""
    x = math.ldexp(6381956970095103.0, 797)
    assert abs(MATH["cos"](x)) < 1e-18
    for name in ("sin", "cos", "tan"):
        assert ulps_off(name, MATH[name](x), x) < 1.0


def python(name: str, *arguments: float) -> float:
    """What the library promises by Python's math: na for an error of the domain, an infinity for
    an overflow, and na for na."""
    if any(map(math.isnan, arguments)):
        return math.nan
    try:
        return float(getattr(math, name)(*arguments))
    except (ValueError, ZeroDivisionError):
        return math.nan
    except OverflowError:
        negative = arguments[0] < 0.0 and (name != "pow" or math.fmod(arguments[1], 2.0) != 0.0)
        return -math.inf if negative and name not in ("cosh", "exp") else math.inf


def assert_like_python(name: str, *arguments: float) -> None:
    found, expected = MATH[name](*arguments), python(name, *arguments)
    if math.isnan(expected):
        assert math.isnan(found), (name, arguments, found)
    else:
        assert math.copysign(1.0, found) == math.copysign(1.0, expected), (name, arguments, found)
        tolerance = math.ulp(expected) if math.isfinite(expected) else 0.0
        assert found == expected or abs(found - expected) <= tolerance, (name, arguments, found)


@pytest.mark.parametrize("name", [case[0] for case in UNARY])
def test_special_values_are_pythons_but_never_raise(name: str) -> None:
    for x in SPECIAL:
        assert_like_python(name, x)


@pytest.mark.parametrize("name", [*(case[0] for case in BINARY), "fmod"])
def test_special_values_of_two_are_pythons_but_never_raise(name: str) -> None:
    for x, y in product(SPECIAL, SPECIAL):
        assert_like_python(name, x, y)


def test_exact_results_are_exact() -> None:
    for k in range(-1074, 1024):
        assert MATH["exp2"](float(k)) == math.ldexp(1.0, k)
        assert MATH["log2"](math.ldexp(1.0, k)) == k
        assert MATH["pow"](2.0, float(k)) == math.ldexp(1.0, k)
    for k in range(23):
        assert MATH["log10"](10.0**k) == k
        assert MATH["pow"](10.0, float(k)) == 10.0**k
    for base, k in product(range(2, 40), range(-9, 10)):
        if base**k <= 2**53 and (k >= 0 or base in (2, 4, 8, 16, 32)):
            assert MATH["log"](float(base) ** k, float(base)) == k
            assert MATH["log"](float(base) ** k, float(base * base)) == k / 2
    for k in range(1, 400):
        assert MATH["cbrt"](float(k**3)) == k
        assert MATH["pow"](float(k), 3.0) == k**3
        assert MATH["pow"](float(k * k), 0.5) == k
        assert MATH["hypot"](3.0 * k, -4.0 * k) == 5.0 * k
    for name in ("exp", "cosh", "cos"):
        assert MATH[name](0.0) == 1.0
    assert MATH["atan2"](0.0, -1.0) == MATH["acos"](-1.0) == MATH["radians"](180.0) == math.pi
    assert MATH["acosh"](1.0) == MATH["log"](1.0) == 0.0
    assert MATH["asin"](1.0) == math.pi / 2 and MATH["atan"](1.0) == math.pi / 4


@settings(max_examples=500)
@given(NEAR, NEAR)
def test_a_remainder_is_pythons_to_the_bit(x: float, y: float) -> None:
    assert_like_python("fmod", x, y)
    if y != 0.0:
        assert MATH["fmod"](x, y) == math.fmod(x, y)


TOLERANCES = [(), (0.0,), (0.25,), (1e-9, 0.5), (0.0, 1e-30), (1.0, math.inf)]


@given(NEAR, st.floats(-1e-8, 1e-8), st.sampled_from(TOLERANCES))
def test_what_is_close_is_what_python_says(x: float, off: float, by: tuple[float, ...]) -> None:
    for y in (x * (1.0 + off), x + off, *SPECIAL):
        assert MATH["isclose"](x, y, *by) == python_isclose(x, y, *by)


def python_isclose(x: float, y: float, rel_tol: float = 1e-9, abs_tol: float = 0.0) -> bool:
    return math.isclose(x, y, rel_tol=rel_tol, abs_tol=abs_tol)


def test_special_values_are_close_as_python_says() -> None:
    for (x, y), by in product(product(SPECIAL, SPECIAL), TOLERANCES):
        assert MATH["isclose"](x, y, *by) == python_isclose(x, y, *by)
