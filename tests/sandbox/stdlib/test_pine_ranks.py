"""Ranks and percentiles, against a window sorted anew at every bar."""

from __future__ import annotations

import math

import numpy as np
import pytest

from schemas.columns import BarColumns
from tests.sandbox.market import random_bars
from tests.sandbox.stdlib.oracle import Oracle, plotted
from tests.sandbox.stdlib.pine import (
    Floats,
    check_bars,
    rolling,
    ways,
)
from tests.sandbox.stdlib.trial import Trial, trials


def percent_rank(x: Floats, length: int) -> Floats:
    return rolling(x, length + 1, lambda w: 100.0 * float(np.mean(w[:-1] <= w[-1])))


def nearest_rank(x: Floats, length: int, percentage: float) -> Floats:
    rank = max(1, math.ceil(percentage * length / 100.0))
    return rolling(x, length, lambda w: float(np.sort(w)[rank - 1]))


def interpolated(x: Floats, length: int, percentage: float) -> Floats:
    return rolling(x, length, lambda w: float(np.percentile(w, percentage, method="hazen")))


def median(x: Floats, length: int) -> Floats:
    return rolling(x, length, lambda w: float(np.median(w)))


def mode(x: Floats, length: int) -> Floats:
    def most_frequent(window: Floats) -> float:
        values, counts = np.unique(window, return_counts=True)
        return float(values[np.argmax(counts)])

    return rolling(x, length, most_frequent)


CASES: dict[str, Oracle] = {
    "ta.percentrank(bar.close, 100)": lambda b: percent_rank(b.close, 100),
    "ta.percentrank(bar.volume, 1)": lambda b: percent_rank(b.volume, 1),
    "ta.percentile_nearest_rank(bar.close, 15, 80.0)": lambda b: nearest_rank(b.close, 15, 80.0),
    "ta.percentile_nearest_rank(bar.close, 7, 100)": lambda b: nearest_rank(b.close, 7, 100.0),
    "ta.percentile_nearest_rank(bar.close, 8, 0)": lambda b: nearest_rank(b.close, 8, 0.0),
    "ta.percentile_nearest_rank(bar.close, 1, 40)": lambda b: nearest_rank(b.close, 1, 40.0),
    "ta.percentile_linear_interpolation(bar.close, 20, 90.0)": lambda b: interpolated(
        b.close, 20, 90.0
    ),
    "ta.percentile_linear_interpolation(bar.close, 21, 33.3)": lambda b: interpolated(
        b.close, 21, 33.3
    ),
    "ta.percentile_linear_interpolation(bar.close, 4, 100)": lambda b: interpolated(
        b.close, 4, 100.0
    ),
    "ta.percentile_linear_interpolation(bar.close, 4, 0)": lambda b: interpolated(b.close, 4, 0.0),
    "ta.median(bar.close, 1)": lambda b: median(b.close, 1),
    "ta.median(bar.close, 2)": lambda b: median(b.close, 2),
    "ta.median(bar.close, 21)": lambda b: median(b.close, 21),
    "ta.median(bar.volume, 200)": lambda b: median(b.volume, 200),
    "ta.mode(bar.close, 9)": lambda b: mode(b.close, 9),
    "ta.mode(bar.close, 1)": lambda b: mode(b.close, 1),
}


@trials(CASES, ways(scale=0.0))
def test_a_rank_equals_that_of_a_sorted_window(trial: Trial) -> None:
    trial()


@pytest.mark.parametrize("length", [1, 2, 3, 8, 33])
def test_ranks_hold_among_many_equal_inputs(length: int) -> None:
    bars = random_bars(3_000, seed=7)
    close = np.random.default_rng(7).integers(-2, 3, 3_000).astype(np.float64)
    bars = BarColumns(bars.ts, close, close, close, close, bars.volume)
    check_bars(bars, f"ta.median(bar.close, {length})", lambda b: median(b.close, length))
    check_bars(bars, f"ta.mode(bar.close, {length})", lambda b: mode(b.close, length))
    check_bars(bars, f"ta.percentrank(bar.close, {length})", lambda b: percent_rank(close, length))
    call = f"ta.percentile_nearest_rank(bar.close, {length}, 70.0)"
    check_bars(bars, call, lambda b: nearest_rank(close, length, 70.0))


def test_the_order_of_a_window_holds_over_a_long_run() -> None:
    bars = random_bars(20_000, seed=3)
    check_bars(bars, "ta.median(bar.volume, 64)", lambda b: median(b.volume, 64), scale=0.0)


def test_a_percentile_of_an_unknown_percentage_is_na_and_the_window_goes_on() -> None:
    bars = random_bars(60, seed=1)
    known = "share = 50.0 if bar.time % 120000000 == 0 else na"
    call = "ta.percentile_linear_interpolation(bar.close, 7, share)"
    found = plotted(call, bars, (bars.close,), [known])[0]
    assert np.isnan(found[1::2]).all()
    assert np.array_equal(found[::2], median(bars.close, 7)[::2], equal_nan=True)
