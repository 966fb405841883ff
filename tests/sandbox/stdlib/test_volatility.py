"""True ranges and their averages equal TA-Lib."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import talib

from tests.sandbox.market import daily_bars
from tests.sandbox.stdlib.oracle import Oracle, check_on
from tests.sandbox.stdlib.trial import Trial, trials

BARS = "bar.high, bar.low, bar.close"
NATR = f"ta.natr({BARS})"
CASES: dict[str, Oracle] = {
    f"ta.trange({BARS})": lambda b: talib.TRANGE(b.high, b.low, b.close),
    f"ta.atr({BARS})": lambda b: talib.ATR(b.high, b.low, b.close),
    f"ta.atr({BARS}, 1)": lambda b: talib.ATR(b.high, b.low, b.close, 1),
    f"ta.atr({BARS}, 50)": lambda b: talib.ATR(b.high, b.low, b.close, 50),
    NATR: lambda b: talib.NATR(b.high, b.low, b.close),
    f"ta.natr({BARS}, 1)": lambda b: talib.NATR(b.high, b.low, b.close, 1),
    f"ta.natr({BARS}, 2)": lambda b: talib.NATR(b.high, b.low, b.close, 2),
}


@trials(CASES)
def test_a_range_equals_ta_lib(trial: Trial) -> None:
    trial()


def test_a_normalized_range_is_0_where_the_close_is() -> None:
    bars = daily_bars("MSFT")
    close = np.where(np.arange(len(bars)) % 5 == 0, 0.0, bars.close)
    check_on(replace(bars, close=close), NATR, CASES[NATR])
