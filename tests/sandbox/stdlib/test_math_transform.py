"""Math transforms equal TA-Lib, also where they have no value."""

from __future__ import annotations

import numpy as np
import pytest
import talib

from schemas.columns import BarColumns
from tests.sandbox.stdlib.oracle import Floats, check_on

NAMES = [
    "acos",
    "asin",
    "atan",
    "ceil",
    "cos",
    "cosh",
    "exp",
    "floor",
    "ln",
    "log10",
    "sin",
    "sinh",
    "sqrt",
    "tan",
    "tanh",
]


def bars_of(x: Floats) -> BarColumns:
    return BarColumns(np.arange(len(x)), x, x, x, x, x)


@pytest.mark.parametrize("name", NAMES)
def test_a_transform_equals_ta_lib_on_a_wide_range(name: str) -> None:
    whole = np.arange(-20.0, 21.0)
    near = np.linspace(-1.0, 1.0, 1_001)
    wide = np.linspace(-800.0, 800.0, 5_003)
    bars = bars_of(np.concatenate([whole, near, wide, [1e-300, -1e-300, 0.0, -0.0]]))
    check_on(bars, f"ta.{name}(bar.close)", lambda b: getattr(talib, name.upper())(b.close))


@pytest.mark.parametrize("name", NAMES)
def test_a_transform_of_na_is_na(name: str) -> None:
    call = f"ta.{name}(bar.close if bar.close > 0.5 else na)"
    bars = bars_of(np.array([0.2, 0.75, 0.1, 1.0]))
    given = np.array([np.nan, 0.75, np.nan, 1.0])
    check_on(bars, call, lambda b: getattr(talib, name.upper())(given))
