"""The words between strategy and host: columns of outputs, codes of orders, fields of positions."""

from __future__ import annotations

from enum import IntEnum


class SignalCode(IntEnum):
    """The code in the column `signal`."""

    NONE = 0
    ENTER_LONG = 1
    ENTER_SHORT = 2
    EXIT = 3
    ORDER = 4
    CANCEL = 5


CODE_BITS, SIZING_SHIFT, TIMING_SHIFT, LIFETIME_SHIFT = 0b111, 3, 5, 6
"""The column `signal` is code | sizing << 3 | timing << 5 | lifetime << 6, the latter three as
places in these. No order is 0, a market order of units for the next open its code alone."""
SIZINGS = ("units", "cash", "percent")
"""What the size counts: units, the account's currency, percent of the account's equity."""
TIMINGS = ("open", "close")
"""Where in the next bar an order without a price fills."""
LIFETIMES = ("gtc", "day", "bar")
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
