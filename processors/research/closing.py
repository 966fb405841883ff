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
Places = NDArray[np.intp]
_IS_MARKET = np.isin(np.arange(CODE_BITS + 1), _MARKET)
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
    at_once: NDArray[np.bool_] = _IS_MARKET[kind] & ~priced & ~for_next_close(said.code)
    return at_once


def with_closings(symbol: NDArray[np.int32], orders: FewOrders, now: Said) -> BookRows:
    """The bars' rows with those of closes between them. orders: the bars with the orders of the
    bars before them; now: what of these bars' own fills at their closes."""
    late = for_next_close(orders.code)
    if not len(now.row) and not late.any():
        return BookRows(symbol, orders, None)
    late &= _IS_MARKET[orders.code & CODE_BITS]
    then = Said(orders.row, orders.code, orders.terms).where(late)
    split = orders.split[then.row]  # which the book applies in a bar's own row only
    then = then.rescaled(split, split)
    closings = np.concatenate([then.row, now.row])
    row, bars, late_ones = _laid(orders.bars.ts, closings, len(then.row))
    where = np.concatenate([bars[orders.row], late_ones])
    code = np.concatenate([orders.code, then.code | CLOSING, now.code | CLOSING])
    terms = np.concatenate([orders.terms, then.terms, now.terms], axis=1)
    order = np.argsort(where)
    split, dividend = np.ones(len(row)), np.zeros(len(row))
    split[bars], dividend[bars] = orders.split, orders.dividend
    placed = FewOrders(
        orders.bars.take(row), where[order], code[order], terms[:, order], split, dividend
    )
    return BookRows(symbol[row], placed, row)


def _laid(ts: Ints, closings: Ints, then: int) -> tuple[Places, Places, Places]:
    """The bar of each row where closes have rows behind the bars of their time: (n + k,); and the
    rows of the n bars, and of the k closes. closings: the bars of these, first `then` of them, that
    were ordered before, then those ordered at them; rising in each part."""
    n, k = len(ts), len(closings)
    if (ts[1:] > ts[:-1]).all():  # each behind its own bar
        order = np.argsort(closings, kind="stable")
        late = np.empty(k, np.intp)
        late[order] = closings[order] + np.arange(1, k + 1)
        is_bar = np.ones(n + k, np.bool_)
        is_bar[late] = False
        bars = np.flatnonzero(is_bar)
    else:
        of = np.concatenate([np.arange(n), closings])
        phase = np.repeat([0, 1, 2], [n, then, k - then])
        place = np.empty(n + k, np.intp)
        place[np.lexsort((of, phase, ts[of]))] = np.arange(n + k)
        bars, late = place[:n], place[n:]
    row = np.empty(n + k, np.intp)
    row[bars], row[late] = np.arange(n), closings
    return row, bars, late


def for_next_close(code: Ints) -> NDArray[np.bool_]:
    """Which orders are for the next bar's close."""
    late: NDArray[np.bool_] = (code >> TIMING_SHIFT & 1) == 1
    return late
