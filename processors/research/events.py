"""What the book said, chunk after chunk → fills, income and refusals."""

from __future__ import annotations

from dataclasses import fields
from typing import TypeVar

import numpy as np

from processors.research.closing import BookRows
from processors.research.fills import fills_of, income_of, refused_of
from processors.research.results import Fills, Income, Refusals
from sandbox.compiler.book import OUTPUTS
from sandbox.fills import FillRules
from sandbox.host.book import Booked
from schemas.columns import Floats, Ints

Columns = TypeVar("Columns", Fills, Income, Refusals)
_ROWS_MAX = 1 << 13
"""What the book said of a bar weighs more than what is made of it: it is not kept for longer."""
_Said = tuple[Floats, Ints, Ints, Floats]
_NOTHING: _Said = (np.zeros((0, len(OUTPUTS))), *np.zeros((2, 0), np.int64), np.zeros(0))


class EventFold:
    """rules: of the account."""

    def __init__(self, rules: FillRules) -> None:
        self._rules = rules
        self._said: list[_Said] = [_NOTHING]
        self._rows = 0
        self._fills: list[Fills] = []
        self._income: list[Income] = []
        self._refusals: list[Refusals] = []

    def add(self, rows: BookRows, booked: Booked) -> None:
        """The next rows, and what the book said of them."""
        at, bars = booked.rows, rows.orders.bars
        said = booked.said, bars.ts[at], rows.symbol[at].astype(np.int64), bars.volume[at]
        self._said.append(said)
        self._rows += len(at)
        if self._rows > _ROWS_MAX:
            self._settle()

    def found(self) -> tuple[Fills, Income, Refusals]:
        """All, in the order in which they came; they are not kept here any longer."""
        self._settle()
        return _joined(self._fills), _joined(self._income), _joined(self._refusals)

    def _settle(self) -> None:
        cells, ts, symbol, volume = (
            np.concatenate(column) for column in zip(*self._said, strict=True)
        )
        self._said, self._rows = [_NOTHING], 0
        fills, _ = fills_of(cells, ts, symbol, volume, self._rules)
        self._fills.append(fills)
        self._income.append(income_of(cells, ts, symbol))
        refused = refused_of(cells)
        at = np.flatnonzero(refused != 0)
        self._refusals.append(Refusals(ts[at], symbol[at], refused[at]))


def _joined(parts: list[Columns]) -> Columns:
    """Empties the list."""
    if len(parts) == 1:
        return parts.pop()
    kind = type(parts[0])
    names = [field.name for field in fields(kind)]
    found = kind(*(np.concatenate([getattr(part, name) for part in parts]) for name in names))
    parts.clear()
    return found
