"""Volume indicators equal TA-Lib."""

from __future__ import annotations

import talib

from tests.sandbox.stdlib.oracle import Oracle
from tests.sandbox.stdlib.trial import Trial, trials

BARS = "bar.high, bar.low, bar.close, bar.volume"
CASES: dict[str, Oracle] = {
    f"ta.ad({BARS})": lambda b: talib.AD(b.high, b.low, b.close, b.volume),
    f"ta.adosc({BARS})": lambda b: talib.ADOSC(b.high, b.low, b.close, b.volume),
    f"ta.adosc({BARS}, 2, 2)": lambda b: talib.ADOSC(b.high, b.low, b.close, b.volume, 2, 2),
    f"ta.adosc({BARS}, 40, 7)": lambda b: talib.ADOSC(b.high, b.low, b.close, b.volume, 40, 7),
    "ta.obv(bar.close, bar.volume)": lambda b: talib.OBV(b.close, b.volume),
}


@trials(CASES)
def test_a_volume_indicator_equals_ta_lib(trial: Trial) -> None:
    trial()
