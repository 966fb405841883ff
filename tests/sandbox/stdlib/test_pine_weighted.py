"""Weighted averages and lines, against a sum over every window."""

from __future__ import annotations

import math

import numpy as np

from schemas.columns import BarColumns
from tests.sandbox.market import random_bars
from tests.sandbox.stdlib.oracle import Oracle
from tests.sandbox.stdlib.pine import (
    Floats,
    ago,
    check,
    check_bars,
    rma,
    rolling,
    ways,
)
from tests.sandbox.stdlib.trial import Trial, trials


def wma(x: Floats, length: int) -> Floats:
    weights = np.arange(1.0, length + 1.0)
    return rolling(x, length, lambda w: float(np.average(w, weights=weights)))


def hma(x: Floats, length: int) -> Floats:
    return wma(2.0 * wma(x, length // 2) - wma(x, length), math.isqrt(length))


def alma(x: Floats, length: int, offset: float, sigma: float, floor: bool = False) -> Floats:
    middle = offset * (length - 1)
    middle = math.floor(middle) if floor else middle
    weights = np.exp(-((np.arange(length) - middle) ** 2) / (2.0 * (length / sigma) ** 2))
    return rolling(x, length, lambda w: float(np.average(w, weights=weights)))


def vwma(b: BarColumns, length: int) -> Floats:
    traded = rolling(b.close * b.volume, length, lambda w: float(w.sum()))
    return traded / rolling(b.volume, length, lambda w: float(w.sum()))


def cog(x: Floats, length: int) -> Floats:
    ages = np.arange(length, 0.0, -1.0)
    return rolling(x, length, lambda w: -float(np.sum(w * ages) / np.sum(w)))


def linreg(x: Floats, length: int, offset: int) -> Floats:
    def line(window: Floats) -> float:
        slope, start = np.polyfit(np.arange(length), window, 1)
        return float(start + slope * (length - 1 - offset))

    return rolling(x, length, line)


def swma(x: Floats) -> Floats:
    return x * 1 / 6 + ago(x) * 2 / 6 + ago(x, 2) * 2 / 6 + ago(x, 3) * 1 / 6


CASES: dict[str, Oracle] = {
    "ta.rma(bar.close)": lambda b: rma(b.close, 14),
    "ta.rma(bar.close, 1)": lambda b: rma(b.close, 1),
    "ta.rma(bar.volume, 50)": lambda b: rma(b.volume, 50),
    "ta.hma(bar.close)": lambda b: hma(b.close, 9),
    "ta.hma(bar.close, 2)": lambda b: hma(b.close, 2),
    "ta.hma(bar.close, 25)": lambda b: hma(b.close, 25),
    "ta.hma(bar.close, 200)": lambda b: hma(b.close, 200),
    "ta.alma(bar.close)": lambda b: alma(b.close, 9, 0.85, 6.0),
    "ta.alma(bar.close, 50, 0.3, 2.5)": lambda b: alma(b.close, 50, 0.3, 2.5),
    "ta.alma(bar.close, 10, 0.85, 6, True)": lambda b: alma(b.close, 10, 0.85, 6.0, floor=True),
    "ta.alma(bar.close, 1)": lambda b: b.close,
    "ta.swma(bar.close)": lambda b: swma(b.close),
    "ta.vwma(bar.close, bar.volume)": lambda b: vwma(b, 20),
    "ta.vwma(bar.close, bar.volume, 1)": lambda b: vwma(b, 1),
    "ta.cog(bar.close)": lambda b: cog(b.close, 10),
    "ta.cog(bar.volume, 100)": lambda b: cog(b.volume, 100),
    "ta.cog(bar.close, 1)": lambda b: cog(b.close, 1),
    "ta.linreg(bar.close)": lambda b: linreg(b.close, 14, 0),
    "ta.linreg(bar.close, 20, 3)": lambda b: linreg(b.close, 20, 3),
    "ta.linreg(bar.close, 2, -1)": lambda b: linreg(b.close, 2, -1),
}


@trials(CASES, ways())
def test_a_weighted_average_equals_the_sum_over_every_window(trial: Trial) -> None:
    trial()


def test_a_hull_average_of_one_input_is_that_input() -> None:
    check("ta.hma(bar.close, 1)", lambda b: b.close)


def test_a_volume_weighted_average_is_na_where_nothing_was_traded() -> None:
    bars = random_bars(100, seed=4)
    bars.volume[40:60] = 0.0
    check_bars(bars, "ta.vwma(bar.close, bar.volume, 5)", lambda b: vwma(b, 5))


def test_weighted_sums_do_not_drift_over_a_long_run() -> None:
    bars = random_bars(20_000, seed=3)
    check_bars(bars, "ta.hma(bar.close, 60)", lambda b: hma(b.close, 60))
    check_bars(bars, "ta.cog(bar.close, 60)", lambda b: cog(b.close, 60))
    check_bars(bars, "ta.vwma(bar.close, bar.volume, 60)", lambda b: vwma(b, 60))
