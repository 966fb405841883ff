"""What a backtest is compared with: the cash in equal parts in all symbols, bought and held."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from schemas.columns import BarColumns, Floats, Ints


def held(bars: Sequence[BarColumns], ts: Ints, cash: float, begin_us: int | None) -> Floats:
    """The account's value at the times ts, shape of ts: each part bought at its symbol's first
    close, from begin_us on where that is given, and cash before."""
    worth = np.zeros(len(ts))
    part = cash / len(bars)
    for market in bars:
        first = 0 if begin_us is None else int(np.searchsorted(market.ts, begin_us))
        if first >= len(market):
            worth += part
            continue
        close = market.close[first:]
        if len(bars) > 1:
            place = np.searchsorted(market.ts[first:], ts, side="right") - 1
            close = np.where(place >= 0, close[np.maximum(place, 0)], close[0])
        worth += close * (part / close[0])
    return worth
