"""Statistic functions equal TA-Lib, and stay exact where sums of squares would cancel."""

from __future__ import annotations

import numpy as np
import talib

from schemas.columns import BarColumns
from tests.sandbox.market import random_bars
from tests.sandbox.running import body, run
from tests.sandbox.stdlib.oracle import Floats, Oracle
from tests.sandbox.stdlib.trial import Trial, trials

CASES: dict[str, Oracle] = {
    "ta.var(bar.close)": lambda b: talib.VAR(b.close),
    "ta.var(bar.close, 1)": lambda b: talib.VAR(b.close, 1),
    "ta.var(bar.close, 50, 2.0)": lambda b: talib.VAR(b.close, 50, 2.0),
    "ta.stddev(bar.close)": lambda b: talib.STDDEV(b.close),
    "ta.stddev(bar.close, 2)": lambda b: talib.STDDEV(b.close, 2),
    "ta.stddev(bar.volume, 90, 2.5)": lambda b: talib.STDDEV(b.volume, 90, 2.5),
    "ta.correl(bar.high, bar.low)": lambda b: talib.CORREL(b.high, b.low),
    "ta.correl(bar.close, bar.volume, 1)": lambda b: talib.CORREL(b.close, b.volume, 1),
    "ta.correl(bar.close, bar.volume, 2)": lambda b: talib.CORREL(b.close, b.volume, 2),
    "ta.correl(bar.close, bar.volume, 100)": lambda b: talib.CORREL(b.close, b.volume, 100),
    "ta.beta(bar.high, bar.low)": lambda b: talib.BETA(b.high, b.low),
    "ta.beta(bar.high, bar.low, 1)": lambda b: talib.BETA(b.high, b.low, 1),
    "ta.beta(bar.volume, bar.close, 60)": lambda b: talib.BETA(b.volume, b.close, 60),
    "ta.beta(bar.close, bar.volume, 9)": lambda b: talib.BETA(b.close, b.volume, 9),
    "ta.linearreg(bar.close)": lambda b: talib.LINEARREG(b.close),
    "ta.linearreg(bar.close, 2)": lambda b: talib.LINEARREG(b.close, 2),
    "ta.linearreg(bar.volume, 150)": lambda b: talib.LINEARREG(b.volume, 150),
    "ta.linearreg_intercept(bar.close)": lambda b: talib.LINEARREG_INTERCEPT(b.close),
    "ta.linearreg_intercept(bar.close, 70)": lambda b: talib.LINEARREG_INTERCEPT(b.close, 70),
    "ta.linearreg_slope(bar.close)": lambda b: talib.LINEARREG_SLOPE(b.close),
    "ta.linearreg_slope(bar.close, 70)": lambda b: talib.LINEARREG_SLOPE(b.close, 70),
    "ta.linearreg_angle(bar.close)": lambda b: talib.LINEARREG_ANGLE(b.close),
    "ta.linearreg_angle(bar.close, 2)": lambda b: talib.LINEARREG_ANGLE(b.close, 2),
    "ta.linearreg_angle(bar.close, 60)": lambda b: talib.LINEARREG_ANGLE(b.close, 60),
    "ta.tsf(bar.close)": lambda b: talib.TSF(b.close),
    "ta.tsf(bar.close, 2)": lambda b: talib.TSF(b.close, 2),
}


@trials(CASES)
def test_a_statistic_equals_ta_lib(trial: Trial) -> None:
    trial()


def bars_of(x: Floats, y: Floats) -> BarColumns:
    return BarColumns(np.arange(len(x)), x, x, x, x, y)


def last_windows(values: Floats, length: int) -> Floats:
    return np.lib.stride_tricks.sliding_window_view(values, length)


def plots(bars: BarColumns, *calls: str) -> Floats:
    lines = [f'plot("p{i}", {call})' for i, call in enumerate(calls)]
    return run(body(*lines), bars).plots


def correlations(x: Floats, y: Floats) -> Floats:
    xs, ys = (values - values.mean(axis=1, keepdims=True) for values in (x, y))
    return np.asarray((xs * ys).sum(axis=1) / np.sqrt((xs**2).sum(axis=1) * (ys**2).sum(axis=1)))


def test_small_moves_far_from_zero_keep_their_digits() -> None:
    walk = random_bars(20_000, seed=4)
    x, y = 1e6 + walk.close * 1e-4, 1e6 + walk.volume * 1e-8
    deviation, together = plots(
        bars_of(x, y), "ta.stddev(bar.close, 40)", "ta.correl(bar.close, bar.volume, 40)"
    )
    xs, ys = last_windows(x, 40), last_windows(y, 40)
    np.testing.assert_allclose(deviation[39:], xs.std(axis=1), rtol=1e-9)
    np.testing.assert_allclose(together[39:], correlations(xs, ys), rtol=0, atol=1e-9)


def test_a_statistic_is_rid_of_an_outlier_as_soon_as_it_leaves() -> None:
    chance = np.random.default_rng(6)
    x, y = chance.normal(10.0, 1.0, (2, 400))
    x[105] = 1e15
    y[107] = -1e12
    calls = [f"ta.{name}, 20)" for name in ("var(bar.close", "correl(bar.close, bar.volume")]
    variance, together = plots(bars_of(x, y), *calls)
    xs, ys = last_windows(x, 20), last_windows(y, 20)
    np.testing.assert_allclose(variance[125:], xs.var(axis=1)[106:], rtol=1e-9)
    np.testing.assert_allclose(together[127:], correlations(xs, ys)[108:], rtol=0, atol=1e-9)


def test_a_series_that_stands_still_has_no_spread_and_no_correlation() -> None:
    x = np.concatenate([np.random.default_rng(7).normal(7.1, 1.0, 60), np.full(60, 7.1)])
    y = np.random.default_rng(8).normal(7.1, 1.0, 120)
    results = plots(
        bars_of(x, y),
        "ta.stddev(bar.close, 30)",
        "ta.correl(bar.close, bar.volume, 30)",
        "ta.beta(bar.close, bar.volume, 30)",
    )
    assert np.all(results[:, 91:] == 0.0)
    assert np.all(results[:, 30:80] != 0.0)


def test_a_correlation_never_leaves_its_range() -> None:
    x = np.random.default_rng(10).normal(size=5_000)
    results = plots(bars_of(x, 1.0 - 3.0 * x), "ta.correl(bar.close, bar.volume, 5)")
    assert np.nanmin(results) == -1.0
    np.testing.assert_allclose(results[0, 4:], -1.0, rtol=1e-12)
