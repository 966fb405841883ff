"""Differences, sums and what is made of them, against plain definitions."""

from __future__ import annotations

import numpy as np
import pytest

from tests.sandbox.market import random_bars
from tests.sandbox.stdlib.oracle import Oracle
from tests.sandbox.stdlib.pine import (
    Floats,
    ago,
    check,
    check_bars,
    check_missing,
    ema,
    flag,
    flags,
    rolling,
    ways,
)
from tests.sandbox.stdlib.trial import Trial, trials


def crossed_over(a: Floats, b: Floats) -> Floats:
    return flags((ago(a) <= ago(b)) & (a > b))


def crossed(a: Floats, b: Floats) -> Floats:
    return np.maximum(crossed_over(a, b), crossed_over(b, a))


def rising(x: Floats, length: int) -> Floats:
    return flags(np.all([x > ago(x, i) for i in range(1, length + 1)], axis=0))


def tsi(x: Floats, short: int, long: int) -> Floats:
    change = x - ago(x)
    return ema(ema(change, long), short) / ema(ema(abs(change), long), short)


def median(x: Floats, length: int) -> Floats:
    return rolling(x, length, lambda window: float(np.median(window)))


CASES: dict[str, Oracle] = {
    "ta.change(bar.close)": lambda b: b.close - ago(b.close),
    "ta.change(bar.close, 1)": lambda b: b.close - ago(b.close),
    "ta.change(bar.volume, 20)": lambda b: b.volume - ago(b.volume, 20),
    "ta.cum(bar.volume)": lambda b: np.cumsum(b.volume),
    "ta.cum(ta.change(bar.close))": lambda b: b.close - b.close[0] + 0.0 * ago(b.close),
    "ta.tsi(bar.close)": lambda b: tsi(b.close, 13, 25),
    "ta.tsi(bar.close, 1, 1)": lambda b: tsi(b.close, 1, 1),
    "ta.tsi(bar.close, 25, 13)": lambda b: tsi(b.close, 25, 13),
}
AVERAGES = "ta.ema(bar.close, 5), ta.ema(bar.close, 20)"
FLAGS: dict[str, Oracle] = {
    "ta.crossover(bar.close, bar.open)": lambda b: crossed_over(b.close, b.open),
    "ta.crossunder(bar.close, bar.open)": lambda b: crossed_over(b.open, b.close),
    f"crossover({AVERAGES})": lambda b: crossed_over(ema(b.close, 5), ema(b.close, 20)),
    f"ta.crossunder({AVERAGES})": lambda b: crossed_over(ema(b.close, 20), ema(b.close, 5)),
    "ta.cross(bar.close, bar.open)": lambda b: crossed(b.close, b.open),
    "ta.cross(bar.close, ta.median(bar.close, 9))": lambda b: crossed(b.close, median(b.close, 9)),
    "ta.rising(bar.close, 1)": lambda b: rising(b.close, 1),
    "ta.rising(bar.close, 4)": lambda b: rising(b.close, 4),
    "ta.rising(bar.high, 100)": lambda b: rising(b.high, 100),
    "ta.falling(bar.close, 1)": lambda b: rising(-b.close, 1),
    "ta.falling(bar.low, 5)": lambda b: rising(-b.low, 5),
}


@trials(CASES, ways())
def test_a_change_equals_its_definition(trial: Trial) -> None:
    trial()


@pytest.mark.parametrize("call", FLAGS)
def test_a_condition_holds_at_the_bars_of_its_definition(call: str) -> None:
    check(flag(call), FLAGS[call], scale=0.0)


def test_a_touch_is_a_crossing_only_when_the_lines_part_to_the_other_side() -> None:
    steps = random_bars(4_000, seed=2)
    whole = np.random.default_rng(2).integers(-1, 2, 4_000).astype(np.float64)
    bars = type(steps)(steps.ts, np.zeros(4_000), whole, whole, whole, steps.volume)
    check_bars(bars, flag("ta.cross(bar.close, bar.open)"), lambda b: crossed(b.close, b.open))
    check_bars(bars, flag("ta.rising(bar.close, 2)"), lambda b: rising(b.close, 2))


def test_a_condition_passes_over_missing_inputs() -> None:
    check_missing(
        f"({flag('ta.rising(bar.close, 3)')}) + 0.0 * bar.close", lambda b: rising(b.close, 3)
    )


def test_a_double_average_does_not_drift() -> None:
    check_bars(random_bars(20_000, seed=3), "ta.tsi(bar.close)", lambda b: tsi(b.close, 13, 25))
