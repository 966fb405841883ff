"""The compiled math.* gives the bits that the same sources give as plain Python."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from numpy.typing import NDArray

from schemas.columns import BarColumns
from tests.sandbox.running import body, interpret, run
from tests.sandbox.stdlib.math_cases import BINARY, SPECIAL, UNARY, points
from tests.sandbox.stdlib.plain import plain_math

Floats = NDArray[np.float64]
MATH = plain_math()
FRACTIONAL = [-7.25, -0.3, 0.7, 5.5, 1e-5, 12345.678]


def bars_of(x: Floats, y: Floats) -> BarColumns:
    """x as the opens, y as the closes."""
    return BarColumns(np.arange(len(x)), x, y, x, y, x)


def same_bits(found: Floats, expected: Floats) -> None:
    expected = np.where(np.isnan(expected), np.nan, expected)  # na is the canonical NaN
    differ = np.flatnonzero(found.view(np.int64) != expected.view(np.int64))
    assert len(differ) == 0, (differ[0], found[differ[0]], expected[differ[0]])


def check_unary(name: str, x: Floats) -> None:
    outputs = run(body(f'plot("y", math.{name}(bar.open))'), bars_of(x, x))
    assert not outputs.trapped.any()
    same_bits(outputs.plots[0], np.array([MATH[name](value) for value in x.tolist()]))


def check_binary(name: str, x: Floats, y: Floats) -> None:
    outputs = run(body(f'plot("z", math.{name}(bar.open, bar.close))'), bars_of(x, y))
    assert not outputs.trapped.any()
    pairs = zip(x.tolist(), y.tolist(), strict=True)
    same_bits(outputs.plots[0], np.array([MATH[name](a, b) for a, b in pairs]))


@pytest.mark.parametrize(("name", "ranges"), [(case[0], case[2]) for case in UNARY])
def test_a_compiled_function_gives_the_same_bits(
    name: str, ranges: list[tuple[float, float]]
) -> None:
    grids = [points(bounds, seed) for seed, bounds in enumerate(ranges)]
    check_unary(name, np.concatenate([*grids, SPECIAL]))


PAIRS = [(case[0], case[2]) for case in BINARY]


@pytest.mark.parametrize(("name", "ranges"), [*PAIRS, ("fmod", PAIRS[0][1])])
def test_a_compiled_function_of_two_gives_the_same_bits(
    name: str, ranges: list[tuple[tuple[float, float], tuple[float, float]]]
) -> None:
    pairs = list(product([*SPECIAL, *FRACTIONAL], repeat=2))
    firsts = [points(first, seed=2) for first, _ in ranges]
    seconds = [np.random.default_rng(7).permutation(points(second, seed=1)) for _, second in ranges]
    x = np.concatenate([*firsts, [a for a, _ in pairs]])
    y = np.concatenate([*seconds, [b for _, b in pairs]])
    check_binary(name, x, y)


def test_the_interpreter_gives_the_same_bits() -> None:
    x = np.array([*SPECIAL, *FRACTIONAL])
    bars = bars_of(x, x[::-1].copy())
    lines = [f'plot("{name}", math.{name}(bar.open))' for name, _, _ in UNARY]
    lines += [f'plot("{name}", math.{name}(bar.open, bar.close))' for name, _, _ in BINARY]
    for line in [*lines, 'plot("fmod", math.fmod(bar.open, bar.close))']:
        assert interpret(body(line), bars).plots.tobytes() == run(body(line), bars).plots.tobytes()
