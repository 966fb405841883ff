"""The oracle of rollups: bars folded to longer ones by the plainest code."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

MONDAY = datetime(1900, 1, 1, tzinfo=UTC)


class Bar(NamedTuple):
    """ts: when it opens."""

    ts: datetime
    open: float
    high: float
    low: float
    close: float
    volume: float


def rolled(bars: Iterable[Bar], width_s: int) -> list[Bar]:
    """Bars of one series in the order of time → those of buckets of so many seconds."""
    found: list[Bar] = []
    for bar in bars:
        width = timedelta(seconds=width_s)
        begin = MONDAY + (bar.ts - MONDAY) // width * width
        if not found or found[-1].ts != begin:
            found.append(bar._replace(ts=begin))
            continue
        so_far = found[-1]
        found[-1] = Bar(
            begin,
            so_far.open,
            max(so_far.high, bar.high),
            min(so_far.low, bar.low),
            bar.close,
            so_far.volume + bar.volume,
        )
    return found
