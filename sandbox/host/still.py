"""Bars at which an account stands still: nothing is ordered, so only its position's value moves.

Consumes a series' orders, produces the rows that the book has to go through, and from what it said
there the account at all the others. They are the same numbers, bit for bit: between two orders cash
and units do not change, and the row before each order is gone through as well, so that the book
sees the close before it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sandbox.columns import PRICES, PROTECTIVE, TERMS
from sandbox.compiler.book import OUTPUTS
from sandbox.fills import FillRules
from sandbox.host.constant import is_constant
from sandbox.host.orders import FewOrders
from schemas.columns import Floats

Rows = NDArray[np.intp]
SHARE_MAX = 0.5
"""Of the rows: with more of them to go through, going through all is quicker."""
_PRICES = [TERMS.index(name) for name in (*PRICES, *PROTECTIVE)]
_HELD, _CASH = OUTPUTS.index("held"), OUTPUTS.index("cash")


def can_stand_still(rules: FillRules) -> bool:
    """Whether an account changes by orders and closes alone, not by time."""
    return rules.borrow == rules.interest == 0.0


def rows_to_see(orders: FewOrders) -> Rows | None:
    """The rows at which something may happen, and the one before each, and the last; None where
    an order may work for longer than its bar, or units change by themselves."""
    if not np.isnan(orders.terms[_PRICES]).all():
        return None
    if _differs(orders.split, 1.0) or _differs(orders.dividend, 0.0):
        return None
    seen = np.zeros(len(orders) + 1, np.bool_)
    seen[orders.row] = True
    seen[orders.row - 1] = True  # that of the first row is the last place, which is spare
    seen[-2:] = True, False
    return np.flatnonzero(seen)


def _differs(column: Floats, value: float) -> bool:
    rows = column[:1] if is_constant(column) else column
    return bool((rows != value).any())


@dataclass(slots=True)
class Account:
    """What is held after the rows so far. cash: without positions, in the account's currency."""

    cash: float
    units: float = 0.0

    def keep(self, said: Floats) -> None:
        """said: (m, len(OUTPUTS)), of rows at which something happened."""
        if len(said):
            self.cash, self.units = float(said[-1, _CASH]), float(said[-1, _HELD])

    def over(self, close: Floats, rows: Rows, said: Floats) -> tuple[Floats, Floats]:
        """Equity and exposure at n bars, each (n,). close: of these; rows: at which something
        happened, m of them; said: as above."""
        lengths = np.diff(rows, prepend=0, append=len(close))
        units = np.repeat(np.append(self.units, said[:, _HELD]), lengths)
        equity = np.repeat(np.append(self.cash, said[:, _CASH]), lengths)
        np.multiply(units, close, out=units)
        equity += units
        return equity, np.abs(units, out=units)
