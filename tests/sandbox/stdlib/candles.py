"""Made-up candles on a coarse grid, where patterns, ties and gaps are frequent."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

from schemas.columns import BarColumns

Ticks = NDArray[np.int64]  # shape (candles, 4): open, high, low, close in ticks

LAST = 5  # candles that a pattern has at most
LEAD = 15  # candles before a pattern's last: more than any pattern looks back
TAIL = 4  # candles after it: a hikkake is confirmed within three


@cache
def gridded(n: int, seed: int) -> Ticks:
    """A walk of n candles with few sizes of body, shadow and gap, in stretches of a hundred:
    runs of one colour, then long candles with three short ones between, as the patterns of
    five candles want them."""
    chance = np.random.default_rng(seed)
    at = np.arange(n)
    is_cyclic = at // 100 % 2 == 1
    runs = np.repeat(chance.choice([-1, 1], n), chance.integers(1, 6, n))[:n]
    cycle = np.where(at % 4 == 0, 1, -1) * np.where(at // 200 % 2 == 1, 1, -1)
    colors = np.where(is_cyclic & (chance.random(n) < 0.85), cycle, runs)
    sizes = chance.choice([0, 0, 1, 2, 4, 6, 20, 30], n)
    ends, middles = chance.choice([15, 20, 30], n), chance.choice([0, 1, 2, 3, 4], n)
    bodies = np.where(is_cyclic, np.where(at % 4 == 0, ends, middles), sizes) * colors
    uppers, lowers = chance.choice([0, 0, 0, 0, 1, 2, 5, 25], (2, n))
    gaps = chance.choice([0, 0, 1, 2, 4, 7], n) * chance.choice([-1, 1], n)
    bases = chance.integers(0, 6, n)
    candles = np.empty((n, 4), np.int64)
    opening = high = low = closing = 1_000
    for i in range(n):
        above, below = high + lowers[i], low - uppers[i]
        middle, same_close = (opening + closing) // 2, closing - bodies[i]
        opening = (closing, opening, middle, same_close, above, below)[bases[i]] + gaps[i]
        opening += 100 * int(opening < 700) - 100 * int(opening > 1_300)
        closing = opening + bodies[i]
        high = max(opening, closing) + uppers[i]
        low = min(opening, closing) - lowers[i]
        candles[i] = opening, high, low, closing
    return candles


def near_misses(candles: Ticks, ends: NDArray[np.intp], count: int, seed: int) -> Ticks:
    """`count` stretches of the candles, each LEAD before and TAIL after one of `ends`, joined:
    some still the pattern, some just not.

    In each three prices of the last few candles are moved by a tick or two, or made equal to
    another one. Every other stretch begins with candles of one size, the body of one of the
    last few, so that this body equals the mean that it is compared with.
    """
    chance = np.random.default_rng(seed)
    ends = ends[(ends >= LEAD) & (ends < len(candles) - TAIL)]
    stretches = candles[chance.choice(ends, count)[:, None] + np.arange(-LEAD, TAIL + 1)]
    rows = np.arange(count)

    def somewhere() -> tuple[NDArray[np.intp], ...]:
        last_few = chance.integers(LEAD + 1 - LAST, LEAD + 1 + TAIL, count)
        return rows, last_few, chance.integers(0, 4, count)

    for _ in range(3):
        moved = somewhere()
        nudged = stretches[moved] + chance.choice([-2, -1, 1, 2], count)
        stretches[moved] = np.where(chance.random(count) < 0.5, nudged, stretches[somewhere()])
    stretches[..., 1] = stretches.max(axis=2)
    stretches[..., 2] = stretches.min(axis=2)
    like = stretches[rows, chance.integers(LEAD + 1 - LAST, LEAD + 1, count)]
    bodies = np.abs(like[:, 3] - like[:, 0])
    heights = np.maximum(bodies, chance.choice([5, 10, 20, 30, 40, 50], count))
    sizes = np.stack([0 * bodies, heights, 0 * bodies, bodies], axis=1)
    calm = stretches[::2, : LEAD + 1 - LAST]
    calm[:] = calm[:, :1, :1] + sizes[::2, None]
    return stretches.reshape(-1, 4)


def bars_of(candles: Ticks, tick: float) -> BarColumns:
    """A minute a candle. A tick of 0.01 or 0.1 has no exact double, so that ties are decided by
    the rounding of sums; 0.25 has one."""
    ts = np.arange(len(candles), dtype=np.int64) * 60_000_000
    opening, high, low, closing = np.ascontiguousarray((candles * tick).T)
    return BarColumns(ts, opening, high, low, closing, np.ones(len(candles)))
