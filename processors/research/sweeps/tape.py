"""Bars of one or more series as many runs take them: merged once, and parts by time."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from processors.research.market import Frame, Markets
from processors.research.merged import merged
from schemas.columns import BarColumns, Ints


@dataclass(frozen=True, slots=True)
class Tape:
    """symbol: of each of n rows, in the order of time and symbol, int32 (n,); rows: their bars;
    frame, seen: what was done to these for a strategy, and what it sees."""

    markets: Markets
    symbol: NDArray[np.int32]
    rows: BarColumns
    frame: Frame | None
    seen: BarColumns


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
    its end. begins_us: when orders of each symbol fill at first."""

    tape: Tape
    window: Window
    first: int
    end: int
    closes: Ints
    markets: Markets
    begins_us: Sequence[int]


def tape_of(markets: Markets) -> Tape:
    """The bars of all symbols, each in the order of its times."""
    parts = list(merged(markets.bars, sys.maxsize))
    if not parts:
        nothing = markets.bars[0]
        return Tape(markets, np.zeros(0, np.int32), nothing, None, nothing)
    (rows,) = parts
    frame = markets.frame_of(rows)
    seen = rows.bars if frame is None else frame.seen(rows.bars)
    return Tape(markets, rows.symbol, rows.bars, frame, seen)


def scene_of(tape: Tape, window: Window) -> Scene:
    """Raises ValueError where no bar is in it."""
    ts = tape.rows.ts
    first, end = row_at(ts, window.begin_us, 0), row_at(ts, window.end_us, len(ts))
    if first >= end:
        raise ValueError("there are no bars in this period")
    inside = ts[first:end]
    closes = np.flatnonzero(np.append(inside[1:] != inside[:-1], True)) + first
    markets = tape.markets.until(window.end_us)
    begins = tape.markets.begins_us(window.begin_us)
    return Scene(tape, window, first, end, closes, markets, begins)


def row_at(ts: Ints, time_us: int | None, otherwise: int) -> int:
    """The first row at or behind a time."""
    return otherwise if time_us is None else int(np.searchsorted(ts, time_us))
