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
    'plot("cents", round(bar.open, 2))',
    'plot("whole", round(bar.open))',
    'plot("hundreds", round(bar.open, -2))',
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
    for (x, y), (rest, quotient, cents, whole, hundreds) in zip(pairs, found, strict=True):
        assert same(rest, x % y), (x, y)
        assert same(quotient, x // y), (x, y)
        assert same(whole, float(round(x))) or not round(x), x
        for rounded, places in ((cents, 2), (hundreds, -2)):
            assert abs(rounded - round(x, places)) <= math.ulp(x) or (
                abs(rounded - x) <= 0.5 * 10.0**-places + math.ulp(x)
            ), (x, places)


def test_a_zero_divisor_gives_na() -> None:
    rest, quotient, *_ = plotted([1.0, -2.5, 0.0], [0.0, -0.0, 0.0])[0]
    assert math.isnan(rest) and math.isnan(quotient)
