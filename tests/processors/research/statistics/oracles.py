"""Libraries that the statistics are tested against, and the real returns that both are given."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from typing import Any

import numpy as np

from processors.research.statistics.periods import periods_of
from schemas.columns import Floats
from tests.sandbox.market import daily_bars

SYMBOLS = ("AAPL", "GOOG", "IBM", "MSFT")


def oracle(name: str) -> Any:
    """The library of that name: they have no types, and only tests that ask for one wait for it."""
    return import_module(name)


@cache
def market_returns(symbol: str) -> Floats:
    """Of real days, the first 0.0: the account is in the stock from its first close on."""
    bars = daily_bars(symbol)
    return periods_of(bars.ts).returns(bars.close, float(bars.close[0]))


def dated(returns: Floats, start: str = "2000-03-01") -> Any:
    """The returns as a Series of business days, which quantstats needs."""
    pandas = oracle("pandas")
    return pandas.Series(returns, index=pandas.bdate_range(start, periods=len(returns)))


def close_to(found: float, expected: Any) -> bool:
    """Whether two ways to add the same up agree."""
    return bool(np.isclose(found, float(expected), rtol=1e-9, atol=1e-15))
