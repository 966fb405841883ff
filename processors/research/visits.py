"""What a series' price did between the bars at which something happened to its position.

Consumes all bars, chunk after chunk, and which of them the book said something at; keeps these
alone, so that the worst and the best price of any trade can be told without the bars.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from processors.research.carried import Steps, steps_of
from processors.research.market import Frame
from processors.research.merged import Rows
from schemas.columns import BarColumns, Floats, Ints

Places = NDArray[np.intp]
_WHICH = (np.minimum, np.maximum)
_NOTHING: dict[np.ufunc, float] = {np.minimum: np.inf, np.maximum: -np.inf}


@dataclass(frozen=True, slots=True)
class Visits:
    """Of one series, m of its bars and its last. All prices are in the units of the run's begin.

    ts, row: opens in UTC microseconds and numbers of the bars, rising but for the last, which may
    be one of the others, int64 (m + 1,). low, high: (2 m + 1,): before each of the m bars the
    extremes of the bars between it and the one before (inf and -inf where there are none), then
    its own; at the end those of the bars after them all. units: what the volume was divided by at
    each of the m bars. close: the last one.
    """

    ts: Ints
    row: Ints
    low: Floats
    high: Floats
    units: Floats
    close: float


@dataclass(frozen=True, slots=True)
class _Part:
    """The visits of a chunk, by series and row. low, high: before each and its own, (k, 2)."""

    series: Ints
    ts: Ints
    row: Ints
    low: Floats
    high: Floats
    units: Floats


_NO_INTS, _NO_PAIRS = np.zeros(0, np.int64), np.zeros((0, 2))
_NONE = _Part(_NO_INTS, _NO_INTS, _NO_INTS, _NO_PAIRS, _NO_PAIRS, np.zeros(0))


class VisitFold:
    """series: how many there are."""

    def __init__(self, series: int) -> None:
        self._parts: list[_Part] = [_NONE]
        self._since = np.array([[np.inf], [-np.inf]]) * np.ones(series)  # after the last visit
        self._last_ts, self._last_row = np.zeros((2, series), np.int64)
        self._close = np.full(series, np.nan)

    def add(self, rows: Rows, steps: Steps, frame: Frame | None, visited: Places) -> None:
        """The next rows, at least one, and those of them at which something happened, rising."""
        bars = rows.bars
        low, high, close = bars.low, bars.high, bars.close
        if frame is not None:
            low, high, close = (column * frame.units for column in (low, high, close))
        last, of = steps.last, steps.series
        self._last_ts[of], self._last_row[of] = bars.ts[last], rows.places[last]
        self._close[of] = close[last]
        bounds, heads, own = _bounds(steps, visited)
        if steps.order is not None:
            low, high = low[steps.order], high[steps.order]
        tails = np.append(heads[1:], len(bounds)) - 1
        extremes = []
        for which, values, since in zip(_WHICH, (low, high), self._since, strict=True):
            found = _extremes(which, values, bounds)
            # What was since the last visit goes on in a chunk's head, which may be its tail.
            found[heads] = which(found[heads], since[of])
            since[of] = found[tails]
            if steps.order is None:
                extremes.append(found[:-1].reshape(-1, 2))
            else:
                extremes.append(np.stack([found[own - 1], found[own]], axis=1))
        if not len(visited):
            return
        at = visited if steps.order is None else steps.order[bounds[own]]
        units = np.ones(len(at)) if frame is None else frame.units[at]
        symbol = rows.symbol[at].astype(np.int64)
        lowest, highest = extremes
        self._parts.append(_Part(symbol, bars.ts[at], rows.places[at], lowest, highest, units))

    def visits(self) -> Iterator[Visits]:
        """Of each series; they are not kept here any longer."""
        names = (field.name for field in fields(_Part))
        whole = _Part(*(np.concatenate([getattr(p, name) for p in self._parts]) for name in names))
        self._parts.clear()
        order = np.argsort(whole.series, kind="stable")
        ends = np.searchsorted(whole.series[order], np.arange(len(self._close)), side="right")
        for number, mine in enumerate(np.split(order, ends[:-1])):
            yield Visits(
                np.append(whole.ts[mine], self._last_ts[number]),
                np.append(whole.row[mine], self._last_row[number]),
                np.append(whole.low[mine], self._since[0, number]),
                np.append(whole.high[mine], self._since[1, number]),
                whole.units[mine],
                float(self._close[number]),
            )


def visits_of(
    bars: Sequence[BarColumns], frames: Sequence[Frame | None], symbol: Ints, ts: Ints
) -> Iterator[Visits]:
    """The same of whole series. bars, frames: by symbol; symbol, ts: of what happened, (n,)."""
    for number, (market, frame) in enumerate(zip(bars, frames, strict=True)):
        fold = VisitFold(1)
        if len(market):
            none = np.zeros(len(market), np.int32)
            rows = Rows(none, np.arange(len(market)), market)
            visited = np.unique(np.searchsorted(market.ts, ts[symbol == number]))
            fold.add(rows, steps_of(none, 1), frame, visited)
        yield from fold.visits()


def _bounds(steps: Steps, visited: Places) -> tuple[Places, Places, Places]:
    """Where in the rows by series each series begins, and each visit and what follows it, in that
    order; and which of these are begins, and which visits."""
    k = len(visited)
    if steps.order is None:
        bounds = np.zeros(2 * k + 1, np.intp)
        bounds[1::2], bounds[2::2] = visited, visited + 1
        return bounds, np.zeros(1, np.intp), np.arange(1, 2 * k, 2)
    where = np.empty(steps.n, np.intp)
    where[steps.order] = np.arange(steps.n)
    at, groups = np.sort(where[visited]), len(steps.begins)
    values = np.concatenate([at + 1, steps.begins, at])
    kinds = np.repeat([0, 1, 2], [k, groups, k])
    order = np.lexsort((kinds, values))
    kinds = kinds[order]
    return values[order], np.flatnonzero(kinds == 1), np.flatnonzero(kinds == 2)


def _extremes(which: np.ufunc, values: Floats, bounds: Places) -> Floats:
    """From each bound to the next, the last to the end; what changes nothing where none is
    between."""
    found: Floats = which.reduceat(values, np.minimum(bounds, len(values) - 1))
    found[np.append(bounds[1:], len(values)) == bounds] = _NOTHING[which]
    return found
