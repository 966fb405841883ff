"""Orders that fill at a close, in rows of their own behind the bars of that time: the account then
knows all closes, and no bar sees what filled after it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sandbox.columns import (
    CLOSING,
    CODE_BITS,
    PRICES,
    PROTECTIVE,
    SIZING_SHIFT,
    TERMS,
    TIMING_SHIFT,
    SignalCode,
)
from sandbox.host.orders import FewOrders
from schemas.columns import Floats, Ints

_MARKET = (SignalCode.ENTER_LONG, SignalCode.ENTER_SHORT, SignalCode.EXIT, SignalCode.ORDER)
_PRICES, _PROTECTIVE = [[TERMS.index(name) for name in names] for names in (PRICES, PROTECTIVE)]
_SIZE = TERMS.index("size")


@dataclass(frozen=True, slots=True)
class Said:
    """Orders that a strategy gives at m of some bars. row: which, rising, int64 (m,); code: (m,);
    terms: by TERMS, (len(TERMS), m)."""

    row: Ints
    code: Ints
    terms: Floats

    def where(self, rows: NDArray[np.bool_]) -> Said:
        """Some of them."""
        return Said(self.row[rows], self.code[rows], self.terms[:, rows])

    def rescaled(self, prices: Floats, units: Floats) -> Said:
        """The same with prices divided, and sizes in units multiplied, by factors, (m,) each."""
        terms = self.terms / prices
        in_units = (self.code >> SIZING_SHIFT & 3) == 0
        terms[_SIZE] = self.terms[_SIZE] * np.where(in_units, units, 1.0)
        return Said(self.row, self.code, terms)


NOTHING_SAID = Said(np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros((len(TERMS), 0)))


@dataclass(frozen=True, slots=True)
class BookRows:
    """symbol: of each of m rows, int32 (m,). row: the bar that each is of, (m,); None where each is
    the bar itself."""

    symbol: NDArray[np.int32]
    orders: FewOrders
    row: NDArray[np.intp] | None


def at_this_close(said: Said) -> NDArray[np.bool_]:
    """Which are for the close at which they are given where the rules say so: those without a
    price, and without a close of their own choice."""
    kind, given = said.code & CODE_BITS, ~np.isnan(said.terms)
    priced = given[_PRICES].any(axis=0)
    priced |= given[_PROTECTIVE].any(axis=0) & (kind == SignalCode.EXIT)
    at_once: NDArray[np.bool_] = np.isin(kind, _MARKET) & ~priced & ~for_next_close(said.code)
    return at_once


def with_closings(symbol: NDArray[np.int32], orders: FewOrders, now: Said) -> BookRows:
    """The bars' rows with those of closes between them. orders: the bars with the orders of the
    bars before them; now: what of these bars' own fills at their closes."""
    late = for_next_close(orders.code)
    if not len(now.row) and not late.any():
        return BookRows(symbol, orders, None)
    late &= np.isin(orders.code & CODE_BITS, _MARKET)
    then = Said(orders.row, orders.code, orders.terms).where(late)
    split = orders.split[then.row]  # which the book applies in a bar's own row only
    then = then.rescaled(split, split)
    n, ts = len(orders), orders.bars.ts
    row = np.concatenate([np.arange(n), then.row, now.row])
    phase = np.repeat([0, 1, 2], [n, len(then.row), len(now.row)])
    alone = bool((ts[1:] > ts[:-1]).all())
    at = np.lexsort((row,) if alone else (row, phase, ts[row]))  # which is stable
    place = np.empty(len(at), np.int64)
    place[at] = np.arange(len(at))
    where = np.concatenate([place[orders.row], place[n:]])
    code = np.concatenate([orders.code, then.code | CLOSING, now.code | CLOSING])
    terms = np.concatenate([orders.terms, then.terms, now.terms], axis=1)
    order = np.argsort(where)
    row, is_bar = row[at], phase[at] == 0
    placed = FewOrders(
        orders.bars.take(row),
        where[order],
        code[order],
        terms[:, order],
        np.where(is_bar, orders.split[row], 1.0),
        np.where(is_bar, orders.dividend[row], 0.0),
    )
    return BookRows(symbol[row], placed, row)


def for_next_close(code: Ints) -> NDArray[np.bool_]:
    """Which orders are for the next bar's close."""
    late: NDArray[np.bool_] = (code >> TIMING_SHIFT & 1) == 1
    return late
