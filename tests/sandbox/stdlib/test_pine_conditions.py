"""When conditions held, against a walk back from every bar."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.sandbox.stdlib.oracle import Oracle
from tests.sandbox.stdlib.pine import Floats, ago, check

Truths = NDArray[np.bool_]


def bars_since(held: Truths) -> Floats:
    when = [np.flatnonzero(held[: i + 1]) for i in range(len(held))]
    return np.array([i - w[-1] if len(w) else np.nan for i, w in enumerate(when)], float)


def value_when(held: Truths, x: Floats, occurrence: int) -> Floats:
    when = [np.flatnonzero(held[: i + 1]) for i in range(len(held))]
    return np.array([x[w[-1 - occurrence]] if len(w) > occurrence else np.nan for w in when])


def last_known(x: Floats) -> Floats:
    when = [np.flatnonzero(~np.isnan(x[: i + 1])) for i in range(len(x))]
    return np.array([x[w[-1]] if len(w) else np.nan for w in when])


_FELL = "bar.close < 0.99 * bar.open"
CASES: dict[str, Oracle] = {
    f"ta.barssince({_FELL})": lambda b: bars_since(b.close < 0.99 * b.open),
    "ta.barssince(bar.close < 0.0)": lambda b: np.full(len(b), np.nan),
    "ta.barssince(bar.close > 0.0)": lambda b: np.zeros(len(b)),
    f"ta.valuewhen({_FELL}, bar.low)": lambda b: value_when(b.close < 0.99 * b.open, b.low, 0),
    f"ta.valuewhen({_FELL}, bar.low, 1)": lambda b: value_when(b.close < 0.99 * b.open, b.low, 1),
    f"ta.valuewhen({_FELL}, bar.low, 7)": lambda b: value_when(b.close < 0.99 * b.open, b.low, 7),
    "ta.valuewhen(bar.close > 0.0, bar.high, 3)": lambda b: ago(b.high, 3),
    "ta.valuewhen(bar.close > 0.0, ta.change(bar.high, 5), 1)": lambda b: ago(
        b.high - ago(b.high, 5), 1
    ),
    f"ta.fixnan(bar.high if {_FELL} else na)": lambda b: last_known(
        np.where(b.close < 0.99 * b.open, b.high, np.nan)
    ),
}


@pytest.mark.parametrize("call", CASES)
def test_a_condition_is_remembered_as_a_walk_back_finds_it(call: str) -> None:
    check(call, CASES[call], scale=0.0)
