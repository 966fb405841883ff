"""Orders that fill at a close, in rows of their own behind the bars of that time: the account then
knows all closes, and no bar sees what filled after it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

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
from sandbox.host.orders import Orders
from schemas.columns import Floats, Ints

_MARKET = (SignalCode.ENTER_LONG, SignalCode.ENTER_SHORT, SignalCode.EXIT, SignalCode.ORDER)


@dataclass(frozen=True, slots=True)
class Said:
    """What a strategy says at n bars. code: int64 (n,); terms: in the order of TERMS, float64 (n,)
    each."""

    code: Ints
    terms: Sequence[Floats]


@dataclass(frozen=True, slots=True)
class BookRows:
    """symbol: of each of m rows, int32 (m,). row: the bar that each is of, (m,)."""

    symbol: NDArray[np.int32]
    orders: Orders
    row: NDArray[np.intp]


def at_this_close(said: Said) -> NDArray[np.bool_]:
    """Which orders are for the close at which they are given where the rules say so: those without
    a price, and without a close of their own choice."""
    kind, free = said.code & CODE_BITS, np.ones(len(said.code), np.bool_)
    for name, cells in zip(TERMS, said.terms, strict=True):
        if name in PRICES:
            free &= np.isnan(cells)
        elif name in PROTECTIVE:
            free &= np.isnan(cells) | (kind != SignalCode.EXIT)
    return free & np.isin(kind, _MARKET) & ~_for_next_close(said.code)


def with_closings(symbol: NDArray[np.int32], orders: Orders, said: Said | None) -> BookRows:
    """The bars' rows with those of closes between them. orders: the bars with the orders of the
    bars before them; said: at these bars, where any of that fills at this close; none else."""
    next_close = np.flatnonzero(_for_next_close(orders.code))
    next_close = next_close[np.isin(orders.code[next_close] & CODE_BITS, _MARKET)]
    this_close = np.flatnonzero(at_this_close(said)) if said else next_close[:0]
    n = len(orders)
    if not len(next_close) + len(this_close):
        return BookRows(symbol, orders, np.arange(n))
    row = np.concatenate([np.arange(n), next_close, this_close])
    phase = np.repeat([0, 1, 2], [n, len(next_close), len(this_close)])
    own_times = len(symbol) < 2 or bool((orders.ts[1:] > orders.ts[:-1]).all())
    keys = (row,) if own_times else (row, phase, orders.ts[row])
    at = np.lexsort(keys)  # which is stable
    row, phase = row[at], phase[at]
    columns: dict[str, NDArray[Any]] = {
        field.name: getattr(orders, field.name)[row] for field in fields(Orders)
    }
    _split(columns, np.flatnonzero(phase == 1))
    if said:
        last = np.flatnonzero(phase == 2)
        columns["code"][last] = said.code[row[last]]
        for name, cells in zip(TERMS, said.terms, strict=True):
            columns[name][last] = cells[row[last]]
    closings = np.flatnonzero(phase)
    columns["code"][closings] |= CLOSING
    columns["split"][closings], columns["dividend"][closings] = 1.0, 0.0
    return BookRows(symbol[row], Orders(**columns), row)


def _split(columns: dict[str, NDArray[Any]], rows: NDArray[np.intp]) -> None:
    """Has what was ordered before a split be as after it: the book does so in a bar's row only."""
    split = columns["split"][rows]
    in_units = (columns["code"][rows] >> SIZING_SHIFT & 3) == 0
    columns["size"][rows] *= np.where(in_units, split, 1.0)
    for name in (*PRICES, *PROTECTIVE):
        columns[name][rows] /= split


def is_late(code: Ints) -> bool:
    """Whether any order is for the next bar's close."""
    return bool(_for_next_close(code).any())


def _for_next_close(code: Ints) -> NDArray[np.bool_]:
    late: NDArray[np.bool_] = (code >> TIMING_SHIFT & 1) == 1
    return late
