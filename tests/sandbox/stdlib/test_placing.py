"""Where extremes are equals TA-Lib, ties included."""

from __future__ import annotations

import numpy as np
import pytest
import talib

from schemas.columns import BarColumns
from tests.sandbox.market import daily_bars
from tests.sandbox.stdlib.oracle import Oracle, check_like_talib, check_on, plotted
from tests.sandbox.stdlib.trial import WITH_MISSING, Trial, trials

CASES: dict[str, Oracle] = {
    "ta.maxindex(bar.close)": lambda b: talib.MAXINDEX(b.close),
    "ta.maxindex(bar.high, 2)": lambda b: talib.MAXINDEX(b.high, 2),
    "ta.maxindex(bar.high, 9)": lambda b: talib.MAXINDEX(b.high, 9),
    "ta.minindex(bar.close)": lambda b: talib.MININDEX(b.close),
    "ta.minindex(bar.low, 130)": lambda b: talib.MININDEX(b.low, 130),
    "ta.minmaxindex(bar.close)": lambda b: talib.MINMAXINDEX(b.close),
    "ta.minmaxindex(bar.close, 7)": lambda b: talib.MINMAXINDEX(b.close, 7),
}


@trials(CASES, without=WITH_MISSING)  # a bar without its input counts all the same
def test_a_place_equals_ta_lib(trial: Trial) -> None:
    trial()


@pytest.mark.parametrize("call", CASES)
def test_a_place_equals_ta_lib_on_falling_data(call: str) -> None:
    falling = np.arange(500.0, 0.0, -1.0)
    check_on(BarColumns(np.arange(500), *[falling] * 5), call, CASES[call])


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
