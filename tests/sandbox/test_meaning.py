"""What programs mean, by numbers written down here; interpreter and module give them both."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from sandbox.columns import Ordered, SignalCode
from sandbox.host.outputs import Outputs
from schemas.columns import BarColumns
from tests.sandbox.agreement import assert_agrees
from tests.sandbox.checking import helpers
from tests.sandbox.market import random_bars
from tests.sandbox.running import body, run

Floats = NDArray[np.float64]
BARS = random_bars(12, seed=5)
NA = np.nan


def closes(*values: float) -> BarColumns:
    """Bars whose prices are all the same, a minute apart."""
    prices = np.array(values, np.float64)
    return BarColumns(np.arange(len(values)) * 60_000_000, *(prices,) * 5)


def plots(source: str, bars: BarColumns = BARS) -> Floats:
    found: Floats = assert_agrees(source, bars).plots
    return found


def said(*lines: str, bars: BarColumns = BARS) -> Outputs:
    return assert_agrees(body(*lines), bars)


def test_na_compares_false_and_spreads() -> None:
    lines = (
        "x = bar.close[1]",
        'plot("lt", 1.0 if x < 1e9 else 0.0)',
        'plot("ne", 1.0 if x != 3.0 else 0.0)',
        'plot("not_gt", 1.0 if not x > 0.0 else 0.0)',
        'plot("min", min(x, 1.0))',
        'plot("nz", nz(x, -1.0))',
        'plot("isna", 1.0 if isna(x) else 0.0)',
        'plot("sum", x + 1.0)',
    )
    found = plots(body(*lines), closes(5.0, 6.0))
    np.testing.assert_array_equal(found[:, 0], [0.0, 0.0, 1.0, NA, -1.0, 1.0, NA])
    np.testing.assert_array_equal(found[:, 1], [1.0, 1.0, 0.0, 1.0, 5.0, 0.0, 6.0])


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("(k - 3) // 2", -2),
        ("(k - 3) % -2", -1),
        ("(k - 3) % 5", 2),
        ("-(k + 7) // 7", -1),
        ("(k + 9007199254740992) * 1024 * 2 // 3", 0),  # 2**64 wraps to 0
        ("abs((k - 9007199254740992) * 1024)", -(2**63)),  # has no positive one
        ("int(k - 2.9)", -2),
        ("int(True) + int(k == 1)", 1),
        ("min(k, 3, -2) + max(k, 5)", 3),
        ("round(k + 2.5) + round(k + 3.5)", 6.0),
        ("round(k + 1.25, 1)", 1.2),
        ("round(k + 1234.5, -2)", 1200.0),
        ("(k - 7.5) // 2", -4.0),
        ("(k - 7.5) % 2", 0.5),
        ("(k + 2) / 4", 0.5),
        ("(k + 2) ** 10", 1024.0),
        ("(k + 2) ** -1", 0.5),
        ("-(k + 3) ** 2", -9.0),
        ("float(k) ** 0", 1.0),
        ("1.0 / -float(k)", -np.inf),
        ("math.copysign(1.0, -float(k))", -1.0),
        ("math.floor(k - 0.5) + math.ceil(k + 0.5) + math.trunc(k - 1.5)", -1.0),
    ],
)
def test_numbers(text: str, value: float) -> None:
    """k is 0, which the compiler does not know."""
    found = plots(body("k = bar.time", f'plot("x", {text})'), closes(1.0))
    np.testing.assert_array_equal(found[0], [value])


@pytest.mark.parametrize(
    ("test", "value"),
    [
        ("1 < k < 3", False),
        ("k <= 0 != 1", True),
        ("not k == 0 or k > 0", False),
        ("k == 0 and not k", None),
        ("(k == 0) == (k < 1)", True),
        ("True != (k > 0)", True),
        ("bool(k) or bool(k + 0.5)", True),
    ],
)
def test_truths(test: str, value: bool | None) -> None:
    if value is not None:
        found = plots(body("k = bar.time", f'plot("x", 1.0 if {test} else 0.0)'), closes(1.0))
        assert found[0] == [float(value)]


def test_and_and_or_leave_out_what_does_not_count() -> None:
    lines: tuple[str, ...] = ("k = bar.time", "x = 1.0", "if k != 0 and 7 // k > 0:", "    x = 2.0")
    lines += ("if k == 0 or 7 // k > 0:", "    x += 4.0", 'plot("x", x)')
    lines += ('plot("y", 1.0 if k == 0 else 7 // k)',)
    outputs = said(*lines, bars=closes(1.0))
    assert not outputs.trapped.any()
    assert outputs.plots[:, 0].tolist() == [5.0, 1.0]


def test_history_is_what_a_local_held_when_its_bar_ended() -> None:
    lines = (
        "x = bar.close",
        "seen = x",
        "x = x + 1.0",
        'plot("before", x[1])',
        'plot("now", seen[0])',
        'plot("far", bar.close[7])',
        'plot("here", float(x)[1])',
        "x = x * 2.0",
    )
    before, now, far, here = plots(body(*lines))
    np.testing.assert_array_equal(before, [NA, *((BARS.close[:-1] + 1.0) * 2.0)])
    np.testing.assert_array_equal(now, BARS.close)
    np.testing.assert_array_equal(far, [*[NA] * 7, *BARS.close[:-7]])
    np.testing.assert_array_equal(here, [NA, *(BARS.close[:-1] + 1.0)])


def test_history_of_whole_numbers_and_truths() -> None:
    lines = (
        "k = bar.index * 2",
        "up = k % 4 == 0",
        'plot("k", k[1])',
        'plot("up", 1.0 if up[1] else 0.0)',
        'plot("both", 1.0 if up[2] and not up[1] else 0.0)',
    )
    found = plots(body(*lines), closes(1, 1, 1, 1, 1))
    np.testing.assert_array_equal(found[0], [NA, 0, 2, 4, 6])
    np.testing.assert_array_equal(found[1], [0, 1, 0, 1, 0])
    np.testing.assert_array_equal(found[2], [0, 0, 1, 0, 1])


@pytest.mark.parametrize("in_helper", [False, True])
def test_history_of_a_bar_that_left_before_the_name_had_a_value_is_na(in_helper: bool) -> None:
    if in_helper:
        part = "def f(x):\n    if x > 1.0:\n        return 0.0\n    y = x * 2.0\n    return y[1]\n"
        source = helpers(part, body('plot("y", f(bar.close))'))
    else:
        lines = ('plot("z", 0.0)', "if bar.close > 1.0:", "    return", "y = bar.close * 2.0")
        source = body(*lines, 'plot("y", y[1])')
    left = 0.0 if in_helper else NA
    found = plots(source, closes(0.5, 0.25, 3.0, 0.5, 0.75))[-1]
    np.testing.assert_array_equal(found, [NA, 1.0, left, NA, 1.0])


def test_history_by_a_loop_s_counter() -> None:
    lines = ("x = 0.0", "for i in range(3):", "    x += nz(bar.close[i], 100.0) * 10.0**i")
    found = plots(body(*lines, 'plot("x", x)'), closes(1, 2, 3, 4))[0]
    assert found.tolist() == [11001.0, 10012.0, 123.0, 234.0]


def test_a_counter_has_a_history_of_its_own_in_each_loop() -> None:
    lines: tuple[str, ...] = ("x = 0.0", "for i in range(bar.index % 2):", "    x += 1.0")
    lines += ("y = 0.0", "for i in range(3):", "    y = nz(i[1], 50.0)", 'plot("y", y)')
    source = body(*lines).replace("bar.index % 2", "2")
    assert plots(source, closes(1, 1, 1))[0].tolist() == [50.0, 2.0, 2.0]


def test_a_param_is_how_far_back() -> None:
    source = '"""Test."""\nn = param(2, low=0, high=5)\n' + body('plot("x", bar.close[n])')[11:]
    for n in (0, 1, 5):
        found = assert_agrees(source, closes(1, 2, 3, 4, 5, 6, 7), {"n": n}).plots[0]
        np.testing.assert_array_equal(found, [*[NA] * n, *range(1, 8 - n)])


def test_states_of_all_kinds_live_from_bar_to_bar() -> None:
    lines: tuple[str, ...] = ("n = state(3)", "x = state(na)", "on = state(True)", 'plot("x", x)')
    lines += ("n += 1", "x = nz(x) + n", "on = not on", 'plot("n", n)', "score(float(on))")
    outputs = said(*lines, bars=closes(1, 1, 1))
    np.testing.assert_array_equal(outputs.plots, [[NA, 4, 9], [4, 5, 6]])
    assert outputs.score.tolist() == [0.0, 1.0, 0.0]


def test_cells_live_from_bar_to_bar_and_end_where_they_end() -> None:
    lines = (
        "cells = window(3)",
        "k = bar.time // 60000000 % 5",
        "cells[k] = bar.close",
        'plot("x", cells[0])',
    )
    outputs = said(*lines, bars=closes(1, 2, 3, 4, 5, 6))
    assert [(trap.row, trap.reason, trap.line) for trap in outputs.traps] == [
        (3, "window", 7),
        (4, "window", 7),
    ]
    np.testing.assert_array_equal(outputs.plots[0], [1, 1, 1, NA, NA, 6])


def test_loops_break_continue_and_return() -> None:
    part = (
        "def first(low, high):\n    for k in range(low, high):\n        if k % 2 == 0:\n"
        "            continue\n        for m in range(3):\n            if m == 1:\n"
        "                break\n            if k * m + k > 6:\n                return k, m\n"
        "    return -1, -1\n"
    )
    lines = ("a, b = first(0, 5)", "c, d = first(4, 20)", 'plot("x", 1000 * a + 100 * b + 10 * c)')
    found = plots(helpers(part, body(*lines, 'plot("d", d)')), closes(1.0))
    assert found[:, 0].tolist() == [-1000.0 - 100.0 + 70.0, 0.0]


def test_an_early_return_leaves_the_rest_unsaid() -> None:
    lines: tuple[str, ...] = (
        'plot("a", 1.0)',
        'alert(True, "Up")',
        "enter_long()",
        "if bar.close > 2.0:",
        "    return",
    )
    lines += ('plot("b", 2.0)', "exit()")
    outputs = said(*lines, bars=closes(1, 3, 2))
    np.testing.assert_array_equal(outputs.plots, [[1, 1, 1], [2, NA, 2]])
    assert outputs.signal.tolist() == [SignalCode.EXIT, SignalCode.ENTER_LONG, SignalCode.EXIT]
    assert outputs.alerts.tolist() == [1, 1, 1]


def test_alerts_are_bits_by_message() -> None:
    lines: tuple[str, ...] = ('alert(bar.close > 1.0, "High")', 'alert(bar.close < 3.0, "Low")')
    lines += ('alert(bar.close == 9.0, "High")',)
    assert said(*lines, bars=closes(1, 2, 3, 9)).alerts.tolist() == [2, 3, 1, 1]


def test_the_bar_s_last_order_counts_and_has_no_prices_of_another() -> None:
    lines = ("for i in range(2):", "    if i == 1:", "        enter_long()", "    else:")
    outputs = said(*lines, "        enter_short(3.0, limit=5.0, stop_loss=2.0)", bars=closes(1))
    assert outputs.signal.tolist() == [SignalCode.ENTER_LONG]
    assert outputs.size.tolist() == [1.0]
    np.testing.assert_array_equal([outputs.limit, outputs.stop], [[NA], [NA]])
    assert outputs.exit_stop.tolist() == [2.0]


def test_protective_prices_stand_beside_the_bar_s_order() -> None:
    lines = ("enter_long(size=2.0)", "exit(size=0.5, stop=7.0)")
    outputs = said(*lines, bars=closes(1))
    assert outputs.signal.tolist() == [Ordered(SignalCode.ENTER_LONG, guards=True).packed]
    assert (outputs.size.tolist(), outputs.exit_stop.tolist()) == ([2.0], [7.0])
    alone = said("exit(size=0.5, stop=7.0)", bars=closes(1))
    assert (alone.signal.tolist(), alone.size.tolist()) == ([SignalCode.EXIT], [0.5])


def test_a_helper_is_of_the_kind_that_it_is_given() -> None:
    source = helpers("def half(x):\n    return x // 2\n", body('plot("x", half(7) + half(7.5))'))
    assert plots(source, closes(1.0))[0].tolist() == [6.0]


def test_a_helper_s_arguments_have_defaults_and_names() -> None:
    part = "def f(x, by=3, on=True):\n    return x * by if on else 0.0\n"
    lines = ('plot("x", f(1.0) + f(2, by=4.5) + f(x=1, on=False) + f(10, 7, True))',)
    assert plots(helpers(part, body(*lines)), closes(1.0))[0].tolist() == [82.0]


def test_a_choice_is_made_when_the_strategy_is_compiled() -> None:
    kinds = ("ta.sma(bar.close, 3)", "ta.ema(bar.close, 3)", "ta.wma(bar.close, 3)")
    for kind, same in enumerate(kinds):
        lines = (f'plot("a", ta.ma(bar.close, 3, {kind}))', f'plot("b", {same})')
        found = plots(body(*lines))
        np.testing.assert_array_equal(found[0], found[1])


def test_no_nan_leaves_with_other_than_the_canonical_bits() -> None:
    odd = np.array([0xFFF8_0000_0000_1234, 0x7FF8_0000_0000_0000], np.uint64).view(np.float64)
    series = BarColumns(np.arange(2), odd, odd, odd, odd, odd)
    lines = ("x = -bar.close", 'plot("a", x)', 'plot("b", x[1])', "score(bar.open)")
    outputs = run(body(*lines, "enter_long(size=x)"), series)
    for values in (outputs.plots.ravel(), outputs.score, outputs.size):
        assert set(values.view(np.uint64)) == {0x7FF8_0000_0000_0000}
