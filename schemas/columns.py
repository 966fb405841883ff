"""Bars as columns: one numpy array a field, the form in which batches are computed on."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class BarColumns:
    """n bars; every array has shape (n,).

    ts: the bars' opens in UTC microseconds, int64. The others: float64.
    """

    ts: Ints
    open: Floats
    high: Floats
    low: Floats
    close: Floats
    volume: Floats

    def __len__(self) -> int:
        return len(self.ts)

    def take(self, rows: NDArray[np.intp] | slice) -> BarColumns:
        """The bars at these rows, in that order."""
        return BarColumns(
            self.ts[rows],
            self.open[rows],
            self.high[rows],
            self.low[rows],
            self.close[rows],
            self.volume[rows],
        )
