"""//, % and round of floats are Python's."""

from __future__ import annotations

import math

import numpy as np
from hypothesis import example, given, settings
from hypothesis import strategies as st

from schemas.columns import BarColumns
from tests.sandbox.running import body, run

numbers = st.one_of(
    st.floats(-1e6, 1e6),
    st.integers(-400, 400).map(lambda n: n / 8),
    st.floats(allow_nan=False, allow_infinity=False),
)
SOURCE = body(
    'plot("rest", bar.open % bar.high)',
    'plot("quotient", bar.open // bar.high)',
    'plot("whole", round(bar.open))',
)


def plotted(x: list[float], y: list[float]) -> list[list[float]]:
    left, right = np.array(x), np.array(y)
    bars = BarColumns(np.arange(len(x)), left, right, left, left, left)
    found: list[list[float]] = run(SOURCE, bars).plots.T.tolist()
    return found


def same(a: float, b: float) -> bool:
    return a == b and math.copysign(1.0, a) == math.copysign(1.0, b)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.tuples(numbers, numbers.filter(bool)), min_size=1, max_size=40))
@example([(-6.918803549320331e16, 5.0)])  # a quotient between floats
def test_division_and_rounding_are_pythons(pairs: list[tuple[float, float]]) -> None:
    found = plotted([x for x, _ in pairs], [y for _, y in pairs])
    for (x, y), (rest, quotient, whole) in zip(pairs, found, strict=True):
        assert same(rest, x % y), (x, y)
        assert same(quotient, x // y), (x, y)
        assert same(whole, float(round(x))) or not round(x), x


# decimals of few digits are the floats nearest to halves of what they are rounded to
decimals = st.tuples(st.integers(-(10**17), 10**17), st.integers(-20, 22)).map(
    lambda parts: float(f"{parts[0]}e{-parts[1]}")
)
between = st.tuples(st.integers(2**51, 2**54), st.integers(-22, 22)).map(
    lambda parts: float(f"{parts[0]}e{-parts[1]}")
)


@settings(max_examples=400, deadline=None)
@given(
    st.lists(st.one_of(numbers, decimals, between), min_size=1, max_size=40), st.integers(-22, 22)
)
@example([2.675, 0.285, 1.005, -2.675, 0.125, 0.375, -0.001], 2)
@example([2.5e22, 5e21, 1.5e22, -5e21], -22)
@example([5e-324, -5e-324, 4503599627370497.5, 1.7976931348623157e308], 1)
def test_rounding_to_places_is_pythons(xs: list[float], places: int) -> None:
    column = np.array(xs)
    bars = BarColumns(np.arange(len(xs)), *[column] * 5)
    rounded = run(body(f'plot("x", round(bar.open, {places}))'), bars).plots[0]
    for x, found in zip(xs, rounded.tolist(), strict=True):
        assert same(found, python_round(x, places)), (x, places)


def python_round(x: float, places: int) -> float:
    """Past the largest float, where Python raises, x itself."""
    try:
        return round(x, places)
    except OverflowError:
        return x


def test_rounding_to_places_beyond_a_floats_powers_of_ten_leaves_what_is_not_0() -> None:
    column = np.array([1.25e-30, 4e22, 5e22, math.inf, 7.0])
    bars = BarColumns(np.arange(5), *[column] * 5)
    known = "x = na if bar.open == 7.0 else bar.open"
    source = body(known, 'plot("few", round(x, -23))', 'plot("many", round(x, 23))')
    few, many = run(source, bars).plots
    np.testing.assert_array_equal(few, [0.0, 0.0, 5e22, math.inf, math.nan])
    np.testing.assert_array_equal(many, [1.25e-30, 4e22, 5e22, math.inf, math.nan])


def test_the_sign_of_a_number_is_a_float_and_that_of_na_is_na() -> None:
    column = np.array([-5e-324, -0.0, 0.0, 3.0, math.inf, 7.0])
    bars = BarColumns(np.arange(6), *[column] * 5)
    source = body("x = na if bar.open == 7.0 else bar.open", 'plot("x", math.sign(x))')
    found = run(source, bars).plots[0]
    np.testing.assert_array_equal(found, [-1.0, 0.0, 0.0, 1.0, 1.0, math.nan])
    assert not np.signbit(found[1])


def test_a_zero_divisor_gives_na() -> None:
    rest, quotient, *_ = plotted([1.0, -2.5, 0.0], [0.0, -0.0, 0.0])[0]
    assert math.isnan(rest) and math.isnan(quotient)
