"""Warm-up: after how many bars it no longer matters where a strategy's history began.

It is run from later begins too, and set beside the run from the first bar. The bar behind the last
one at which the two differ is the answer for that begin; the largest of all is what is said. That
is of these begins and these bars, and no proof for others.

Orders and alerts have to be the same; prices, sizes, plots and scores to within TOLERANCE, since
what is summed up from another bar on is rounded otherwise, and an exponential average only comes
ever closer.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from processors.research.verification.finding import Finding, State
from processors.research.verification.voice import Say, columns_of
from schemas.columns import BarColumns

CHECK = "warm-up"
TOLERANCE = 1e-9
"""Of the value, or where that is smaller, of the column's median."""
BEGINS = 8
_EXACT = ("signal", "alerts", "trapped")
_SETTLED_SHARE = 0.1
"""Of the bars from a begin on: where they differ within the last so many, no end is seen."""


@dataclass(frozen=True, slots=True)
class Warmth:
    """bars: after which all that is said agrees, None where no end of the differences was seen;
    orders: after which orders and alerts alone do. begins: how many were looked at. cold: by
    symbol, orders that are traded though fewer bars lie before them. had: by symbol, bars before
    those that are traded."""

    bars: int | None
    orders: int | None
    begins: int
    cold: tuple[int, ...]
    had: tuple[int, ...]


def warmth(
    bars: Sequence[BarColumns],
    say: Say,
    begin_us: int | None,
    *,
    begins: int = BEGINS,
    heard: Callable[[int, int], object] = lambda *_: None,
) -> Warmth:
    """bars: by symbol. begin_us: when trading begins; None for the first bar."""
    needed: list[tuple[int, int]] = []
    ordered: list[tuple[int, int]] = []
    full = [columns_of(say(symbol, each)) for symbol, each in enumerate(bars)]
    done = 0
    for symbol, (each, columns) in enumerate(zip(bars, full, strict=True)):
        for first in begins_of(len(each), begins):
            heard(done, len(bars) * begins)
            late = columns_of(say(symbol, each.take(slice(first, None))))
            apart = differs(columns, late, first)
            needed.append(_apart_until(list(apart.values())))
            ordered.append(_apart_until([apart[name] for name in _EXACT]))
            done += 1
    most = _most(needed)
    traded = [0 if begin_us is None else int(np.searchsorted(b.ts, begin_us)) for b in bars]
    return Warmth(
        bars=most,
        orders=_most(ordered),
        begins=done,
        cold=tuple(
            int(np.count_nonzero(columns["signal"][first : max(most or 0, first)]))
            for columns, first in zip(full, traded, strict=True)
        ),
        had=tuple(traded),
    )


def begins_of(count: int, begins: int) -> list[int]:
    """Rows to begin at instead of the first, over the first half of the bars, each once."""
    places = np.linspace(0, count // 2, begins + 1)[1:].astype(np.int64)
    return [int(place) for place in np.unique(places) if place > 0]


def differs(
    full: dict[str, NDArray[Any]], late: dict[str, NDArray[Any]], first: int
) -> dict[str, NDArray[np.bool_]]:
    """By column, at which bars from row `first` on the two are not the same."""
    found: dict[str, NDArray[np.bool_]] = {}
    for name, column in late.items():
        before = full[name][..., first:]
        apart = np.not_equal(before, column) if name in _EXACT else ~close_to(before, column)
        found[name] = np.logical_or.reduce(np.atleast_2d(apart), axis=0)
    return found


def close_to(one: NDArray[np.float64], other: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Which values are the same to within TOLERANCE; NaN is itself."""
    size = np.maximum(np.abs(one), np.abs(other))
    known = np.isfinite(size)
    usual = np.median(size[known]) if known.any() else 0.0
    with np.errstate(invalid="ignore"):  # of infinities
        near = np.abs(one - other) <= TOLERANCE * np.maximum(size, usual)
    found: NDArray[np.bool_] = near & known | (one == other) | np.isnan(one) & np.isnan(other)
    return found


def _apart_until(apart: Sequence[NDArray[np.bool_]]) -> tuple[int, int]:
    """Bars up to the last difference of any column, and how many there are."""
    either = np.logical_or.reduce(apart)
    places = np.flatnonzero(either)
    return (int(places[-1]) + 1 if len(places) else 0), len(either)


def _most(found: Sequence[tuple[int, int]]) -> int | None:
    """The most bars that any begin needed, None where some needed all it had, though others with
    fewer bars were done with less. A begin with too few bars to tell is passed over."""
    settled = [until for until, count in found if until <= count * (1.0 - _SETTLED_SHARE)]
    most = max(settled, default=0)
    room = most / (1.0 - _SETTLED_SHARE)
    endless = [
        1 for until, count in found if until > count * (1.0 - _SETTLED_SHARE) and count > room
    ]
    return None if endless else most


def finding(found: Warmth, symbols: Sequence[str], *, from_given: bool) -> Finding:
    """In words. from_given: whether somebody said when trading begins. What has no bar before that
    can't be given more: it is at fault only where it orders too early."""
    figures = {
        "bars": found.bars,
        "orders_bars": found.orders,
        "begins": found.begins,
        "tolerance": TOLERANCE,
        "had": dict(zip(symbols, found.had, strict=True)),
        "cold_orders": sum(found.cold),
    }
    if not found.begins:
        return Finding(
            CHECK,
            State.UNKNOWN,
            "There are too few bars to begin later.",
            "Give more bars.",
            figures,
        )
    if found.bars is None:
        orders = (
            "orders differ too"
            if found.orders is None
            else f"orders alone agree after {found.orders:,} bars"
        )
        return Finding(
            CHECK,
            State.WARNS,
            f"Where history begins matters up to the end of the bars ({orders}): of two people with"
            " more or fewer bars each sees another strategy.",
            "A position, or a sum over all bars, never forgets: use windows, or exits that come"
            " whatever happens, and give as many bars before --from as there are.",
            figures,
        )
    needs = (
        f"After {found.bars:,} bars it no longer matters where history began (orders alone:"
        f" {_orders(found)}), looked at from {found.begins:,} later begins"
    )
    short = [
        f"{symbol} ({had:,})"
        for symbol, had, cold in zip(symbols, found.had, found.cold, strict=True)
        if had < found.bars and (cold or (from_given and had))
    ]
    if not short:
        had_all = min(found.had) >= found.bars
        enough = "the run had as many" if had_all else "no order came before"
        return Finding(CHECK, State.HOLDS, f"{needs}; {enough}.", figures=figures)
    named = ", ".join(short[:5]) + (f" and {len(short) - 5:,} more" if len(short) > 5 else "")
    return Finding(
        CHECK,
        State.WARNS,
        f"{needs}; the run had fewer before it traded: {named}. {sum(found.cold):,} orders came in"
        " that time.",
        f"Trade --from a time with {found.bars:,} bars before it.",
        figures,
    )


def _orders(found: Warmth) -> str:
    return "no end" if found.orders is None else f"{found.orders:,}"
