"""Price transforms equal TA-Lib."""

from __future__ import annotations

import talib

from tests.sandbox.stdlib.oracle import Oracle
from tests.sandbox.stdlib.trial import Trial, trials

CASES: dict[str, Oracle] = {
    "ta.avgprice(bar.open, bar.high, bar.low, bar.close)": lambda b: talib.AVGPRICE(
        b.open, b.high, b.low, b.close
    ),
    "ta.medprice(bar.high, bar.low)": lambda b: talib.MEDPRICE(b.high, b.low),
    "ta.typprice(bar.high, bar.low, bar.close)": lambda b: talib.TYPPRICE(b.high, b.low, b.close),
    "ta.wclprice(bar.high, bar.low, bar.close)": lambda b: talib.WCLPRICE(b.high, b.low, b.close),
    "ta.avgdev(bar.close)": lambda b: talib.AVGDEV(b.close),
    "ta.avgdev(bar.close, 2)": lambda b: talib.AVGDEV(b.close, 2),
    "ta.avgdev(bar.volume, 100)": lambda b: talib.AVGDEV(b.volume, 100),
}


@trials(CASES)
def test_a_price_transform_equals_ta_lib(trial: Trial) -> None:
    trial()
