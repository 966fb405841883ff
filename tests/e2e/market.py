"""Random walks as bars: enough movement that every example strategy has something to say."""

from __future__ import annotations

import random

from schemas.events.market import BarClosed

DAY_US = 86_400_000_000


def walk(symbol: str, count: int, *, feed: str, seed: int, start_ts: int = 0) -> list[BarClosed]:
    """`count` daily bars of one symbol."""
    dice = random.Random(f"{seed}/{symbol}")
    price = 100.0
    bars = []
    for day in range(count):
        opened = price
        price = max(1.0, price * (1 + dice.gauss(0, 0.02)))
        bars.append(
            BarClosed(
                feed=feed,
                symbol=symbol,
                interval="1d",
                ts=start_ts + day * DAY_US,
                open=opened,
                high=max(opened, price) * (1 + abs(dice.gauss(0, 0.005))),
                low=min(opened, price) * (1 - abs(dice.gauss(0, 0.005))),
                close=price,
                volume=float(dice.randrange(1_000, 1_000_000)),
            )
        )
    return bars


def market(
    symbols: int, count: int, *, feed: str, seed: int = 1, start_ts: int = 0
) -> list[BarClosed]:
    """The walks of several symbols, in the order of time."""
    walks = [
        walk(f"SYM{number}", count, feed=feed, seed=seed, start_ts=start_ts)
        for number in range(symbols)
    ]
    return [bar for day in zip(*walks, strict=True) for bar in day]
