"""Channels, clouds and trends, against plain definitions bar by bar."""

from __future__ import annotations

import numpy as np
import pytest

from schemas.columns import BarColumns
from tests.sandbox.market import daily_bars, part, random_bars
from tests.sandbox.stdlib.oracle import Oracle, plotted
from tests.sandbox.stdlib.pine import (
    Floats,
    ago,
    check,
    check_bars,
    check_missing,
    check_param,
    ema,
    rma,
    rolling,
    true_range,
    ways,
)
from tests.sandbox.stdlib.trial import Trial, trials


def kc(
    b: BarColumns, series: Floats, length: int, mult: float, true: bool
) -> tuple[Floats, Floats, Floats]:
    middle = ema(series, length)
    reach = mult * ema(true_range(b, first=False) if true else b.high - b.low, length)
    return middle, middle + reach, middle - reach


def keltner(b: BarColumns, length: int, mult: float) -> tuple[Floats, Floats, Floats]:
    middle, upper, lower = kc(b, b.close, length, mult, true=True)
    return upper, middle, lower


def kcw(b: BarColumns, length: int, mult: float) -> Floats:
    middle, upper, lower = kc(b, b.open, length, mult, true=True)
    return (upper - lower) / middle


def bbw(x: Floats, length: int, mult: float) -> Floats:
    return rolling(x, length, lambda w: float(2.0 * mult * np.std(w) / np.mean(w)))


def middle_of(b: BarColumns, length: int) -> Floats:
    top = rolling(b.high, length, lambda w: float(w.max()))
    return (top + rolling(b.low, length, lambda w: float(w.min()))) / 2.0


def donchian(b: BarColumns, length: int) -> tuple[Floats, Floats, Floats]:
    upper = rolling(b.high, length, lambda w: float(w.max()))
    return upper, middle_of(b, length), rolling(b.low, length, lambda w: float(w.min()))


def ichimoku(
    b: BarColumns, conversion: int, base: int, slow: int, ahead: int
) -> tuple[Floats, ...]:
    lines = middle_of(b, conversion), middle_of(b, base)
    span_a = (lines[0] + lines[1]) / 2.0
    return *lines, ago(span_a, ahead - 1), ago(middle_of(b, slow), ahead - 1)


def supertrend(b: BarColumns, factor: float, period: int) -> tuple[Floats, Floats]:
    """The manual's steps on plain lists; bands that do not exist yet are the raw ones."""
    reach = factor * rma(true_range(b, first=True), period)
    middle = (b.high + b.low) / 2.0
    line, direction = np.full(len(b), np.nan), np.full(len(b), np.nan)
    lower, upper = middle - reach, middle + reach
    for i in range(period, len(b)):
        if not (lower[i] > lower[i - 1] or b.close[i - 1] < lower[i - 1]):
            lower[i] = lower[i - 1]
        if not (upper[i] < upper[i - 1] or b.close[i - 1] > upper[i - 1]):
            upper[i] = upper[i - 1]
    for i in range(period - 1, len(b)):
        if i == period - 1:
            direction[i] = 1.0
        elif line[i - 1] == upper[i - 1]:
            direction[i] = -1.0 if b.close[i] > upper[i] else 1.0
        else:
            direction[i] = 1.0 if b.close[i] < lower[i] else -1.0
        line[i] = lower[i] if direction[i] == -1.0 else upper[i]
    return line, direction


def dmi(b: BarColumns, length: int, smoothing: int) -> tuple[Floats, Floats, Floats]:
    up, down = b.high - ago(b.high), ago(b.low) - b.low
    unknown = 0.0 * up
    rise = np.where((up > down) & (up > 0.0), up, 0.0) + unknown
    fall = np.where((down > up) & (down > 0.0), down, 0.0) + unknown
    reach = rma(true_range(b, first=False), length)
    plus, minus = 100.0 * rma(rise, length) / reach, 100.0 * rma(fall, length) / reach
    total = plus + minus
    total[total == 0.0] = 1.0
    return plus, minus, 100.0 * rma(abs(plus - minus) / total, smoothing)


