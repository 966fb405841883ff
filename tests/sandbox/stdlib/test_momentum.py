"""Momentum indicators equal TA-Lib's."""

from __future__ import annotations

import numpy as np
import pytest
import talib

from schemas.columns import BarColumns
from tests.sandbox.stdlib.oracle import (
    Oracle,
    check_on,
    columns_of,
    plotted,
)
from tests.sandbox.stdlib.trial import Trial, trials

HLC = "bar.high, bar.low, bar.close"
CASES: dict[str, Oracle] = {
    "ta.mom(bar.close)": lambda b: talib.MOM(b.close),
    "ta.mom(bar.volume, 1)": lambda b: talib.MOM(b.volume, 1),
    "ta.roc(bar.close)": lambda b: talib.ROC(b.close),
    "ta.roc(bar.volume, 1)": lambda b: talib.ROC(b.volume, 1),
    "ta.rocp(bar.close)": lambda b: talib.ROCP(b.close),
    "ta.rocp(bar.volume, 2)": lambda b: talib.ROCP(b.volume, 2),
    "ta.rocr(bar.close)": lambda b: talib.ROCR(b.close),
    "ta.rocr(bar.volume, 1)": lambda b: talib.ROCR(b.volume, 1),
    "ta.rocr100(bar.close)": lambda b: talib.ROCR100(b.close),
    "ta.rocr100(bar.volume, 60)": lambda b: talib.ROCR100(b.volume, 60),
    "ta.trix(bar.close)": lambda b: talib.TRIX(b.close),
    "ta.trix(bar.close, 1)": lambda b: talib.TRIX(b.close, 1),
    "ta.trix(bar.close, 5)": lambda b: talib.TRIX(b.close, 5),
    "ta.rsi(bar.close)": lambda b: talib.RSI(b.close),
    "ta.rsi(bar.close, 2)": lambda b: talib.RSI(b.close, 2),
    "ta.cmo(bar.close)": lambda b: talib.CMO(b.close),
    "ta.cmo(bar.volume, 2)": lambda b: talib.CMO(b.volume, 2),
    "ta.bop(bar.open, bar.high, bar.low, bar.close)": lambda b: talib.BOP(
        b.open, b.high, b.low, b.close
    ),
    "ta.imi(bar.open, bar.close)": lambda b: talib.IMI(b.open, b.close),
    "ta.imi(bar.open, bar.close, 2)": lambda b: talib.IMI(b.open, b.close, 2),
    f"ta.mfi({HLC}, bar.volume)": lambda b: talib.MFI(b.high, b.low, b.close, b.volume),
    f"ta.mfi({HLC}, bar.volume, 2)": lambda b: talib.MFI(b.high, b.low, b.close, b.volume, 2),
    f"ta.cci({HLC})": lambda b: talib.CCI(b.high, b.low, b.close),
    f"ta.cci({HLC}, 2)": lambda b: talib.CCI(b.high, b.low, b.close, 2),
    f"ta.cci({HLC}, 55)": lambda b: talib.CCI(b.high, b.low, b.close, 55),
    f"ta.ultosc({HLC})": lambda b: talib.ULTOSC(b.high, b.low, b.close),
    f"ta.ultosc({HLC}, 21, 5, 10)": lambda b: talib.ULTOSC(b.high, b.low, b.close, 21, 5, 10),
    f"ta.ultosc({HLC}, 3, 3, 3)": lambda b: talib.ULTOSC(b.high, b.low, b.close, 3, 3, 3),
    f"ta.ultosc({HLC}, 1, 2, 1)": lambda b: talib.ULTOSC(b.high, b.low, b.close, 1, 2, 1),
    "ta.plus_dm(bar.high, bar.low)": lambda b: talib.PLUS_DM(b.high, b.low),
    "ta.plus_dm(bar.high, bar.low, 1)": lambda b: talib.PLUS_DM(b.high, b.low, 1),
    "ta.minus_dm(bar.high, bar.low)": lambda b: talib.MINUS_DM(b.high, b.low),
    "ta.minus_dm(bar.high, bar.low, 2)": lambda b: talib.MINUS_DM(b.high, b.low, 2),
    f"ta.plus_di({HLC})": lambda b: talib.PLUS_DI(b.high, b.low, b.close),
    f"ta.plus_di({HLC}, 1)": lambda b: talib.PLUS_DI(b.high, b.low, b.close, 1),
    f"ta.minus_di({HLC})": lambda b: talib.MINUS_DI(b.high, b.low, b.close),
    f"ta.minus_di({HLC}, 2)": lambda b: talib.MINUS_DI(b.high, b.low, b.close, 2),
    f"ta.dx({HLC})": lambda b: talib.DX(b.high, b.low, b.close),
    f"ta.dx({HLC}, 2)": lambda b: talib.DX(b.high, b.low, b.close, 2),
    f"ta.adx({HLC})": lambda b: talib.ADX(b.high, b.low, b.close),
    f"ta.adx({HLC}, 2)": lambda b: talib.ADX(b.high, b.low, b.close, 2),
    f"ta.adxr({HLC})": lambda b: talib.ADXR(b.high, b.low, b.close),
    f"ta.adxr({HLC}, 2)": lambda b: talib.ADXR(b.high, b.low, b.close, 2),
    "ta.aroon(bar.high, bar.low)": lambda b: talib.AROON(b.high, b.low),
    "ta.aroon(bar.high, bar.low, 2)": lambda b: talib.AROON(b.high, b.low, 2),
    "ta.aroonosc(bar.high, bar.low)": lambda b: talib.AROONOSC(b.high, b.low),
    "ta.aroonosc(bar.high, bar.low, 55)": lambda b: talib.AROONOSC(b.high, b.low, 55),
    f"ta.willr({HLC})": lambda b: talib.WILLR(b.high, b.low, b.close),
    f"ta.willr({HLC}, 2)": lambda b: talib.WILLR(b.high, b.low, b.close, 2),
}


