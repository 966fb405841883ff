"""What a strategy says, bar by bar → the rows of the book."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from processors.research.carried import carry, steps_of
from processors.research.closing import BookRows, Said, at_this_close, with_closings
from processors.research.market import Frame
from sandbox.columns import SIZING_SHIFT, TERMS
from sandbox.fills import FillRules
from sandbox.host.orders import Orders
from schemas.columns import BarColumns, Ints

_SIZE = TERMS.index("size")


class Ordering:
    """Keeps what was said at each series' bar before: orders work from the next bar on.

    code, terms: that, (series,) and (len(TERMS), series).
    """

    def __init__(self, series: int, rules: FillRules) -> None:
        self._at_close = rules.at_close == 1.0
        self.code = np.zeros(series, np.int64)
        self.terms = np.full((len(TERMS), series), np.nan)

    def rows(
        self, symbol: NDArray[np.int32], bars: BarColumns, frame: Frame | None, said: Said
    ) -> BookRows:
        """The next bars, at least one, with what was ordered for them. bars: as they are traded;
        frame: what has been done to them for the strategy."""
        if frame is not None:
            said = in_traded(said, frame)
        n, at_once, steps = len(symbol), None, steps_of(symbol, len(self.code))
        if self._at_close:
            at_once, said = said, replace(said, code=np.where(at_this_close(said), 0, said.code))
        code, terms = np.empty(n, np.int64), np.empty((len(TERMS), n))
        carry(said.code, self.code, steps, code)
        for cells, carried, into in zip(said.terms, self.terms, terms, strict=True):
            carry(cells, carried, steps, into)
        split, dividend = (np.ones(n), np.zeros(n)) if frame is None else frame[2:]
        size, limit, stop, exit_limit, exit_stop, exit_trail = terms
        orders = Orders(
            bars.ts, bars.open, bars.high, bars.low, bars.close, bars.volume,
            code, size, limit, stop, exit_limit, exit_stop, exit_trail, split, dividend,
        )  # fmt: skip
        return with_closings(symbol, orders, at_once)


def fills_from(ts: Ints, begin_us: int | None) -> int:
    """The first time at which an order can fill where the series is traded from begin_us on."""
    if begin_us is None:
        return 0
    first = int(np.searchsorted(ts, begin_us)) + 1
    return int(ts[first]) if first < len(ts) else begin_us


def in_traded(said: Said, frame: Frame) -> Said:
    """Sizes and prices as they are traded at the bar, from those that the strategy knows."""
    terms = said.terms / frame.factor
    in_units = (said.code >> SIZING_SHIFT & 3) == 0
    terms[_SIZE] = said.terms[_SIZE] * np.where(in_units, frame.units, 1.0)
    return replace(said, terms=terms)
