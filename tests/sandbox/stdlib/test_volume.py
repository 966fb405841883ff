"""Volume indicators equal TA-Lib."""

from __future__ import annotations

import numpy as np
import pytest
import talib

from schemas.columns import BarColumns
from tests.sandbox.stdlib.oracle import (
    Oracle,
    check_like_talib,
    check_on,
    check_on_random_bars,
    check_with_missing_inputs,
)

BARS = "bar.high, bar.low, bar.close, bar.volume"
CASES: list[tuple[str, Oracle]] = [
    (f"ta.ad({BARS})", lambda b: talib.AD(b.high, b.low, b.close, b.volume)),
    (f"ta.adosc({BARS})", lambda b: talib.ADOSC(b.high, b.low, b.close, b.volume)),
    (f"ta.adosc({BARS}, 2, 2)", lambda b: talib.ADOSC(b.high, b.low, b.close, b.volume, 2, 2)),
    (f"ta.adosc({BARS}, 40, 7)", lambda b: talib.ADOSC(b.high, b.low, b.close, b.volume, 40, 7)),
    ("ta.obv(bar.close, bar.volume)", lambda b: talib.OBV(b.close, b.volume)),
]
CALLS = [case[0] for case in CASES]


@pytest.mark.parametrize(("call", "oracle"), CASES, ids=CALLS)
def test_a_volume_indicator_equals_ta_lib_on_real_data(call: str, oracle: Oracle) -> None:
    check_like_talib(call, oracle)


@pytest.mark.parametrize(("call", "oracle"), CASES, ids=CALLS)
def test_a_volume_indicator_does_not_drift(call: str, oracle: Oracle) -> None:
    check_on_random_bars(call, oracle)


@pytest.mark.parametrize(("call", "oracle"), CASES, ids=CALLS)
def test_a_missing_input_advances_nothing(call: str, oracle: Oracle) -> None:
    check_with_missing_inputs(call, oracle)


@pytest.mark.parametrize(("call", "oracle"), CASES, ids=CALLS)
def test_bars_without_a_range_or_a_change_are_ta_libs(call: str, oracle: Oracle) -> None:
    high, low, close = np.random.default_rng(9).integers(1, 4, (3, 500)).astype(np.float64)
    high = np.maximum(high, low)
    close = np.clip(close, low, high)
    check_on(BarColumns(np.arange(500), close, high, low, close, close * 100.0), call, oracle)
