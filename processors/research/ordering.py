"""What a strategy says, bar by bar → the rows of the book."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from processors.research.carried import Steps, carry, steps_of
from processors.research.closing import BookRows, Said, at_this_close, with_closings
from processors.research.market import Frame
from sandbox.columns import SIZING_SHIFT, TERMS
from sandbox.fills import FillRules
from sandbox.host.constant import constant, is_constant
from sandbox.host.orders import Orders
from schemas.columns import BarColumns, Floats, Ints


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
        code = np.empty(n, np.int64)
        carry(said.code, self.code, steps, code)
        size, limit, stop, exit_limit, exit_stop, exit_trail = [
            _carried(cells, carried, steps)
            for cells, carried in zip(said.terms, self.terms, strict=True)
        ]
        split, dividend = (constant(1.0, n), constant(0.0, n)) if frame is None else frame[2:]
        orders = Orders(
            bars.ts, bars.open, bars.high, bars.low, bars.close, bars.volume,
            code, size, limit, stop, exit_limit, exit_stop, exit_trail, split, dividend,
        )  # fmt: skip
        return with_closings(symbol, orders, at_once)


def _carried(said: Floats, before: Floats, steps: Steps) -> Floats:
    if is_constant(said) and np.isnan(before).all():
        return said  # what is never said
    into = np.empty(len(said))
    carry(said, before, steps, into)
    return into


def fills_from(ts: Ints, begin_us: int | None) -> int:
    """The first time at which an order can fill where the series is traded from begin_us on."""
    if begin_us is None:
        return 0
    first = int(np.searchsorted(ts, begin_us)) + 1
    if first < len(ts):
        return int(ts[first])
    return max(begin_us, int(ts[-1]) + 1) if len(ts) else begin_us


def in_traded(said: Said, frame: Frame) -> Said:
    """Sizes and prices as they are traded at the bar, from those that the strategy knows."""
    in_units = (said.code >> SIZING_SHIFT & 3) == 0
    terms = [
        cells * np.where(in_units, frame.units, 1.0) if name == "size" else cells / frame.factor
        for name, cells in zip(TERMS, said.terms, strict=True)
    ]
    return replace(said, terms=terms)
