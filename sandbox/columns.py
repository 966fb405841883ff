"""The words between strategy and host: columns of outputs, codes of orders, fields of positions."""

from __future__ import annotations

from enum import IntEnum


class SignalCode(IntEnum):
    """Values of the column `signal`."""

    NONE = 0
    ENTER_LONG = 1
    ENTER_SHORT = 2
    EXIT = 3
    ORDER = 4
    CANCEL = 5


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
