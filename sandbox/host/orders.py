"""Bars with what was ordered at them: what the book takes."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from schemas.columns import Floats, Ints


@dataclass(frozen=True, slots=True)
class Orders:
    """n bars in the order of time and symbol, and what the strategy said at their closes.

    ts: opens, UTC microseconds; code: the column `signal`; both int64 (n,). split: units that
    each old one became with the bar; dividend: for a unit held over its open. The others as in
    BarColumns and Outputs; float64 (n,).
    """

    ts: Ints
    open: Floats
    high: Floats
    low: Floats
    close: Floats
    volume: Floats
    code: Ints
    size: Floats
    limit: Floats
    stop: Floats
    exit_limit: Floats
    exit_stop: Floats
    exit_trail: Floats
    split: Floats
    dividend: Floats

    def __len__(self) -> int:
        return len(self.ts)

    def part(self, rows: slice) -> Orders:
        """Those rows of every column, as views."""
        return Orders(*[getattr(self, name)[rows] for name in _COLUMNS])

    def take(self, rows: NDArray[np.intp]) -> Orders:
        """Those rows of every column."""
        return Orders(*[getattr(self, name).take(rows) for name in _COLUMNS])


_COLUMNS = tuple(field.name for field in fields(Orders))