@trials(CASES)
def test_a_momentum_indicator_equals_ta_lib(trial: Trial) -> None:
    trial()


FLAT: dict[str, Oracle] = {
    f"ta.willr({HLC}, 5)": lambda b: talib.WILLR(b.high, b.low, b.close, 5),
    f"ta.stochf({HLC}, 5, 1)": lambda b: talib.STOCHF(b.high, b.low, b.close, 5, 1),
    f"ta.cci({HLC}, 5)": lambda b: talib.CCI(b.high, b.low, b.close, 5),
    f"ta.mfi({HLC}, bar.volume, 5)": lambda b: talib.MFI(b.high, b.low, b.close, b.volume, 5),
}


@pytest.mark.parametrize("apart", [2.0**-54, 1e-12])
@pytest.mark.parametrize("call", FLAT)
def test_only_what_rounding_tells_apart_is_equal(call: str, apart: float) -> None:
    close = 0.3 + apart * np.random.default_rng(8).integers(0, 2, 100).astype(np.float64)
    assert 0.0 < np.ptp(close) < 2.0 * apart + 1e-16
    bars = BarColumns(np.arange(100), close, close, close, close, np.ones(100))
    expected = columns_of(FLAT[call](bars))
    assert np.nanmax(np.abs(expected[0])) > 1.0 or apart < 1e-12
    check_on(bars, call, FLAT[call], rtol=1e-3)


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize(
    ("call", "rest"),
    [
        (f"ta.ultosc({HLC}, 3, 5, 7)", 0.0),
        ("ta.imi(bar.open, bar.close, 7)", 50.0),
        (f"ta.mfi({HLC}, bar.volume, 7)", 0.0),
    ],
)
def test_a_standstill_leaves_no_rounding_errors_behind(call: str, rest: float, seed: int) -> None:
    prices = np.full((4, 120), 0.3)
    prices[:, :101] += np.random.default_rng(seed).normal(0.0, 0.1, (4, 101))
    opening, high, low, close = prices
    bars = BarColumns(np.arange(120), opening, high, low, close, close)
    assert np.all(plotted(call, bars, (close,))[0][108:] == rest)
