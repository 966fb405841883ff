"""A strategy with an order for every word, which the last two digits of bar.volume ask for."""

from __future__ import annotations

import numpy as np

from schemas.columns import BarColumns
from tests.sandbox.running import body

_LINES = (
    "enter_long(size=20.0)",
    "enter_short(size=30.0)",
    "exit()",
    "order(-15.0)",
    "order(25.0, limit=near)",
    "enter_long(size=10.0, stop=far)",
    "enter_short(size=20.0, stop=near, limit=bar.close)",
    "enter_long(size=10.0, stop_loss=bar.close * 0.98, take_profit=bar.close * 1.02)",
    "enter_short(size=10.0, trail=bar.close * 0.01)",
    "exit(stop=near, limit=far)",
    "exit(trail=bar.close * 0.005)",
    "exit(size=5.0)",
    "cancel()",
    "enter_short(size=40.0, limit=far)",
    "exit(stop=near, trail=bar.close * 0.004)",
    "enter_long(percent=50)",
    "enter_short(percent=60, stop_loss=far, take_profit=near)",
    "order(cash=-1500.0)",
    "order(cash=1200.0, limit=near, tif='day')",
    "order(percent=20, stop=far, tif='bar', trail=bar.close * 0.006)",
    "exit(percent=50)",
    "exit(percent=30, at='close')",
    "exit(at='close')",
    "enter_long(percent=80, at='close', stop_loss=near)",
    "enter_short(cash=3000.0, at='close', trail=bar.close * 0.005)",
    "order(-12.0, at='close', take_profit=near, stop_loss=far)",
    "order(percent=-30, limit=far, tif='bar')",
    "order(8.0, limit=bar.close * 0.99); exit(stop=near)",
    "enter_long(percent=200)",
)
CODES = len(_LINES)
"""0 asks for nothing, 1 and so on for the lines."""

SOURCE = body(
    "code = int(bar.volume) % 100",
    "near = bar.close * 0.997",
    "far = bar.close * 1.003",
    *(
        part
        for code, line in enumerate(_LINES, 1)
        for part in (f"if code == {code}:", *(f"    {each}" for each in line.split("; ")))
    ),
).replace("'", '"')


def asking(bars: BarColumns, seed: int, one_in: float) -> BarColumns:
    """The bars with volumes that ask for something, on average at one bar in so many."""
    chance = np.random.default_rng(seed)
    codes = np.where(
        chance.random(len(bars)) < 1 / one_in, chance.integers(1, CODES + 1, len(bars)), 0
    )
    volume = np.floor(bars.volume / 100.0) % 50 * 100.0 + codes
    return BarColumns(bars.ts, bars.open, bars.high, bars.low, bars.close, volume)
