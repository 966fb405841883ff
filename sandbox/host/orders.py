"""Bars with what was ordered at them: what the book takes."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from sandbox.columns import TERMS
from sandbox.host.constant import constant
from schemas.columns import BarColumns, Floats, Ints


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


@dataclass(frozen=True, slots=True)
class FewOrders:
    """The same where few bars have an order. bars, split, dividend: of all n. row: of those that
    have one, rising, int64 (m,); code: (m,); terms: by TERMS, (len(TERMS), m)."""

    bars: BarColumns
    row: Ints
    code: Ints
    terms: Floats
    split: Floats
    dividend: Floats

    def __len__(self) -> int:
        return len(self.bars)

    def part(self, rows: slice) -> Orders:
        """The rows from start to stop."""
        first, last = np.searchsorted(self.row, (rows.start, rows.stop))
        at = self.row[first:last] - rows.start
        return self._orders(rows, at, slice(first, last))

    def take(self, rows: NDArray[np.intp]) -> Orders:
        """Those rows, which rise, and have all orders among them."""
        return self._orders(rows, np.searchsorted(rows, self.row), slice(None))

    def _orders(self, rows: slice | NDArray[np.intp], at: NDArray[np.intp], which: slice) -> Orders:
        """at: where in the result the orders are, which they are."""
        bars = self.bars.take(rows)
        n = len(bars)
        code = np.zeros(n, np.int64)
        code[at] = self.code[which]
        terms = []
        for cells in self.terms[:, which]:
            column = constant(np.nan, n)
            if not np.isnan(cells).all():
                column = np.full(n, np.nan)
                column[at] = cells
            terms.append(column)
        size, limit, stop, exit_limit, exit_stop, exit_trail = terms
        return Orders(
            bars.ts, bars.open, bars.high, bars.low, bars.close, bars.volume,
            code, size, limit, stop, exit_limit, exit_stop, exit_trail,
            self.split[rows], self.dividend[rows],
        )  # fmt: skip


def few_of(orders: Orders) -> FewOrders:
    """The same, told otherwise."""
    row = np.flatnonzero(orders.code)
    prices = (orders.open, orders.high, orders.low, orders.close, orders.volume)
    return FewOrders(
        BarColumns(orders.ts, *prices),
        row,
        orders.code[row],
        np.array([getattr(orders, name)[row] for name in TERMS]),
        orders.split,
        orders.dividend,
    )


_COLUMNS = tuple(field.name for field in fields(Orders))
