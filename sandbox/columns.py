"""The words between strategy and host: columns of outputs, codes of orders, fields of positions."""

from __future__ import annotations

from enum import IntEnum
from itertools import product
from typing import NamedTuple

from schemas.events.signals import Lifetime, Sizing, Timing


class SignalCode(IntEnum):
    """The code in the column `signal`."""

    NONE = 0
    ENTER_LONG = 1
    ENTER_SHORT = 2
    EXIT = 3
    ORDER = 4
    CANCEL = 5


CODE_BITS, SIZING_SHIFT, TIMING_SHIFT, LIFETIME_SHIFT, GUARDS_SHIFT = 0b111, 3, 5, 6, 8
"""The column `signal` is code | sizing << 3 | timing << 5 | lifetime << 6 | guards << 8, the three
in the middle as places in these. No order is 0, a market order of units for the next open its code
alone."""
CLOSING = 1 << 9
"""In the book's column `code`: a row of its own, at which an order fills at the bar's close."""
SIZINGS: tuple[Sizing, ...] = ("units", "cash", "percent")
"""What the size counts: units, the account's currency, percent of the account's equity; of an exit,
percent of the position."""
TIMINGS: tuple[Timing, ...] = ("open", "close")
"""Where in the next bar an order without a price fills."""
LIFETIMES: tuple[Lifetime, ...] = ("gtc", "day", "bar")
"""How long an order works: until cancelled, in the next bar's UTC day, in the next bar."""
PRICES = ("limit", "stop")
"""Of the order itself."""
PROTECTIVE = ("exit_limit", "exit_stop", "exit_trail")
"""Prices, the last a distance, at which the position is left."""
TERMS = ("size", *PRICES, *PROTECTIVE)
"""All that comes with an order."""
FLOAT_COLUMNS = (*TERMS, "score")
INT_COLUMNS = ("signal", "alerts")
POSITION_FIELDS = ("size", "entry_price", "bars_held", "open_profit")
"""Of the virtual account, as a strategy reads them."""


class Ordered(NamedTuple):
    """An order as the column `signal` has it, in words. guards: its protective prices are those of
    what is held already, too."""

    code: SignalCode
    sizing: Sizing = "units"
    at: Timing = "open"
    tif: Lifetime = "gtc"
    guards: bool = False

    @property
    def packed(self) -> int:
        """What the column `signal` holds of it."""
        return (
            self.code
            | SIZINGS.index(self.sizing) << SIZING_SHIFT
            | TIMINGS.index(self.at) << TIMING_SHIFT
            | LIFETIMES.index(self.tif) << LIFETIME_SHIFT
            | self.guards << GUARDS_SHIFT
        )


_ORDERED = {
    ordered.packed: ordered
    for ordered in map(
        Ordered._make, product(SignalCode, SIZINGS, TIMINGS, LIFETIMES, (False, True))
    )
}


def unpacked(signal: int) -> Ordered:
    """What a value of the column `signal` means. KeyError for one that means nothing."""
    return _ORDERED[signal]
