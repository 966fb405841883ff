"""Overlap studies equal TA-Lib's."""

from __future__ import annotations

import numpy as np
import pytest
import talib

from schemas.columns import BarColumns
from tests.sandbox.market import daily_bars, random_bars
from tests.sandbox.running import body, run
from tests.sandbox.stdlib.oracle import (
    Floats,
    Oracle,
    assert_same,
    check_on,
    plotted,
)
from tests.sandbox.stdlib.trial import Trial, trials

CASES: dict[str, Oracle] = {
    "ta.sma(bar.close, 1)": lambda b: talib.SMA(b.close, 1),
    "ta.sma(bar.close, 20)": lambda b: talib.SMA(b.close, 20),
    "ta.sma(bar.close, 200)": lambda b: talib.SMA(b.close, 200),
    "ta.sma(bar.volume)": lambda b: talib.SMA(b.volume),
    "ta.ema(bar.close)": lambda b: talib.EMA(b.close),
    "ta.ema(bar.close, 12)": lambda b: talib.EMA(b.close, 12),
    "ta.ema(ta.rsi(bar.close, 14), 9)": lambda b: talib.EMA(talib.RSI(b.close, 14), 9),
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


@trials(CASES)
def test_an_overlap_study_equals_ta_lib(trial: Trial) -> None:
    trial()


@pytest.mark.parametrize("length", [2, 5, 60])
def test_a_length_may_be_anything_from_its_params_low_to_its_high(length: int) -> None:
    bars = daily_bars("IBM")
    average = body('plot("x", ta.sma(bar.close, n))').removeprefix('"""Test."""')
    source = '"""Test."""\nn = param(5, low=2, high=60)\n' + average
    found = run(source, bars, {"n": length}).plots[0]
    assert_same(found, talib.SMA(bars.close, length), scale=0.0)


def windows_of(values: Floats, length: int) -> Floats:
    return np.lib.stride_tricks.sliding_window_view(values, length)


def averages_and_bands(close: Floats, length: int) -> Floats:
    """Four rows: sma; upper, middle and lower band at two deviations."""
    bars = BarColumns(np.arange(len(close)), close, close, close, close, close)
    average = plotted(f"ta.sma(bar.close, {length})", bars, (close,))
    bands = plotted(f"ta.bbands(bar.close, {length}, 2.0, 2.0)", bars, (close,) * 3)
    return np.vstack([average, bands])


def test_sums_do_not_drift_over_a_hundred_thousand_bars() -> None:
    close = random_bars(100_000, seed=3).close * 1e-3 + 1e4  # large against its own spread
    average, upper, middle, _ = averages_and_bands(close, 50)[:, 49:]
    mean, spread = windows_of(close, 50).mean(axis=1), windows_of(close, 50).std(axis=1)
    assert_same(average, mean, scale=0.0)
    assert_same(upper, mean + 2.0 * spread, scale=0.0)
    assert_same(upper - middle, 2.0 * spread, scale=0.0, rtol=1e-6)


def test_a_window_is_rid_of_an_outlier_that_has_left_it() -> None:
    close = np.full(400, 10.0)
    close[100] = 1e15
    close[300:] += np.arange(100) % 7
    average, upper, middle, _ = averages_and_bands(close, 20)[:, 319:]
    windows = windows_of(close[300:], 20)
    for line in (average, middle):
        assert_same(line, windows.mean(axis=1), scale=0.0)
    assert_same(upper, windows.mean(axis=1) + 2.0 * windows.std(axis=1), scale=0.0)


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
