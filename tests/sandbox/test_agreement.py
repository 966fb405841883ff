"""The compiled module and the reference interpreter agree in every bit."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings

from sandbox.compiler.driver import typed_program
from sandbox.compiler.layout import layout_of
from sandbox.compiler.limits import DEFAULT_LIMITS
from sandbox.compiler.lower import lower
from sandbox.compiler.verify_typed import verify
from sandbox.compiler.verify_wasm import verify as verify_wasm
from sandbox.host.outputs import Outputs
from schemas.columns import BarColumns
from tests.sandbox.market import daily_bars, part
from tests.sandbox.programs import bars, programs
from tests.sandbox.running import EXAMPLES, PANEL, body, canonical, digest, interpret, run


def assert_same(source: str, series: BarColumns, params: dict[str, float] | None = None) -> Outputs:
    """Compares columns first, for a message that can be read, and then every bit."""
    compiled, meant = run(source, series, params), canonical(interpret(source, series, params))
    np.testing.assert_array_equal(compiled.trapped, meant.trapped)
    np.testing.assert_array_equal(compiled.signal, meant.signal)
    np.testing.assert_array_equal(compiled.plots, meant.plots)
    assert digest(compiled) == digest(meant)
    return compiled


@pytest.mark.parametrize("path", [*EXAMPLES, PANEL], ids=lambda path: path.stem)
def test_the_examples_mean_what_they_compile_to(path: Path) -> None:
    outputs = assert_same(path.read_text(encoding="utf-8"), part(daily_bars("AAPL"), slice(700)))
    assert not outputs.trapped.any()
    assert path == PANEL or len(set(outputs.signal)) >= 3


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(programs(), bars())
def test_any_program_means_what_it_compiles_to(source: str, series: BarColumns) -> None:
    program = typed_program(source)
    verify(program)
    verify_wasm(lower(program, layout_of(program, DEFAULT_LIMITS), b"{}"))
    assert_same(source, series, {"span": 4, "level": -1.5, "switch": 0})


def test_na_compares_false_and_spreads() -> None:
    lines = (
        "x = bar.close[1]",
        'plot("lt", 1.0 if x < 1e9 else 0.0)',
        'plot("ne", 1.0 if x != 3.0 else 0.0)',
        'plot("not_gt", 1.0 if not x > 0.0 else 0.0)',
        'plot("min", min(x, 1.0))',
        'plot("nz", nz(x, -1.0))',
        'plot("isna", 1.0 if isna(x) else 0.0)',
    )
    plots = assert_same(body(*lines), part(daily_bars("AAPL"), slice(2))).plots
    np.testing.assert_array_equal(plots[:, 0], [0.0, 0.0, 1.0, np.nan, -1.0, 1.0])
    np.testing.assert_array_equal(plots[:, 1][[0, 1, 5]], [1.0, 1.0, 0.0])


def test_whole_numbers_round_down_and_wrap() -> None:
    lines = (
        "k = bar.time - 3",
        'plot("floor", k // 2)',
        'plot("mod", k % -2)',
        'plot("mod2", k % 5)',
        "big = 9007199254740992 * 1024",
        'plot("wrap", big * 2 // 3)',
    )
    series = part(daily_bars("AAPL"), slice(1))
    series = BarColumns(np.zeros(1, np.int64), *(series.open,) * 5)
    plots = assert_same(body(*lines), series).plots[:, 0]
    np.testing.assert_array_equal(plots, [-2.0, -1.0, 2.0, 0.0])


def test_calls_advance_in_the_order_of_the_program() -> None:
    """A local that is assigned between two calls: each call sees its own value."""
    lines = (
        "x = bar.close",
        "first = ta.sma(x, 1)",
        "x = x * 2.0",
        "y = x + ta.sma(x, 1) + ta.sma(first, 1)",
        'plot("y", y)',
        "x = ta.ema(x, 1) + x",
        'plot("x", x)',
    )
    series = part(daily_bars("IBM"), slice(50))
    plots = assert_same(body(*lines), series).plots
    np.testing.assert_array_equal(plots[0], series.close * 2.0 + series.close * 2.0 + series.close)
    np.testing.assert_array_equal(plots[1], series.close * 4.0)


def test_history_is_what_a_local_held_when_its_bar_ended() -> None:
    lines = (
        "x = bar.close",
        "seen = x",
        "x = x + 1.0",
        'plot("before", x[1])',
        'plot("now", seen[0])',
        'plot("far", bar.close[7])',
        "x = x * 2.0",
    )
    series = part(daily_bars("IBM"), slice(20))
    plots = assert_same(body(*lines), series).plots
    np.testing.assert_array_equal(plots[0][1:], (series.close[:-1] + 1.0) * 2.0)
    np.testing.assert_array_equal(plots[1], series.close)
    np.testing.assert_array_equal(plots[2][7:], series.close[:-7])
    assert np.isnan(plots[0][0]) and np.isnan(plots[2][:7]).all()


def test_no_nan_leaves_with_other_than_the_canonical_bits() -> None:
    odd = np.array([0xFFF8_0000_0000_1234, 0x7FF8_0000_0000_0000], np.uint64).view(np.float64)
    series = BarColumns(np.arange(2), odd, odd, odd, odd, odd)
    lines = (
        "x = -bar.close",
        'plot("a", x)',
        'plot("b", x[1])',
        "score(bar.open)",
        "enter_long(size=x)",
    )
    outputs = run(body(*lines), series)
    for values in (outputs.plots.ravel(), outputs.score, outputs.size):
        assert set(values.view(np.uint64)) == {0x7FF8_0000_0000_0000}
