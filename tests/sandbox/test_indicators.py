"""Every indicator equals TA-Lib on real data, and is na exactly where TA-Lib is NaN."""

from __future__ import annotations

import numpy as np
import pytest
import talib
from numpy.typing import NDArray

from schemas.columns import BarColumns
from tests.sandbox.market import SYMBOLS, daily_bars, random_bars
from tests.sandbox.running import body, run

Floats = NDArray[np.float64]

# (call, number of results, what TA-Lib gives)
CASES = [
    ("ta.sma(bar.close, 20)", lambda b: talib.SMA(b.close, 20)),
    ("ta.sma(bar.close, 1)", lambda b: b.close),
    ("ta.sma(bar.close, 200)", lambda b: talib.SMA(b.close, 200)),
    ("ta.sma(bar.volume)", lambda b: talib.SMA(b.volume)),
    ("ta.ema(bar.close, 12)", lambda b: talib.EMA(b.close, 12)),
    ("ta.ema(bar.close)", lambda b: talib.EMA(b.close)),
    ("ta.ema(ta.rsi(bar.close, 14), 9)", lambda b: talib.EMA(talib.RSI(b.close, 14), 9)),
    ("ta.rsi(bar.close)", lambda b: talib.RSI(b.close)),
    ("ta.rsi(bar.close, 2)", lambda b: talib.RSI(b.close, 2)),
    ("ta.macd(bar.close)", lambda b: talib.MACD(b.close)),
    ("ta.macd(bar.close, 26, 12, 9)", lambda b: talib.MACD(b.close, 26, 12, 9)),
    ("ta.macd(bar.close, 5, 35, 5)", lambda b: talib.MACD(b.close, 5, 35, 5)),
    ("ta.bbands(bar.close)", lambda b: talib.BBANDS(b.close)),
    ("ta.bbands(bar.close, 20, 2.0, 1.0)", lambda b: talib.BBANDS(b.close, 20, 2.0, 1.0)),
    ("ta.trange(bar.high, bar.low, bar.close)", lambda b: talib.TRANGE(b.high, b.low, b.close)),
    ("ta.atr(bar.high, bar.low, bar.close)", lambda b: talib.ATR(b.high, b.low, b.close)),
    ("ta.atr(bar.high, bar.low, bar.close, 1)", lambda b: talib.ATR(b.high, b.low, b.close, 1)),
    ("ta.highest(bar.high, 20)", lambda b: talib.MAX(b.high, 20)),
    ("ta.highest(bar.high, 2)", lambda b: talib.MAX(b.high, 2)),
    ("ta.lowest(bar.low, 55)", lambda b: talib.MIN(b.low, 55)),
    (
        "ta.donchian(bar.high, bar.low, 20)",
        lambda b: (
            talib.MAX(b.high, 20),
            talib.MIDPRICE(b.high, b.low, 20),
            talib.MIN(b.low, 20),
        ),
    ),
]


def plotted(call: str, bars: BarColumns, results: int) -> Floats:
    names = [f"r{i}" for i in range(results)]
    lines = [f"{', '.join(names)} = {call}", *(f'plot("{name}", {name})' for name in names)]
    return run(body(*lines), bars).plots


def assert_equal(found: Floats, expected: Floats, tolerance: float = 1e-9) -> None:
    assert np.array_equal(np.isnan(found), np.isnan(expected))
    np.testing.assert_allclose(found, expected, rtol=tolerance, atol=0.0, equal_nan=True)


@pytest.mark.parametrize(("call", "oracle"), CASES, ids=[case[0] for case in CASES])
def test_an_indicator_equals_ta_lib_on_real_data(call, oracle) -> None:  # type: ignore[no-untyped-def]
    for symbol in SYMBOLS:
        bars = daily_bars(symbol)
        expected = oracle(bars)
        columns = np.vstack(expected)
        columns = columns if isinstance(expected, tuple) else columns.reshape(1, -1)
        found = plotted(call, bars, len(columns))
        if "macd" in call:  # near a crossing the line is a small difference of large numbers
            assert np.array_equal(np.isnan(found), np.isnan(columns))
            scale = np.nanmax(bars.close)
            np.testing.assert_allclose(found, columns, rtol=1e-9, atol=1e-12 * scale)
        else:
            assert_equal(found, columns)


def exact_windows(values: Floats, length: int) -> Floats:
    return np.lib.stride_tricks.sliding_window_view(values, length)


