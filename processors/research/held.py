"""What a backtest is compared with: the cash in equal parts in all symbols, bought and held."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from schemas.columns import BarColumns, Floats, Ints


def held(bars: Sequence[BarColumns], ts: Ints, cash: float, begin_us: int | None) -> Floats:
    """The account's value at the times ts, shape of ts: each part bought at its symbol's first
    close, from begin_us on where that is given, and cash before."""
    part = cash / len(bars)
    worth: Floats | float = 0.0
    for market in bars:
        first = 0 if begin_us is None else int(np.searchsorted(market.ts, begin_us))
        if first >= len(market):
            worth = worth + part
            continue
        close = market.close[first:]
        if len(bars) > 1:
            place = np.searchsorted(market.ts[first:], ts, side="right") - 1
            close = np.where(place >= 0, close[np.maximum(place, 0)], close[0])
        value = close * (part / close[0])
        worth = np.add(worth, value, out=value)
    return worth if isinstance(worth, np.ndarray) else np.full(len(ts), worth)
