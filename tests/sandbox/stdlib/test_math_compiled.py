"""The compiled math.* gives the bits that the same sources give as plain Python."""

from __future__ import annotations

import math
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
    """x as the opens, y as the closes; a bar has no na, so a high or low of 1 stands for it."""
    no_x, no_y = np.isnan(x), np.isnan(y)
    opens, closes = np.where(no_x, 0.0, x), np.where(no_y, 0.0, y)
    return BarColumns(np.arange(len(x)), opens, no_x * 1.0, no_y * 1.0, closes, opens)


def plotting(value: str) -> str:
    """A strategy that plots the value, made of x and y."""
    return body(
        "x = na if bar.high == 1.0 else bar.open",
        "y = na if bar.low == 1.0 else bar.close",
        f'plot("value", {value})',
    )


def same_bits(found: Floats, expected: Floats) -> None:
    expected = np.where(np.isnan(expected), np.nan, expected)  # na is the canonical NaN
    differ = np.flatnonzero(found.view(np.int64) != expected.view(np.int64))
    assert len(differ) == 0, (differ[0], found[differ[0]], expected[differ[0]])


def check_unary(name: str, x: Floats) -> None:
    outputs = run(plotting(f"math.{name}(x)"), bars_of(x, x))
    assert not outputs.trapped.any()
    same_bits(outputs.plots[0], np.array([MATH[name](value) for value in x.tolist()]))


def check_binary(name: str, x: Floats, y: Floats) -> None:
    outputs = run(plotting(f"math.{name}(x, y)"), bars_of(x, y))
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
    calls = [f"math.{name}(x)" for name, _, _ in UNARY]
    calls += [f"math.{name}(x, y)" for name, _, _ in BINARY]
    for source in map(plotting, [*calls, "math.fmod(x, y)"]):
        assert interpret(source, bars).plots.tobytes() == run(source, bars).plots.tobytes()


@pytest.mark.parametrize("name", ["isinf", "isfinite", "isnan"])
def test_what_kind_of_number_it_is_is_what_python_says(name: str) -> None:
    x = np.array([*SPECIAL, *FRACTIONAL])
    source = plotting(f"1.0 if math.{name}(x) else 0.0")
    expected = [float(getattr(math, name)(value)) for value in x.tolist()]
    same_bits(run(source, bars_of(x, x)).plots[0], np.array(expected))
    same_bits(interpret(source, bars_of(x, x)).plots[0], np.array(expected))


def test_a_whole_number_is_finite() -> None:
    source = plotting("1.0 if math.isfinite(bar.time) and not math.isinf(3) else 0.0")
    x = np.array(SPECIAL)
    assert (run(source, bars_of(x, x)).plots == 1.0).all()


@pytest.mark.parametrize("by", [(), (0.25,), (1e-9, 0.5), (0.0, 0.0)])
def test_what_is_close_is_close_when_compiled(by: tuple[float, ...]) -> None:
    pairs = list(product([*SPECIAL, *FRACTIONAL, 5.500000001], repeat=2))
    x, y = np.array(pairs).T.copy()
    call = f"math.isclose(x, y{''.join(f', {tolerance}' for tolerance in by)})"
    found = run(plotting(f"1.0 if {call} else 0.0"), bars_of(x, y)).plots[0]
    same_bits(found, np.array([float(MATH["isclose"](a, b, *by)) for a, b in pairs]))
