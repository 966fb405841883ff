"""Math operators equal TA-Lib."""

from __future__ import annotations

import numpy as np
import talib

from schemas.columns import BarColumns
from tests.sandbox.stdlib.oracle import Oracle, check_on
from tests.sandbox.stdlib.trial import Trial, trials

CASES: dict[str, Oracle] = {
    "ta.add(bar.high, bar.low)": lambda b: talib.ADD(b.high, b.low),
    "ta.sub(bar.high, bar.low)": lambda b: talib.SUB(b.high, b.low),
    "ta.mult(bar.high, bar.low)": lambda b: talib.MULT(b.high, b.low),
    "ta.div(bar.high, bar.low)": lambda b: talib.DIV(b.high, b.low),
    "ta.sum(bar.close)": lambda b: talib.SUM(b.close),
    "ta.sum(bar.close, 2)": lambda b: talib.SUM(b.close, 2),
    "ta.sum(bar.volume, 250)": lambda b: talib.SUM(b.volume, 250),
    "ta.max(bar.close)": lambda b: talib.MAX(b.close),
    "ta.max(bar.high, 2)": lambda b: talib.MAX(b.high, 2),
    "ta.min(bar.close)": lambda b: talib.MIN(b.close),
    "ta.min(bar.low, 130)": lambda b: talib.MIN(b.low, 130),
    "ta.minmax(bar.close)": lambda b: talib.MINMAX(b.close),
    "ta.minmax(bar.volume, 7)": lambda b: talib.MINMAX(b.volume, 7),
}


@trials(CASES)
def test_an_operator_equals_ta_lib(trial: Trial) -> None:
    trial()


def test_a_quotient_by_zero_is_infinite_or_na() -> None:
    above = np.array([1.0, -1.0, 0.0, 1.0])
    below = np.array([0.0, 0.0, 0.0, -0.0])
    bars = BarColumns(np.arange(4), above, above, below, above, above)
    check_on(bars, "ta.div(bar.high, bar.low)", lambda b: talib.DIV(b.high, b.low))


def test_a_sum_of_whole_numbers_is_one() -> None:
    flags = (np.arange(500) % 7 == 0).astype(np.float64)
    bars = BarColumns(np.arange(500), flags, flags, flags, flags, flags)
    sums = np.lib.stride_tricks.sliding_window_view(flags, 49).sum(axis=1)
    check_on(
        bars,
        "1.0 if ta.sum(bar.close, 49) == 7.0 else 0.0",
        lambda b: np.concatenate([np.zeros(48), sums == 7.0]),
    )
