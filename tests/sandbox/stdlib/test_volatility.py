"""True ranges and their averages equal TA-Lib."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import talib

from tests.sandbox.market import daily_bars
from tests.sandbox.stdlib.oracle import (
    Oracle,
    check_like_talib,
    check_on,
    check_on_coarse_bars,
    check_on_random_bars,
    check_with_missing_inputs,
)

BARS = "bar.high, bar.low, bar.close"
CASES: list[tuple[str, Oracle]] = [
    (f"ta.trange({BARS})", lambda b: talib.TRANGE(b.high, b.low, b.close)),
    (f"ta.atr({BARS})", lambda b: talib.ATR(b.high, b.low, b.close)),
    (f"ta.atr({BARS}, 1)", lambda b: talib.ATR(b.high, b.low, b.close, 1)),
    (f"ta.atr({BARS}, 50)", lambda b: talib.ATR(b.high, b.low, b.close, 50)),
    (f"ta.natr({BARS})", lambda b: talib.NATR(b.high, b.low, b.close)),
    (f"ta.natr({BARS}, 1)", lambda b: talib.NATR(b.high, b.low, b.close, 1)),
    (f"ta.natr({BARS}, 2)", lambda b: talib.NATR(b.high, b.low, b.close, 2)),
]
CALLS = [case[0] for case in CASES]


@pytest.mark.parametrize(("call", "oracle"), CASES, ids=CALLS)
def test_a_range_equals_ta_lib_on_real_data(call: str, oracle: Oracle) -> None:
    check_like_talib(call, oracle)


@pytest.mark.parametrize(("call", "oracle"), CASES, ids=CALLS)
def test_a_range_does_not_drift(call: str, oracle: Oracle) -> None:
    check_on_random_bars(call, oracle)


@pytest.mark.parametrize(("call", "oracle"), CASES, ids=CALLS)
def test_ties_and_standstills_are_ta_libs(call: str, oracle: Oracle) -> None:
    check_on_coarse_bars(call, oracle)


@pytest.mark.parametrize(("call", "oracle"), CASES, ids=CALLS)
def test_a_missing_input_advances_nothing(call: str, oracle: Oracle) -> None:
    check_with_missing_inputs(call, oracle)


def test_a_normalized_range_is_0_where_the_close_is() -> None:
    bars = daily_bars("MSFT")
    close = np.where(np.arange(len(bars)) % 5 == 0, 0.0, bars.close)
    check_on(replace(bars, close=close), *CASES[4])
