"""A foreign strategy's orders, made what the strategy language would have said of the same."""

from __future__ import annotations

import numpy as np

from sandbox.host.outputs import FLOAT_COLUMNS, Floats, Ints, SignalCode

ENTRY_SIZE = 1.0  # of an entry that states none, as in the strategy language
_SIZE = FLOAT_COLUMNS.index("size")
_PRICES = slice(FLOAT_COLUMNS.index("limit"), FLOAT_COLUMNS.index("stop") + 1)
_PROTECTIVE = slice(FLOAT_COLUMNS.index("exit_limit"), FLOAT_COLUMNS.index("exit_trail") + 1)
_TERMS = slice(_SIZE, _PROTECTIVE.stop)


def settle(signal: Ints, floats: Floats) -> None:
    """Cancels in place of void orders (compiler/check/orders.py), with nothing beside them.

    signal: (n,), floats: (len(FLOAT_COLUMNS) or more, n), both changed in place.
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
