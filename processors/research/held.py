"""What a backtest is compared with: the cash in equal parts in all symbols, bought and held."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from processors.research.carried import Steps
from schemas.columns import Floats


class HeldFold:
    """The account's value as bars come: each part bought at its symbol's first close, and cash
    before. series: how many symbols."""

    def __init__(self, series: int, cash: float) -> None:
        self._part, self._worth = cash / series, cash
        self._first = np.full(series, np.nan)  # by symbol, nan before it
        self._close = np.full(series, np.nan)

    def add(self, symbol: NDArray[np.int32], close: Floats, steps: Steps) -> Floats:
        """After each of the next rows, at least one, in the order of time. close: in continuous
        prices."""
        of = steps.series
        first = close[steps.first]
        self._first[of] = np.where(np.isnan(self._first[of]), first, self._first[of])
        if steps.order is None:
            return close * float(self._part / self._first[0])
        before = np.empty(len(close))
        before[steps.order[1:]] = close[steps.order[:-1]]
        known = self._close[of]
        before[steps.first] = np.where(np.isnan(known), first, known)
        self._close[of] = close[steps.last]
        changes = (close - before) * (self._part / self._first[symbol])
        # One after the other, so that the sum does not depend on how many rows come together.
        worth: Floats = np.add.accumulate(np.append(self._worth, changes))[1:]
        self._worth = float(worth[-1])
        return worth