def test_sums_do_not_drift_over_a_hundred_thousand_bars() -> None:
    bars = random_bars(100_000, seed=3)
    shifted = bars.close * 1e-3 + 1e4  # large against its own spread
    bars = BarColumns(bars.ts, shifted, shifted, shifted, shifted, bars.volume)
    windows = exact_windows(shifted, 50)
    assert_equal(plotted("ta.sma(bar.close, 50)", bars, 1)[0][49:], windows.mean(axis=1))
    upper, middle, _ = plotted("ta.bbands(bar.close, 50)", bars, 3)
    assert_equal(upper[49:] - middle[49:], 2.0 * windows.std(axis=1), tolerance=1e-6)
    assert_equal(upper[49:], windows.mean(axis=1) + 2.0 * windows.std(axis=1))


def test_a_window_is_rid_of_an_outlier_that_has_left_it() -> None:
    close = np.full(400, 10.0)
    close[100] = 1e15
    close[300:] += np.arange(100) % 7
    bars = BarColumns(np.arange(400), close, close, close, close, close)
    windows = exact_windows(close, 20)[300:]
    upper, middle, _ = plotted("ta.bbands(bar.close, 20)", bars, 3)
    assert_equal(middle[319:], windows.mean(axis=1))
    assert_equal(upper[319:], windows.mean(axis=1) + 2.0 * windows.std(axis=1))
    assert_equal(plotted("ta.sma(bar.close, 20)", bars, 1)[0][319:], windows.mean(axis=1))


def test_extremes_equal_a_rescan_on_ties_and_plateaus() -> None:
    close = np.random.default_rng(5).integers(-3, 4, 5_000).astype(np.float64)
    bars = BarColumns(np.arange(5_000), close, close, close, close, close)
    for length in (1, 2, 3, 7, 64):
        windows = exact_windows(close, length)
        high = plotted(f"ta.highest(bar.close, {length})", bars, 1)[0]
        low = plotted(f"ta.lowest(bar.close, {length})", bars, 1)[0]
        assert np.array_equal(high[length - 1 :], windows.max(axis=1))
        assert np.array_equal(low[length - 1 :], windows.min(axis=1))


def test_crossings_are_the_bars_where_the_order_turns() -> None:
    bars = daily_bars("AAPL")
    fast, slow = talib.EMA(bars.close, 5), talib.EMA(bars.close, 20)
    with np.errstate(invalid="ignore"):
        up = (fast[:-1] <= slow[:-1]) & (fast[1:] > slow[1:])
        down = (fast[:-1] >= slow[:-1]) & (fast[1:] < slow[1:])
    lines = (
        "fast = ta.ema(bar.close, 5)",
        "slow = ta.ema(bar.close, 20)",
        "up = crossover(fast, slow)",
        "down = ta.crossunder(fast, slow)",
        'plot("up", 1.0 if up else 0.0)',
        'plot("down", 1.0 if down else 0.0)',
    )
    plots = run(body(*lines), bars).plots
    assert up.sum() > 20 and plots[0][0] == 0.0
    assert np.array_equal(plots[0][1:] == 1.0, up)
    assert np.array_equal(plots[1][1:] == 1.0, down)


def test_a_param_as_length_gives_what_the_number_gives() -> None:
    bars = daily_bars("IBM")
    source = (
        '"""Test."""\nn = param(5, low=2, high=60)\n' + body('plot("x", ta.sma(bar.close, n))')[11:]
    )
    for length in (2, 5, 60):
        assert_equal(run(source, bars, {"n": length}).plots[0], talib.SMA(bars.close, length))


def test_a_missing_input_gives_na_and_advances_nothing() -> None:
    bars = daily_bars("IBM")
    odd = bars.ts // 86_400_000_000 % 2 == 1
    lines = (
        "x = bar.close if bar.time // 86400000000 % 2 == 1 else na",
        'plot("mean", ta.sma(x, 10))',
        'plot("top", ta.highest(x, 10))',
        'plot("rsi", ta.rsi(x, 5))',
    )
    plots = run(body(*lines), bars).plots
    assert np.isnan(plots[:, ~odd]).all()
    assert_equal(plots[0][odd], talib.SMA(bars.close[odd], 10))
    assert_equal(plots[1][odd], talib.MAX(bars.close[odd], 10))
    assert_equal(plots[2][odd], talib.RSI(bars.close[odd], 5))
