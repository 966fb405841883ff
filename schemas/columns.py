"""Bars as columns: one numpy array a field, the form in which batches are computed on."""

from __future__ import annotations

from collections.abc import Iterable
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


NO_BARS = BarColumns(np.zeros(0, np.int64), *[np.zeros(0)] * 5)


def joined(parts: Iterable[BarColumns]) -> BarColumns:
    """The bars of all, one part behind the other; of a single one its own columns."""
    some = [part for part in parts if len(part)]
    if len(some) < 2:
        return some[0] if some else NO_BARS
    return BarColumns(
        *(np.concatenate([getattr(part, name) for part in some]) for name in BarColumns.__slots__)
    )
