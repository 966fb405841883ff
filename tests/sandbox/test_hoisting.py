"""Calls in branches and loops: what keeps state runs at every bar, all else where it stands."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.sandbox.agreement import assert_agrees
from tests.sandbox.checking import codes, helpers, refused
from tests.sandbox.market import random_bars
from tests.sandbox.running import body

Floats = NDArray[np.float64]

BARS = random_bars(24, seed=5)
UP = BARS.close > BARS.open
assert 6 < UP.sum() < 18


CELLS = ("cells = window(2)",)


def plotted(source: str) -> Floats:
    """The plot of x."""
    plot: Floats = assert_agrees(source, BARS).plots[0]
    return plot


def sums_of_three(values: Floats) -> Floats:
    padded: Floats = np.concatenate([[np.nan, np.nan], values])
    sums: Floats = padded[:-2] + padded[1:-1] + padded[2:]
    return sums


ALWAYS = {
    "a branch": ("x = 0.0", "if bar.close > bar.open:", "    x = ta.sum(bar.close, 3)"),
    "the other branch": (
        "x = 0.0",
        "if bar.close <= bar.open:",
        "    x = 0.0",
        "else:",
        "    x = ta.sum(bar.close, 3)",
    ),
    "an elif": (
        "x = 0.0",
        "if False:",
        "    x = 0.0",
        "elif bar.close > bar.open:",
        "    x = ta.sum(bar.close, 3)",
    ),
    "a branch in a branch": (
        "x = 0.0",
        "if bar.close > 0.0:",
        "    if bar.close > bar.open:",
        "        x = ta.sum(bar.close, 3)",
    ),
    "a side of a conditional": ("x = ta.sum(bar.close, 3) if bar.close > bar.open else 0.0",),
    "a loop": (
        "x = 0.0",
        "for i in range(4):",
        "    if bar.close > bar.open:",
        "        x = ta.sum(bar.close, 3)",
    ),
    "a loop that breaks": (
        "x = 0.0",
        "while bar.close > bar.open:",
        "    x = ta.sum(bar.close, 3)",
        "    break",
    ),
    "what follows a return": (
        'plot("x", 0.0)',
        "if bar.close <= bar.open:",
        "    return",
        'plot("y", ta.sum(bar.close, 3))',
    ),
    "an argument that is a call itself": (
        "x = 0.0",
        "if bar.close > bar.open:",
        "    x = ta.sum(ta.sum(bar.close, 1), 3)",
    ),
    "an argument from before the branch": (
        "y = bar.close",
        "x = 0.0",
        "if bar.close > bar.open:",
        "    x = ta.sum(y, 3)",
        "    y = 0.0",
    ),
}


@pytest.mark.parametrize("name", ALWAYS)
def test_what_keeps_state_advances_at_every_bar_wherever_it_stands(name: str) -> None:
    lines = ALWAYS[name]
    if not any("plot" in line for line in lines):
        lines = (*lines, 'plot("x", x)')
    plots = assert_agrees(body(*lines), BARS).plots[-1]
    silent = np.nan if "return" in name else 0.0
    np.testing.assert_allclose(plots, np.where(UP, sums_of_three(BARS.close), silent), rtol=1e-12)


@pytest.mark.parametrize(
    "test",
    [
        "bar.close > bar.open and ta.sum(bar.close, 3) > 0.0",
        "not (bar.close <= bar.open or not ta.sum(bar.close, 3) > 0.0)",
        "bar.open < bar.close < ta.sum(bar.close, 3)",
    ],
)
def test_a_right_side_that_does_not_count_advances_too(test: str) -> None:
    found = plotted(body(f'plot("x", 1.0 if {test} else 0.0)'))
    expected = UP & ~np.isnan(sums_of_three(BARS.close))
    np.testing.assert_array_equal(found == 1.0, expected)


def test_a_helper_with_state_advances_once_a_bar_though_it_stands_in_a_loop() -> None:
    source = helpers(
        "def count(by):\n    n = state(0.0)\n    n += by\n    return n\n",
        body("x = 0.0", "for i in range(5):", "    x += count(1.0)", 'plot("x", x)'),
    )
    np.testing.assert_array_equal(plotted(source), 5.0 * np.arange(1, 25))


@pytest.mark.parametrize(
    ("lines", "place"),
    [
        (("if bar.close > 1:", "    y = bar.open", "    x = ta.ema(y, 3)"), "a branch"),
        (("y = bar.open", "if y > 1:", "    y = 2.0", "    x = ta.ema(y, 3)"), "a branch"),
        (("for i in range(3):", "    x = ta.ema(float(i), 3)"), "a loop"),
        (("y = 1.0", "for i in range(3):", "    x = ta.ema(y, 3)", "    y += 1.0"), "a loop"),
        (("y = 1.0", "while y < ta.ema(y, 3):", "    y += 1.0"), "a loop"),
        (("if bar.close > 1:", "    return", "y = bar.open", "x = ta.ema(y, 3)"), "return"),
        (
            (*CELLS, "if bar.close > 1:", "    cells[0] = bar.open", "    x = ta.ema(cells[0], 3)"),
            "a branch",
        ),
        (
            (
                *CELLS,
                "for i in range(2):",
                "    x = ta.ema(cells[0], 3)",
                "    cells[0] = bar.open",
            ),
            "a loop",
        ),
    ],
)
def test_what_a_branch_computes_cannot_be_given_to_what_advances_at_every_bar(
    lines: tuple[str, ...], place: str
) -> None:
    (found,) = refused(body(*lines))
    assert found.code == "conditional-call"
    assert place in found.message
    assert "ta.ema" in found.message and "above" in found.remedy
    assert (found.line, found.source_line.strip()) == (
        4 + next(i for i, line in enumerate(lines, start=1) if "ta.ema" in line),
        next(line for line in lines if "ta.ema" in line).strip(),
    )


WHERE_IT_STANDS: dict[str, Callable[[Floats], Floats]] = {
    "y ** 3": lambda y: y**3,
    "y ** 2": lambda y: y * y,
    "y // 7": lambda y: np.floor(y / 7),
    "y % 7": lambda y: np.mod(y, 7.0),
    "round(y, 1)": lambda y: np.round(y, 1),
    "twice(y)": lambda y: 2.0 * y,
    "nz(y * 3.0)": lambda y: 3.0 * y,
}


@pytest.mark.parametrize("call", WHERE_IT_STANDS)
def test_what_keeps_no_state_takes_its_branch_s_values(call: str) -> None:
    lines = ["x = 0.0", "y = 1.0", "if bar.close > bar.open:", "    y = bar.close * 0.1"]
    lines += [f"    x = {call}", 'plot("x", x)']
    source = helpers("def twice(v):\n    return v * 2.0\n", body(*lines))
    expected = np.where(UP, WHERE_IT_STANDS[call](BARS.close * 0.1), 0.0)
    np.testing.assert_allclose(plotted(source), expected, rtol=1e-12)


def test_what_keeps_no_state_runs_in_every_round() -> None:
    lines = ("x = 0.0", "for i in range(4):", "    x += float(i) ** 3 + i % 2.5", 'plot("x", x)')
    np.testing.assert_array_equal(plotted(body(*lines)), 0 + 1 + 8 + 27 + 0 + 1 + 2 + 0.5)


def test_a_condition_of_a_while_is_asked_again_in_every_round() -> None:
    lines = ("x = 0.0", "while below(x, 7.5):", "    x += 1.0", 'plot("x", x)')
    source = helpers("def below(v, top):\n    return v < top\n", body(*lines))
    np.testing.assert_array_equal(plotted(source), 8.0)


def test_calls_are_in_the_order_of_the_program() -> None:
    """A local that is assigned between two calls: each call sees its own value."""
    lines = (
        "x = bar.close",
        "first = ta.sma(x, 1)",
        "x = x * 2.0",
        "y = x + ta.sma(x, 1) + ta.sma(first, 1)",
        "x = ta.ema(x, 1) + x + y",
        'plot("x", x)',
    )
    np.testing.assert_allclose(plotted(body(*lines)), BARS.close * 9.0, rtol=1e-15)


def test_a_history_of_an_expression_is_kept_at_bars_that_do_not_get_there() -> None:
    lines = ("x = 0.0", "if bar.close > bar.open:", "    x = (bar.close * 2.0)[1]", 'plot("x", x)')
    before = np.concatenate([[np.nan], BARS.close[:-1] * 2.0])
    np.testing.assert_array_equal(plotted(body(*lines)), np.where(UP, before, 0.0))


@pytest.mark.parametrize(
    "lines",
    [
        ("if bar.close > 1:", "    y = bar.open", "    x = (y * 2.0)[1]"),
        ("for i in range(3):", "    x = (i * 2)[1]"),
        (*CELLS, "if bar.close > 1:", "    cells[0] = 1.0", "    x = (cells[0] * 2.0)[1]"),
    ],
)
def test_a_history_of_what_a_branch_computes_is_refused(lines: tuple[str, ...]) -> None:
    assert codes(body(*lines)) == {"history"}


@pytest.mark.parametrize(
    "line",
    [
        "x = 1.0 if k != 0 and ta.ema(float(1 // k), 2) > 0.0 else 0.0",
        "x = 1.0 if k == 0 or twice(1 // k) > 0 else 0.0",
        "x = twice(7 % k) if k > 0 else 0",
        "x = ta.ema(cells[k], 2) if k < 2 else 0.0",
    ],
)
def test_a_call_beside_a_guard_is_given_nothing_that_could_trap(line: str) -> None:
    """It runs before its statement, so the guard would not hold."""
    part = "def twice(v):\n    return v * 2\n"
    found = refused(helpers(part, body("k = bar.time", "cells = window(2)", line, "score(x)")))
    assert [each.code for each in found] == ["conditional-call"]
    assert "could trap" in found[0].message
