"""Overlap studies equal TA-Lib's."""

from __future__ import annotations

import numpy as np
import pytest
import talib

from schemas.columns import BarColumns
from tests.sandbox.stdlib.oracle import (
    Oracle,
    check_like_talib,
    check_on,
    check_on_coarse_bars,
    check_on_random_bars,
    check_with_missing_inputs,
    check_with_params,
    lengths_in,
    plotted,
)

CASES: dict[str, Oracle] = {
    "ta.wma(bar.close)": lambda b: talib.WMA(b.close),
    "ta.wma(bar.close, 1)": lambda b: talib.WMA(b.close, 1),
    "ta.wma(bar.volume, 7)": lambda b: talib.WMA(b.volume, 7),
    "ta.wma(bar.close, 200)": lambda b: talib.WMA(b.close, 200),
    "ta.trima(bar.close)": lambda b: talib.TRIMA(b.close),
    "ta.trima(bar.close, 1)": lambda b: talib.TRIMA(b.close, 1),
    "ta.trima(bar.close, 2)": lambda b: talib.TRIMA(b.close, 2),
    "ta.trima(bar.close, 3)": lambda b: talib.TRIMA(b.close, 3),
    "ta.trima(bar.close, 55)": lambda b: talib.TRIMA(b.close, 55),
    "ta.trima(bar.volume, 200)": lambda b: talib.TRIMA(b.volume, 200),
    "ta.dema(bar.close)": lambda b: talib.DEMA(b.close),
    "ta.dema(bar.close, 1)": lambda b: talib.DEMA(b.close, 1),
    "ta.dema(bar.high, 7)": lambda b: talib.DEMA(b.high, 7),
    "ta.tema(bar.close)": lambda b: talib.TEMA(b.close),
    "ta.tema(bar.close, 2)": lambda b: talib.TEMA(b.close, 2),
    "ta.t3(bar.close)": lambda b: talib.T3(b.close),
    "ta.t3(bar.close, 2)": lambda b: talib.T3(b.close, 2),
    "ta.t3(bar.close, 14, 0.3)": lambda b: talib.T3(b.close, 14, 0.3),
    "ta.kama(bar.close)": lambda b: talib.KAMA(b.close),
    "ta.kama(bar.close, 1)": lambda b: talib.KAMA(b.close, 1),
    "ta.kama(bar.close, 2)": lambda b: talib.KAMA(b.close, 2),
    "ta.kama(bar.close, 10)": lambda b: talib.KAMA(b.close, 10),
    "ta.accbands(bar.high, bar.low, bar.close)": lambda b: talib.ACCBANDS(b.high, b.low, b.close),
    "ta.accbands(bar.high, bar.low, bar.close, 2)": lambda b: talib.ACCBANDS(
        b.high, b.low, b.close, 2
    ),
    "ta.bbands(bar.close)": lambda b: talib.BBANDS(b.close),
    "ta.bbands(bar.volume, 2, 1.0, 3.0)": lambda b: talib.BBANDS(b.volume, 2, 1.0, 3.0),
    "ta.midpoint(bar.close)": lambda b: talib.MIDPOINT(b.close),
    "ta.midpoint(bar.close, 2)": lambda b: talib.MIDPOINT(b.close, 2),
    "ta.midprice(bar.high, bar.low)": lambda b: talib.MIDPRICE(b.high, b.low),
    "ta.midprice(bar.high, bar.low, 55)": lambda b: talib.MIDPRICE(b.high, b.low, 55),
    "ta.sar(bar.high, bar.low)": lambda b: talib.SAR(b.high, b.low),
    "ta.sar(bar.high, bar.low, 0.3, 0.1)": lambda b: talib.SAR(b.high, b.low, 0.3, 0.1),
    "ta.sar(bar.low, bar.high, 0.05)": lambda b: talib.SAR(b.low, b.high, 0.05),
    "ta.sarext(bar.high, bar.low)": lambda b: talib.SAREXT(b.high, b.low),
    "ta.sarext(bar.high, bar.low, 20.0, 0.01, 0.03, 0.02, 0.3, 0.01, 0.04, 0.1)": lambda b: (
        talib.SAREXT(b.high, b.low, 20.0, 0.01, 0.03, 0.02, 0.3, 0.01, 0.04, 0.1)
    ),
    "ta.sarext(bar.high, bar.low, -20.0, 0.0, 0.9, 0.02, 0.3, 0.9, 0.04, 0.1)": lambda b: (
        talib.SAREXT(b.high, b.low, -20.0, 0.0, 0.9, 0.02, 0.3, 0.9, 0.04, 0.1)
    ),
}


@pytest.mark.parametrize("call", CASES)
def test_an_overlap_study_equals_ta_lib(call: str) -> None:
    check_like_talib(call, CASES[call])


@pytest.mark.parametrize("call", CASES)
def test_an_overlap_study_does_not_drift(call: str) -> None:
    check_on_random_bars(call, CASES[call])


@pytest.mark.parametrize("call", CASES)
def test_an_overlap_study_passes_over_missing_inputs(call: str) -> None:
    check_with_missing_inputs(call, CASES[call])


@pytest.mark.parametrize("call", CASES)
def test_an_overlap_study_bears_ties_and_standstills(call: str) -> None:
    check_on_coarse_bars(call, CASES[call])


@pytest.mark.parametrize("call", [call for call in CASES if lengths_in(call)])
def test_an_overlap_study_takes_params_as_lengths(call: str) -> None:
    check_with_params(call, CASES[call])


def test_bands_do_not_move_apart_where_high_and_low_cancel() -> None:
    high = np.full(50, 1.0)
    low = np.full(50, np.nextafter(-1.0, 0.0))
    low[25:] = -0.9
    check_on(
        BarColumns(np.arange(50), high, high, low, high, high),
        "ta.accbands(bar.high, bar.low, bar.close, 5)",
        lambda b: talib.ACCBANDS(b.high, b.low, b.close, 5),
    )


@pytest.mark.parametrize("seed", range(8))
def test_an_adaptive_average_is_at_its_fastest_where_nothing_moves(seed: int) -> None:
    close = np.full(300, 0.3)
    close[:204] += np.random.default_rng(seed).normal(0.0, 0.1, 204)  # amid a window of sums
    bars = BarColumns(np.arange(300), close, close, close, close, close)
    distance = plotted("ta.kama(bar.close, 9)", bars, (close,))[0] - close
    np.testing.assert_allclose(distance[213:223], distance[212:222] * (1.0 - 4.0 / 9.0))
