"""A foreign strategy's orders, made what the strategy language would have said of the same."""

from __future__ import annotations

import numpy as np

from sandbox.columns import PRICES, PROTECTIVE, TERMS, SignalCode
from sandbox.host.outputs import Floats, Ints

ENTRY_SIZE = 1.0  # of an entry that states none, as in the strategy language
_SIZE = TERMS.index("size")
_PRICES = slice(TERMS.index(PRICES[0]), TERMS.index(PRICES[-1]) + 1)
_PROTECTIVE = slice(TERMS.index(PROTECTIVE[0]), TERMS.index(PROTECTIVE[-1]) + 1)
_TERMS = slice(len(TERMS))


def settle(signal: Ints, floats: Floats) -> None:
    """Cancels in place of void orders (compiler/check/orders.py), with nothing beside them.

    The ABI has plain codes only: a foreign order is of units, for the next open, until cancelled.

    signal: (n,), floats: (len(TERMS) or more, n), both changed in place.
    """
    size, exits = floats[_SIZE], signal == SignalCode.EXIT
    enters = (signal == SignalCode.ENTER_LONG) | (signal == SignalCode.ENTER_SHORT)
    size[enters & np.isnan(size)] = ENTRY_SIZE
    floats[_PRICES, exits] = np.nan
    floats[_PROTECTIVE][np.isinf(floats[_PROTECTIVE])] = np.nan
    units = np.where(signal == SignalCode.ORDER, np.abs(size), size)
    counts = (units > 0.0) & (units < np.inf) | exits & np.isnan(size)
    void = ~counts | np.isinf(floats[_PRICES]).any(axis=0)
    signal[void & (signal != SignalCode.NONE)] = SignalCode.CANCEL
    floats[_TERMS, signal == SignalCode.CANCEL] = np.nan
