"""Extremes and their ages, against a look at every window."""

from __future__ import annotations

import numpy as np
import pytest

from schemas.columns import BarColumns
from tests.sandbox.market import daily_bars, random_bars
from tests.sandbox.running import body, run
from tests.sandbox.stdlib.oracle import Oracle
from tests.sandbox.stdlib.pine import (
    Floats,
    check_bars,
    rolling,
    ways,
)
from tests.sandbox.stdlib.trial import Trial, trials


def highest(x: Floats, length: int) -> Floats:
    return rolling(x, length, lambda window: float(window.max()))


def highest_bars(x: Floats, length: int) -> Floats:
    return rolling(x, length, lambda window: float(np.argmax(window)) - (length - 1))


def pivot_high(x: Floats, left: int, right: int) -> Floats:
    def confirmed(window: Floats) -> float:
        peak = window[left]
        is_peak = np.all(window[:left] <= peak) and np.all(window[left + 1 :] < peak)
        return float(peak) if is_peak else np.nan

    return rolling(x, left + right + 1, confirmed)


CASES: dict[str, Oracle] = {
    "ta.highest(bar.high, 1)": lambda b: b.high,
    "ta.highest(bar.high, 2)": lambda b: highest(b.high, 2),
    "ta.highest(bar.high, 20)": lambda b: highest(b.high, 20),
    "ta.lowest(bar.low, 55)": lambda b: -highest(-b.low, 55),
    "ta.highestbars(bar.high, 20)": lambda b: highest_bars(b.high, 20),
    "ta.highestbars(bar.high, 1)": lambda b: highest_bars(b.high, 1),
    "ta.highestbars(bar.high, 2)": lambda b: highest_bars(b.high, 2),
    "ta.lowestbars(bar.low, 20)": lambda b: highest_bars(-b.low, 20),
    "ta.lowestbars(bar.low, 55)": lambda b: highest_bars(-b.low, 55),
    "ta.pivothigh(bar.high, 2, 2)": lambda b: pivot_high(b.high, 2, 2),
    "ta.pivothigh(bar.high, 10, 3)": lambda b: pivot_high(b.high, 10, 3),
    "ta.pivothigh(bar.high, 1, 1)": lambda b: pivot_high(b.high, 1, 1),
    "ta.pivotlow(bar.low, 2, 2)": lambda b: -pivot_high(-b.low, 2, 2),
    "ta.pivotlow(bar.low, 3, 12)": lambda b: -pivot_high(-b.low, 3, 12),
    "ta.pivotlow(source=bar.low, leftbars=5, rightbars=1)": lambda b: -pivot_high(-b.low, 5, 1),
}


@trials(CASES, ways(scale=0.0))
def test_an_extreme_equals_a_look_at_every_window(trial: Trial) -> None:
    trial()


@pytest.mark.parametrize("length", [1, 2, 3, 7, 64])
def test_an_extreme_is_found_among_its_equals(length: int) -> None:
    call = f"ta.highest(bar.close, {length})"
    check_bars(plateaus(), call, lambda b: highest(b.close, length), scale=0.0)
    call = f"ta.lowest(bar.close, {length})"
    check_bars(plateaus(), call, lambda b: -highest(-b.close, length), scale=0.0)


@pytest.mark.parametrize("length", [1, 2, 3, 7, 64])
def test_the_oldest_of_equal_extremes_tells_the_age(length: int) -> None:
    bars = plateaus()
    call = f"ta.highestbars(bar.close, {length})"
    check_bars(bars, call, lambda b: highest_bars(b.close, length), scale=0.0)
    call = f"ta.lowestbars(bar.close, {length})"
    check_bars(bars, call, lambda b: highest_bars(-b.close, length), scale=0.0)


@pytest.mark.parametrize(("left", "right"), [(1, 1), (4, 2), (2, 5)])
def test_the_last_of_equal_peaks_is_the_pivot(left: int, right: int) -> None:
    call = f"ta.pivothigh(bar.close, {left}, {right})"
    check_bars(plateaus(), call, lambda b: pivot_high(b.close, left, right), scale=0.0)


def test_a_pivot_is_shown_only_once_the_bars_to_its_right_are_known() -> None:
    bars = daily_bars("IBM")
    plots = run(body('plot("p", ta.pivothigh(bar.high, 4, 3))'), bars).plots[0]
    at = np.flatnonzero(~np.isnan(plots))
    assert len(at) > 100
    assert np.array_equal(plots[at], bars.high[at - 3])


def plateaus() -> BarColumns:
    bars = random_bars(5_000, seed=5)
    close = np.random.default_rng(5).integers(-3, 4, 5_000).astype(np.float64)
    return BarColumns(bars.ts, close, close, close, close, bars.volume)
