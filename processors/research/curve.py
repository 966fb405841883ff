"""An account over time as it is kept: each time up to a million, above that fewer, evenly.

So that what is kept does not grow with the bars: it is for drawing and for tables, and has the last
time of each day, which is what returns are measured over.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from processors.research.results import Curve
from schemas.columns import Floats, Ints

ROWS_MAX = 1 << 20
_SECOND_US = 1_000_000
WIDTHS_US = tuple(
    seconds * _SECOND_US for seconds in (1, 5, 15, 30, 60, 300, 900, 1_800, 3_600, 14_400, 43_200)
)
"""Each the next one's part, and all a day's: the last of a day is the last of its last width."""


class CurveFold:
    """Keeps the first time, and the last one of each width; the width is as little as holds all in
    rows_max. What it keeps does not depend on how many times come together."""

    def __init__(self, rows_max: int = ROWS_MAX) -> None:
        self._rows_max = rows_max
        self._ts: Ints = np.empty(rows_max, np.int64)
        self._values: Floats = np.empty((3, rows_max))
        self._kept = 0
        self._width_us = 0

    def add(self, ts: Ints, equity: Floats, exposure: Floats, benchmark: Floats) -> None:
        """The next n times, as in Curve."""
        columns: tuple[Floats, ...] = (equity, exposure, benchmark)
        while len(ts):
            if self._width_us:
                last = _lasts(ts, self._width_us)
                ts, columns = ts[last], tuple(column[last] for column in columns)
                if self._kept > 1 and self._goes_on(int(ts[0])):
                    self._kept -= 1
            rows = min(len(ts), self._rows_max - self._kept)
            place = slice(self._kept, self._kept + rows)
            self._ts[place] = ts[:rows]
            for values, column in zip(self._values, columns, strict=True):
                values[place] = column[:rows]
            self._kept += rows
            ts, columns = ts[rows:], tuple(column[rows:] for column in columns)
            if len(ts):
                self._widen()

    def curve(self) -> Curve:
        """What is kept until now."""
        return Curve(self._ts[: self._kept], *self._values[:, : self._kept])

    def _goes_on(self, ts: int) -> bool:
        """Whether a time is of the same width as the last one kept."""
        return int(self._ts[self._kept - 1]) // self._width_us == ts // self._width_us

    def _widen(self) -> None:
        """Makes room: the next width, or, where none is left, more rows."""
        wider = [width for width in WIDTHS_US if width > self._width_us]
        if not wider:
            self._rows_max *= 2
            self._ts = np.resize(self._ts, self._rows_max)
            self._values = np.hstack([self._values, np.empty_like(self._values)])
            return
        self._width_us = wider[0]
        last = _lasts(self._ts[: self._kept], self._width_us)
        last[0] = True
        rows = np.flatnonzero(last)
        self._kept = len(rows)
        self._ts[: self._kept] = self._ts[rows]
        self._values[:, : self._kept] = self._values[:, rows]


def _lasts(ts: Ints, width_us: int) -> NDArray[np.bool_]:
    """Which times are the last of their width here."""
    of = ts // width_us
    return np.append(of[1:] != of[:-1], True)
