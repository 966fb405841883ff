"""Price transforms equal TA-Lib."""

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

CASES: list[tuple[str, Oracle]] = [
    (
        "ta.avgprice(bar.open, bar.high, bar.low, bar.close)",
        lambda b: talib.AVGPRICE(b.open, b.high, b.low, b.close),
    ),
    ("ta.medprice(bar.high, bar.low)", lambda b: talib.MEDPRICE(b.high, b.low)),
    (
        "ta.typprice(bar.high, bar.low, bar.close)",
        lambda b: talib.TYPPRICE(b.high, b.low, b.close),
    ),
    (
        "ta.wclprice(bar.high, bar.low, bar.close)",
        lambda b: talib.WCLPRICE(b.high, b.low, b.close),
    ),
    ("ta.avgdev(bar.close)", lambda b: talib.AVGDEV(b.close)),
    ("ta.avgdev(bar.close, 2)", lambda b: talib.AVGDEV(b.close, 2)),
    ("ta.avgdev(bar.volume, 100)", lambda b: talib.AVGDEV(b.volume, 100)),
]
CALLS = [case[0] for case in CASES]


@pytest.mark.parametrize(("call", "oracle"), CASES, ids=CALLS)
def test_a_price_transform_equals_ta_lib_on_real_data(call: str, oracle: Oracle) -> None:
    check_like_talib(call, oracle)


@pytest.mark.parametrize(("call", "oracle"), CASES[-3:], ids=CALLS[-3:])
def test_a_mean_deviation_does_not_drift(call: str, oracle: Oracle) -> None:
    check_on_random_bars(call, oracle)


@pytest.mark.parametrize(("call", "oracle"), CASES, ids=CALLS)
def test_ties_and_standstills_are_ta_libs(call: str, oracle: Oracle) -> None:
    check_on_coarse_bars(call, oracle)


@pytest.mark.parametrize(("call", "oracle"), CASES, ids=CALLS)
def test_a_missing_input_advances_nothing(call: str, oracle: Oracle) -> None:
    check_with_missing_inputs(call, oracle)
