"""What the tests of Pine's functions share: plain definitions over whole windows, written from
the reference manual's words, and the comparison with ours on real data."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
from numpy.typing import NDArray

from schemas.columns import BarColumns
from tests.sandbox.market import SYMBOLS, daily_bars
from tests.sandbox.stdlib.oracle import (
    Oracle,
    assert_same,
    check_with_missing_inputs,
    check_with_params,
    columns_of,
    plotted,
)
from tests.sandbox.stdlib.trial import WITH_MISSING, WITH_PARAMS, Ways

Floats = NDArray[np.float64]


def check(call: str, oracle: Oracle, scale: float = 1.0) -> None:
    """The call equals the oracle on all five real symbols, to 1e-9 relative or 1e-9 × scale."""
    for symbol in SYMBOLS:
        check_bars(daily_bars(symbol), call, oracle, scale)


def check_bars(bars: BarColumns, call: str, oracle: Oracle, scale: float = 1.0) -> None:
    with np.errstate(invalid="ignore", divide="ignore"):
        expected = columns_of(oracle(bars))
    found = plotted(call, bars, expected)
    for ours, theirs in zip(found, expected, strict=True):
        assert_same(ours, theirs, scale)


def check_missing(call: str, oracle: Oracle) -> None:
    """Where an input is na the results are, and nothing advances."""
    with np.errstate(invalid="ignore", divide="ignore"):
        check_with_missing_inputs(call, oracle)


def check_param(call: str, oracle: Oracle) -> None:
    """The same with each whole number as a param."""
    with np.errstate(invalid="ignore", divide="ignore"):
        check_with_params(call, oracle)


def ways(scale: float = 1.0) -> Ways:
    """How a table of Pine's functions is tried; the scale is `check`'s."""
    return {
        "on_real_data": partial(check, scale=scale),
        WITH_MISSING: check_missing,
        WITH_PARAMS: check_param,
    }


def flag(call: str) -> str:
    """A call that gives true or false, as a number."""
    return f"1.0 if {call} else 0.0"


def flags(truth: NDArray[np.bool_]) -> Floats:
    return truth.astype(np.float64)


def ago(values: Floats, inputs: int = 1) -> Floats:
    """The values so many inputs before, na where there are none."""
    result = np.full(len(values), np.nan)
    result[inputs:] = values[: len(values) - inputs]
    return result


def rolling(values: Floats, length: int, of: Callable[[Floats], float]) -> Floats:
    """`of` each full window, oldest value first; na before the first full one, where leading na
    do not count."""
    result = np.full(len(values), np.nan)
    start = int(np.argmax(~np.isnan(values)))
    for i in range(start + length - 1, len(values)):
        result[i] = of(values[i - length + 1 : i + 1])
    return result


def smoothed(values: Floats, length: int, weight: float) -> Floats:
    """value + weight × (x − value), from the mean of the first `length` values that are there;
    where x is na the result is, and the next goes on from the one before."""
    result = np.full(len(values), np.nan)
    first: list[float] = []
    value = np.nan
    for i, x in enumerate(values):
        if np.isnan(x):
            continue
        if len(first) < length:
            first.append(x)
            if len(first) < length:
                continue
            value = float(np.mean(first))
        else:
            value += weight * (x - value)
        result[i] = value
    return result


def rma(values: Floats, length: int) -> Floats:
    return smoothed(values, length, 1.0 / length)


def ema(values: Floats, length: int) -> Floats:
    return smoothed(values, length, 2.0 / (length + 1))


def true_range(bars: BarColumns, first: bool) -> Floats:
    """first: whether the first bar has one, its high − low."""
    close = ago(bars.close)
    spread = bars.high - bars.low
    result = np.maximum(spread, np.maximum(abs(bars.high - close), abs(bars.low - close)))
    if first:
        result[0] = spread[0]
    return result
