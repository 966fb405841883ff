"""What a strategy says over whole bars, as lines, by the ways that a backtest and a screen have."""

from __future__ import annotations

from collections.abc import Mapping

from processors.research.verification.intents import Intent, intents_of
from processors.research.verification.voice import Open, columns_of, side_by_side, whole
from schemas.columns import BarColumns

_BESIDE_BARS = 61  # a call: no divisor of what else is cut


def in_one_call(open_: Open, bars: Mapping[str, BarColumns]) -> list[Intent]:
    """Of all bars of a symbol at once. bars: by symbol, as open_ has them."""
    say = whole(open_)
    return [
        intent
        for number, (symbol, each) in enumerate(bars.items())
        for intent in intents_of(symbol, each.ts, columns_of(say(number, each)))
    ]


def beside(open_: Open, bars: Mapping[str, BarColumns]) -> list[Intent]:
    """Among the others' bars. A symbol by itself gets a neighbour: its own later half."""
    symbols, columns = list(range(len(bars))), list(bars.values())
    if len(columns) == 1:
        symbols.append(0)
        columns.append(columns[0].take(slice(len(columns[0]) // 2, None)))
    said = side_by_side(open_, symbols, columns, _BESIDE_BARS)
    return [
        intent
        for (symbol, each), mine in zip(bars.items(), said, strict=False)
        for intent in intents_of(symbol, each.ts, mine)
    ]
