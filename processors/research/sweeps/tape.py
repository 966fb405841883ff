"""Bars of one or more series as many runs take them: merged once, and parts by time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from processors.research.merged import merged
from schemas.columns import BarColumns, Ints


@dataclass(frozen=True, slots=True)
class Tape:
    """bars: by symbol. symbol: of each of n rows, in the order of time and symbol, int32 (n,);
    rows: their bars."""

    bars: tuple[BarColumns, ...]
    symbol: NDArray[np.int32]
    rows: BarColumns


@dataclass(frozen=True, slots=True)
class Window:
    """A period to trade in: from begin_us on, what is earlier warms up, and before end_us. None
    for no bound; UTC microseconds."""

    begin_us: int | None = None
    end_us: int | None = None


ALL = Window()


@dataclass(frozen=True, slots=True)
class Scene:
    """A window's part of a tape. first: the row that it is traded from; end: the row behind its
    last. closes: rows at which a time ends, from `first` on. markets: the bars by symbol up to
    its end."""

    tape: Tape
    window: Window
    first: int
    end: int
    closes: Ints
    markets: tuple[BarColumns, ...]


def tape_of(bars: Sequence[BarColumns]) -> Tape:
    """bars: by symbol, each in the order of its times."""
    if len(bars) == 1:
        (only,) = bars
        return Tape((only,), np.zeros(len(only), np.int32), only)
    parts = list(merged(bars))
    if not parts:
        return Tape(tuple(bars), np.zeros(0, np.int32), bars[0])
    columns = (
        np.concatenate([getattr(part.bars, name) for part in parts])
        for name in BarColumns.__slots__
    )
    symbol = np.concatenate([part.symbol for part in parts])
    return Tape(tuple(bars), symbol, BarColumns(*columns))


def scene_of(tape: Tape, window: Window) -> Scene:
    """Raises ValueError where no bar is in it."""
    ts = tape.rows.ts
    first, end = row_at(ts, window.begin_us, 0), row_at(ts, window.end_us, len(ts))
    if first >= end:
        raise ValueError("there are no bars in this period")
    inside = ts[first:end]
    closes = np.flatnonzero(np.append(inside[1:] != inside[:-1], True)) + first
    markets = tuple(
        bars.take(slice(row_at(bars.ts, window.end_us, len(bars)))) for bars in tape.bars
    )
    return Scene(tape, window, first, end, closes, markets)


def row_at(ts: Ints, time_us: int | None, otherwise: int) -> int:
    """The first row at or behind a time."""
    return otherwise if time_us is None else int(np.searchsorted(ts, time_us))
