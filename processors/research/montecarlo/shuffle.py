"""The same trades in another order: how deep the drawdowns might have been as well.

The account ends where it did, so what is told is the luck of the order alone.
"""

from __future__ import annotations

import numpy as np

from processors.research.montecarlo.rows import max_drawdowns, runs_together
from schemas.columns import Floats


def shuffled(pnl: Floats, runs: int, seed: int) -> Floats:
    """The trades' profits in so many orders, (runs, n), each as likely as every other."""
    return np.random.default_rng(seed).permuted(np.tile(pnl, (runs, 1)), axis=1)


def shuffled_drawdowns(pnl: Floats, cash: float, runs: int, seed: int) -> Floats:
    """The deepest drawdown of the account after each trade, a fraction ≤ 0, in so many orders.

    pnl: of closed trades, net, in the account's currency; as they were, however large the account
    was when they were made. cash: at first.
    """
    found, together = [], runs_together(len(pnl))
    seeds = np.random.SeedSequence(seed).generate_state(-(-runs // together))
    for part, start in enumerate(range(0, runs, together)):
        orders = shuffled(pnl, min(together, runs - start), int(seeds[part]))
        equity = np.cumsum(orders, axis=1, out=orders)
        equity += cash
        found.append(max_drawdowns(equity, cash) if len(pnl) else np.zeros(len(orders)))
    return np.concatenate(found)
