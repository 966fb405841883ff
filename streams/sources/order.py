"""Rows in the order of their file → per symbol ascending in time, and the interval of each."""

from __future__ import annotations

from collections import Counter
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


USUAL_INTERVALS = {
    interval_us(name): name
    for name in (
        *("1s", "5s", "10s", "15s", "30s"),
        *("1m", "2m", "3m", "5m", "10m", "15m", "20m", "30m", "45m"),
        *("1h", "2h", "3h", "4h", "6h", "8h", "12h", "1d", "1w"),
    )
}
"""By their length in microseconds."""


def infer_intervals(codes: Codes, ts: Ints, count: int) -> list[str]:
    """The most common spacing of each symbol's rows, or of the file's where it has one row.

    ts: ascending per symbol. Raises TableError when there is nothing to infer from.
    """
    spacings: dict[int, int] = {}
    overall: Counter[int] = Counter()
    for rows in by_symbol(codes):
        steps, counts = np.unique(np.diff(ts[rows]), return_counts=True)
        overall.update(dict(zip(steps.tolist(), counts.tolist(), strict=True)))
        if len(steps):
            spacings[int(codes[rows[0]])] = int(steps[counts.argmax()])
    if not overall:
        raise TableError("one bar tells no interval; give it, as in --interval 1d")
    usual = min(overall, key=lambda step: (-overall[step], step))
    return [interval_name(spacings.get(code, usual)) for code in range(count)]


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
