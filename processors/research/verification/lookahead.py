"""Lookahead: what a strategy says and trades up to a time must be the same, bit for bit, whether or
not the bars behind that time are there.

A module of our compiler can't see them; one that claims to be of it can, since the rows of a call
lie side by side in its memory. So can a host with a mistake in it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from processors.research.results import Curve, Fills
from processors.research.verification.finding import Finding, State
from processors.research.verification.voice import Say, columns_of
from schemas.columns import BarColumns, Ints
from streams.codec import rfc3339

CHECK = "lookahead"
CUTS = 48
LAST = 3
"""Times at the end, each of which is cut at."""

Trade = Callable[[int | None], tuple[Fills, Curve] | None]
"""A backtest of the bars before a time, or of all; None where there is nothing to trade."""


@dataclass(frozen=True, slots=True)
class Peek:
    """At the bar of `ts` (UTC microseconds) something else is known where the bars from `cut` on
    are missing. symbol: index, None for the account. what: the column of it."""

    ts: int
    cut: int
    symbol: int | None
    what: str


def cuts_of(bars: Sequence[BarColumns], said: Ints, count: int, seed: int) -> list[int]:
    """Times to cut at, rising: the last ones, those behind bars at which something is said, and
    some by chance; up to so many of these two each.

    said: times at which the strategy says something.
    """
    times = np.unique(np.concatenate([each.ts for each in bars]))
    chance = np.random.default_rng(seed)
    places = [np.arange(len(times) - LAST, len(times))]
    marks = np.searchsorted(times, np.unique(said))
    # a look of one bar ahead shows right behind such a bar, one of two a bar later
    places += [chance.permutation(marks)[: count // 2] + step for step in (1, 2)]
    places.append(chance.integers(1, max(len(times), 2), count))
    all_ = np.unique(np.concatenate(places))
    found: list[int] = times[all_[(all_ > 0) & (all_ < len(times))]].tolist()
    return found


def lookahead(
    bars: Sequence[BarColumns],
    say: Say,
    trade: Trade,
    *,
    count: int = CUTS,
    seed: int = 0,
    heard: Callable[[int, int], object] = lambda *_: None,
) -> tuple[Peek | None, int]:
    """The first difference, and how many cuts were looked at. bars: by symbol, some not empty.
    heard: how many cuts are done, of how many."""
    full = [columns_of(say(symbol, each)) for symbol, each in enumerate(bars)]
    traded = trade(None)
    said = np.concatenate(
        [each.ts[_speaks(columns)] for each, columns in zip(bars, full, strict=True)]
    )
    cuts = cuts_of(bars, said, count, seed)
    for done, cut in enumerate(cuts):
        heard(done, len(cuts))
        peek = _said_otherwise(bars, full, say, cut)
        if peek is None and traded is not None:
            peek = _traded_otherwise(traded, trade(cut), cut)
        if peek is not None:
            return peek, done + 1
    return None, len(cuts)


def _speaks(columns: dict[str, NDArray[Any]]) -> NDArray[np.bool_]:
    found: NDArray[np.bool_] = (columns["signal"] != 0) | (columns["alerts"] != 0)
    return found


def _said_otherwise(
    bars: Sequence[BarColumns], full: Sequence[dict[str, NDArray[Any]]], say: Say, cut: int
) -> Peek | None:
    for symbol, (each, columns) in enumerate(zip(bars, full, strict=True)):
        rows = int(np.searchsorted(each.ts, cut))
        if not rows:
            continue
        for name, short in columns_of(say(symbol, each.take(slice(rows)))).items():
            row = first_difference(columns[name][..., :rows], short)
            if row is not None:
                return Peek(int(each.ts[row]), cut, symbol, name)
    return None


def _traded_otherwise(
    full: tuple[Fills, Curve], short: tuple[Fills, Curve] | None, cut: int
) -> Peek | None:
    if short is None:
        return None
    for whole, part, names in (
        (full[0], short[0], tuple(field.name for field in fields(Fills))),
        (full[1], short[1], ("ts", "equity", "exposure")),
    ):
        kept = int(np.searchsorted(whole.ts, cut))
        least = min(kept, len(part))
        what = type(whole).__name__.lower()
        for name in names:
            row = first_difference(getattr(whole, name)[:least], getattr(part, name)[:least])
            if row is not None:
                return Peek(int(whole.ts[row]), cut, None, f"{what}.{name}")
        if kept != len(part):
            longer = whole if kept > least else part
            return Peek(int(longer.ts[least]), cut, None, what)
    return None


def first_difference(one: NDArray[Any], other: NDArray[Any]) -> int | None:
    """The first place along the last axis at which they differ in any bit."""
    if one.dtype == np.float64:
        one, other = (np.ascontiguousarray(each).view(np.uint64) for each in (one, other))
    different = one != other
    if different.ndim > 1:
        different = different.any(axis=tuple(range(different.ndim - 1)))
    places = np.flatnonzero(different)
    return int(places[0]) if len(places) else None


def finding(peek: Peek | None, cuts: int, symbols: Sequence[str]) -> Finding:
    """In words."""
    if peek is None:
        return Finding(
            CHECK,
            State.HOLDS,
            f"Without the bars behind it, each of {cuts:,} times was as with them, bit for bit:"
            " orders, plots, fills and equity.",
            figures={"cuts": cuts},
        )
    whose = "the account" if peek.symbol is None else symbols[peek.symbol]
    return Finding(
        CHECK,
        State.FAILS,
        f"At the bar of {rfc3339(peek.ts)}, {peek.what} of {whose} is something else once the bars"
        f" from {rfc3339(peek.cut)} on are left out: it was known from bars to come.",
        "Believe nothing of this run. If the module is not from `peripheral strategy compile`,"
        " compile its source; if it is, this is a bug of ours.",
        {"ts": rfc3339(peek.ts), "cut": rfc3339(peek.cut), "what": peek.what, "whose": whose},
    )