_HLC = "bar.high, bar.low, bar.close"
CASES: dict[str, Oracle] = {
    f"ta.keltner({_HLC})": lambda b: keltner(b, 20, 2.0),
    f"ta.keltner({_HLC}, 1, 0.5)": lambda b: keltner(b, 1, 0.5),
    f"ta.keltner({_HLC}, length=55, mult=3)": lambda b: keltner(b, 55, 3.0),
    f"ta.kc(bar.open, {_HLC})": lambda b: kc(b, b.open, 20, 2.0, true=True),
    f"ta.kc(bar.open, {_HLC}, 9, 1.5, False)": lambda b: kc(b, b.open, 9, 1.5, true=False),
    f"ta.kcw(bar.open, {_HLC}, 10, 3.0)": lambda b: kcw(b, 10, 3.0),
    f"ta.tr({_HLC})": lambda b: true_range(b, first=False),
    f"ta.tr({_HLC}, True)": lambda b: true_range(b, first=True),
    "ta.bbw(bar.close)": lambda b: bbw(b.close, 20, 2.0),
    "ta.bbw(bar.close, 5, 4.0)": lambda b: bbw(b.close, 5, 4.0),
    "ta.ichimoku(bar.high, bar.low)": lambda b: ichimoku(b, 9, 26, 52, 26),
    "ta.ichimoku(bar.high, bar.low, 2, 3, 5, 4)": lambda b: ichimoku(b, 2, 3, 5, 4),
    "ta.ichimoku(bar.high, bar.low, 9, 26, 52, 1)": lambda b: ichimoku(b, 9, 26, 52, 1),
    f"ta.supertrend({_HLC})": lambda b: supertrend(b, 3.0, 10),
    f"ta.supertrend({_HLC}, 0.5, 1)": lambda b: supertrend(b, 0.5, 1),
    f"ta.supertrend({_HLC}, factor=1.5, atrPeriod=7)": lambda b: supertrend(b, 1.5, 7),
    f"ta.dmi({_HLC})": lambda b: dmi(b, 14, 14),
    f"ta.dmi({_HLC}, 1, 1)": lambda b: dmi(b, 1, 1),
    f"ta.dmi({_HLC}, diLength=17, adxSmoothing=8)": lambda b: dmi(b, 17, 8),
}


@trials(CASES, ways())
def test_a_channel_equals_its_definition(trial: Trial) -> None:
    trial()


@pytest.mark.parametrize("length", [1, 20])
def test_a_donchian_channel_lies_between_the_extremes(length: int) -> None:
    call = f"ta.donchian(bar.high, bar.low, {length})"
    check(call, lambda b: donchian(b, length))
    check_missing(call, lambda b: donchian(b, length))
    check_param(call, lambda b: donchian(b, length))


def test_the_first_bar_of_a_true_range_is_the_first_that_has_all_its_prices() -> None:
    bars = random_bars(10, seed=1)
    hide = f"close = na if bar.time == {bars.ts[0]} else bar.close"
    found = plotted("ta.tr(bar.high, bar.low, close, True)", bars, (bars.close,), [hide])[0]
    assert np.isnan(found[0])
    assert found[1] == bars.high[1] - bars.low[1]


def test_prices_that_stand_still_keep_the_last_direction_and_trend() -> None:
    bars = random_bars(300, seed=8)
    for column in (bars.open, bars.high, bars.low, bars.close):
        column[100:200] = bars.close[99]
    check_bars(bars, f"ta.supertrend({_HLC}, 1.0, 3)", lambda b: supertrend(b, 1.0, 3))
    flat = plotted(f"ta.dmi({_HLC}, 1, 1)", bars, (bars.close,) * 3)
    assert np.array_equal(flat[:2, 101:200], np.repeat(flat[:2, 100:101], 99, axis=1))


def test_no_line_of_the_cloud_knows_a_later_bar() -> None:
    bars = daily_bars("GOOG")
    call = "ta.ichimoku(bar.high, bar.low)"
    whole = plotted(call, bars, (bars.close,) * 4)
    cut = plotted(call, part(bars, slice(0, 500)), (bars.close,) * 4)
    assert np.array_equal(whole[:, :500], cut, equal_nan=True)


def test_channels_do_not_drift_over_a_long_run() -> None:
    bars = random_bars(20_000, seed=3)
    check_bars(bars, f"ta.supertrend({_HLC})", lambda b: supertrend(b, 3.0, 10))
    check_bars(bars, f"ta.dmi({_HLC})", lambda b: dmi(b, 14, 14))
