"""Where extremes are equals TA-Lib, ties included."""

from __future__ import annotations

import numpy as np
import pytest
import talib

from schemas.columns import BarColumns
from tests.sandbox.market import daily_bars
from tests.sandbox.stdlib.oracle import (
    Oracle,
    check_like_talib,
    check_on,
    check_on_coarse_bars,
    check_on_random_bars,
    plotted,
)

CASES: list[tuple[str, Oracle]] = [
    ("ta.maxindex(bar.close)", lambda b: talib.MAXINDEX(b.close)),
    ("ta.maxindex(bar.high, 2)", lambda b: talib.MAXINDEX(b.high, 2)),
    ("ta.maxindex(bar.high, 9)", lambda b: talib.MAXINDEX(b.high, 9)),
    ("ta.minindex(bar.close)", lambda b: talib.MININDEX(b.close)),
    ("ta.minindex(bar.low, 130)", lambda b: talib.MININDEX(b.low, 130)),
    ("ta.minmaxindex(bar.close)", lambda b: talib.MINMAXINDEX(b.close)),
    ("ta.minmaxindex(bar.close, 7)", lambda b: talib.MINMAXINDEX(b.close, 7)),
]
CALLS = [case[0] for case in CASES]


@pytest.mark.parametrize(("call", "oracle"), CASES, ids=CALLS)
def test_a_place_equals_ta_lib_on_real_data(call: str, oracle: Oracle) -> None:
    check_like_talib(call, oracle)


@pytest.mark.parametrize(("call", "oracle"), CASES, ids=CALLS)
def test_a_place_equals_ta_lib_on_long_and_falling_data(call: str, oracle: Oracle) -> None:
    check_on_random_bars(call, oracle)
    falling = np.arange(500.0, 0.0, -1.0)
    check_on(BarColumns(np.arange(500), *[falling] * 5), call, oracle)


@pytest.mark.parametrize(("call", "oracle"), CASES, ids=CALLS)
def test_of_equal_extremes_ta_libs_is_taken(call: str, oracle: Oracle) -> None:
    check_on_coarse_bars(call, oracle)


def test_places_count_the_bars_before_the_first_input() -> None:
    call = "ta.maxindex(ta.sma(bar.close, 10), 20)"
    check_like_talib(call, lambda b: talib.MAXINDEX(talib.SMA(b.close, 10), 20))


def test_a_missing_input_is_passed_over_but_counted() -> None:
    bars = daily_bars("IBM")
    there = bars.ts // 86_400_000_000 % 2 == 1
    hide = "x = bar.close if bar.time // 86400000000 % 2 == 1 else na"
    alone = talib.MAXINDEX(bars.close[there], 10)
    expected = np.zeros(len(bars), np.int64)
    expected[there] = np.where(np.arange(len(alone)) < 9, 0, there.nonzero()[0][alone])
    assert np.array_equal(plotted("ta.maxindex(x, 10)", bars, (expected,), [hide])[0], expected)
