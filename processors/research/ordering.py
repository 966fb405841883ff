"""What a strategy says, bar by bar → the rows of the book."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from processors.research.carried import Steps, steps_of
from processors.research.closing import (
    NOTHING_SAID,
    BookRows,
    Said,
    at_this_close,
    with_closings,
)
from processors.research.market import Frame
from sandbox.columns import TERMS
from sandbox.fills import FillRules
from sandbox.host.constant import constant
from sandbox.host.orders import FewOrders
from schemas.columns import BarColumns, Floats, Ints


class Ordering:
    """Keeps what was said at each series' bar before: orders work from the next bar on.

    code, terms: that, (series,) and (len(TERMS), series); terms where there is a code only.
    """

    def __init__(self, series: int, rules: FillRules) -> None:
        self._at_close = rules.at_close == 1.0
        self.code = np.zeros(series, np.int64)
        self.terms = np.full((len(TERMS), series), np.nan)

    def rows(
        self,
        symbol: NDArray[np.int32],
        bars: BarColumns,
        frame: Frame | None,
        code: Ints,
        terms: Sequence[Floats],
        steps: Steps | None = None,
    ) -> BookRows:
        """The next n bars, at least one, with what was ordered for them. bars: as they are traded;
        frame: what has been done to them for the strategy; code, terms: what it says at them, (n,)
        each. steps: of these rows, where they are known."""
        row = np.flatnonzero(code != 0)
        said = Said(row, code[row], np.array([cells[row] for cells in terms]))
        if frame is not None:  # from what the strategy knows to what is traded at the bar
            said = said.rescaled(frame.factor[row], frame.units[row])
        now = NOTHING_SAID
        if self._at_close:
            at_once = at_this_close(said)
            now, said = said.where(at_once), said.where(~at_once)
        n = len(symbol)
        before = self._carried(steps or steps_of(symbol, len(self.code)), said)
        split, dividend = (constant(1.0, n), constant(0.0, n)) if frame is None else frame[2:]
        orders = FewOrders(bars, before.row, before.code, before.terms, split, dividend)
        return with_closings(symbol, orders, now)

    def _carried(self, steps: Steps, said: Said) -> Said:
        """The same at the next bars of their series, with what was said before these bars."""
        n, of = steps.n, steps.series
        following = said.row + 1 if steps.order is None else steps.following()[said.row]
        begun = self.code[of] != 0
        row = np.concatenate([steps.first[begun], following])
        code = np.concatenate([self.code[of][begun], said.code])
        terms = np.concatenate([self.terms[:, of[begun]], said.terms], axis=1)
        ends = np.searchsorted(said.row, steps.last)
        is_said = ends < len(said.row)
        is_said[is_said] = said.row[ends[is_said]] == steps.last[is_said]
        self.code[of] = 0
        self.code[of[is_said]] = said.code[ends[is_said]]
        self.terms[:, of[is_said]] = said.terms[:, ends[is_said]]
        if steps.order is None:  # they are in their order
            inside = slice(len(row) - int(len(row) > 0 and row[-1] == n))
            return Said(row[inside], code[inside], terms[:, inside])
        order = np.argsort(row, kind="stable")
        order = order[row[order] < n]
        return Said(row[order], code[order], terms[:, order])
