"""How an account went, bar by bar: part after part, so that no bar need be kept."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from processors.research.results import Curve
from processors.research.statistics.drawdowns import DrawdownFold, Drawdowns
from schemas.columns import Floats, Ints


@dataclass(frozen=True, slots=True)
class Course:
    """Over n times. first_ts, last_ts: opens of the first and the last bar, UTC microseconds, 0
    where there is none. exposed: at how many closes there was a position. final, peak: of the
    equity, in the account's currency."""

    n: int
    first_ts: int
    last_ts: int
    exposed: int
    final: float
    peak: float
    drawdowns: Drawdowns


class CourseFold:
    """initial_cash: the account's value before the first bar."""

    def __init__(self, initial_cash: float) -> None:
        self._drawdowns = DrawdownFold(initial_cash)
        self._n = self._exposed = self._first_ts = self._last_ts = 0
        self._final = initial_cash

    def add(self, ts: Ints, equity: Floats, exposure: Floats) -> None:
        """The next times, as in Curve."""
        if not len(ts):
            return
        if not self._n:
            self._first_ts = int(ts[0])
        self._n += len(ts)
        self._last_ts, self._final = int(ts[-1]), float(equity[-1])
        self._exposed += int(np.count_nonzero(exposure > 0.0))
        self._drawdowns.add(ts, equity)

    def course(self) -> Course:
        """Of all until now."""
        found = self._drawdowns
        return Course(
            self._n,
            self._first_ts,
            self._last_ts,
            self._exposed,
            self._final,
            found.peak,
            found.found(),
        )


def course_of(curve: Curve, initial_cash: float) -> Course:
    """Of a curve that has every bar."""
    fold = CourseFold(initial_cash)
    fold.add(curve.ts, curve.equity, curve.exposure)
    return fold.course()
