"""Rows in the order of their file → per symbol ascending in time, and the interval of each."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from schemas.columns import Ints
from schemas.series import interval_us
from streams.codec import rfc3339
from streams.sources.errors import Reject, TableError

Codes = NDArray[np.int32]


def by_symbol(codes: Codes) -> Iterator[Ints]:
    """The rows of each symbol, in their order. codes: int32 (n,), which symbol a row is of."""
    order = np.argsort(codes, kind="stable")
    starts = np.flatnonzero(np.diff(codes[order])) + 1
    yield from (rows for rows in np.split(order, starts) if len(rows))


def descends(codes: Codes, ts: Ints) -> bool:
    """Whether the newest rows come first, for every symbol without exception."""
    steps = [np.diff(ts[rows]) for rows in by_symbol(codes)]
    return all((step <= 0).all() for step in steps) and any((step < 0).any() for step in steps)


def rejects_of_order(codes: Codes, ts: Ints, lines: Ints) -> dict[int, Reject]:
    """The rows that are not later than all before them of their symbol, and why, by row."""
    found = {}
    for rows in by_symbol(codes):
        times = ts[rows]
        latest = np.maximum.accumulate(times)
        rising = np.concatenate(([True], times[1:] > latest[:-1]))
        last = np.maximum.accumulate(np.where(rising, np.arange(len(rows)), 0))
        for place in np.flatnonzero(~rising).tolist():
            before = last[place]
            line = int(lines[rows[before]])
            if times[place] == times[before]:
                reason = f"the same time as line {line}: {rfc3339(int(times[place]))}"
            else:
                reason = (
                    f"time goes backwards: {rfc3339(int(times[place]))} after "
                    f"{rfc3339(int(times[before]))} on line {line}"
                )
            row = int(rows[place])
            found[row] = Reject(int(lines[row]), reason)
    return found


class Rising:
    """Rows that come part after part: what `rejects_of_order` says of all of them together."""

    def __init__(self) -> None:
        self._seen = np.zeros(0, np.bool_)
        self._ts = self._line = np.zeros(0, np.int64)

    def rejects(self, codes: Codes, ts: Ints, lines: Ints) -> dict[int, Reject]:
        """Of the next rows, by their row in this part."""
        self._grow(int(codes.max(initial=-1)) + 1)
        before = np.flatnonzero(self._seen)
        before = before[np.isin(before, codes)]
        found = rejects_of_order(
            np.concatenate([before.astype(np.int32), codes]),
            np.concatenate([self._ts[before], ts]),
            np.concatenate([self._line[before], lines]),
        )
        kept = np.ones(len(before) + len(codes), np.bool_)
        kept[list(found)] = False
        rows = np.flatnonzero(kept[len(before) :])
        self._seen[codes] = True
        self._ts[codes[rows]], self._line[codes[rows]] = ts[rows], lines[rows]  # the last one stays
        return {row - len(before): reject for row, reject in found.items()}

    def _grow(self, count: int) -> None:
        more = max(count - len(self._seen), 0)
        self._seen = np.append(self._seen, np.zeros(more, np.bool_))
        self._ts = np.append(self._ts, np.zeros(more, np.int64))
        self._line = np.append(self._line, np.zeros(more, np.int64))


USUAL_INTERVALS = {
    interval_us(name): name
    for name in (
        *("1s", "5s", "10s", "15s", "30s"),
        *("1m", "2m", "3m", "5m", "10m", "15m", "20m", "30m", "45m"),
        *("1h", "2h", "3h", "4h", "6h", "8h", "12h", "1d", "1w"),
    )
}
"""By their length in microseconds."""


SPACINGS_MAX = 100_000
"""Of a symbol: of more, which have no interval anyway, the rarest are forgotten."""


class Spacings:
    """How far apart the rows of each symbol are, counted part after part."""

    def __init__(self) -> None:
        self._counts: defaultdict[int, Counter[int]] = defaultdict(Counter)
        self._latest: dict[int, int] = {}

    def add(self, codes: Codes, ts: Ints) -> None:
        """The next rows, ascending per symbol."""
        for rows in by_symbol(codes):
            code, times = int(codes[rows[0]]), ts[rows]
            steps = np.diff(times, prepend=self._latest.get(code, times[0]))
            found, counts = np.unique(steps[steps > 0], return_counts=True)
            self._counts[code].update(dict(zip(found.tolist(), counts.tolist(), strict=True)))
            self._latest[code] = int(times[-1])
            if len(self._counts[code]) > SPACINGS_MAX:
                kept = self._counts[code].most_common(SPACINGS_MAX // 2)
                self._counts[code] = Counter(dict(kept))

    def intervals(self, count: int) -> list[str]:
        """The most common one of each symbol, or of the file where it has one row. Raises
        TableError when there is nothing to infer from."""
        overall: Counter[int] = Counter()
        for counts in self._counts.values():
            overall.update(counts)
        if not overall:
            raise TableError("one bar tells no interval; give it, as in --interval 1d")
        return [interval_name(_usual(self._counts[code] or overall)) for code in range(count)]


def _usual(counts: Counter[int]) -> int:
    return min(counts, key=lambda step: (-counts[step], step))


def infer_intervals(codes: Codes, ts: Ints, count: int) -> list[str]:
    """The most common spacing of each symbol's rows, or of the file's where it has one row.

    ts: ascending per symbol. Raises TableError when there is nothing to infer from.
    """
    spacings = Spacings()
    spacings.add(codes, ts)
    return spacings.intervals(count)


def interval_name(length_us: int) -> str:
    """Microseconds as an interval such as `15m`. Raises TableError when it is no usual one.

    Few rows, or many bad ones, would make up a spacing that nobody publishes bars at.
    """
    name = USUAL_INTERVALS.get(length_us)
    if name is None:
        raise TableError(
            f"the bars are {length_us / 1e6:g} s apart as a rule, which is no usual interval; "
            "give it, as in --interval 1d"
        )
    return name
