"""Volume indicators equal TA-Lib."""

from __future__ import annotations

import pytest
import talib

from tests.sandbox.stdlib.oracle import (
    Oracle,
    check_like_talib,
    check_on_coarse_bars,
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
def test_ties_and_standstills_are_ta_libs(call: str, oracle: Oracle) -> None:
    check_on_coarse_bars(call, oracle)


@pytest.mark.parametrize(("call", "oracle"), CASES, ids=CALLS)
def test_a_missing_input_advances_nothing(call: str, oracle: Oracle) -> None:
    check_with_missing_inputs(call, oracle)
