"""The same trades in another order: how deep the drawdowns might have been as well.

The account ends where it did, so what is told is the luck of the order alone.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from processors.research.montecarlo.rows import max_drawdowns, runs_together
from schemas.columns import Floats


def shuffled(values: Floats, runs: int, seed: int) -> Floats:
    """The values in so many orders, (runs, n), each as likely as every other."""
    return np.random.default_rng(seed).permuted(np.tile(values, (runs, 1)), axis=1)


def growths(pnl: Floats, cash: float) -> Floats:
    """What each trade multiplied the account by, as it was when the trade was closed: they
    compound to the same end in every order. Raises ValueError where nothing was left to multiply.

    pnl: of closed trades in the order of their exits, net, in the account's currency. cash: at
    first.
    """
    account = cash + np.concatenate([[0.0], np.cumsum(pnl)])
    if not (account > 0.0).all():
        raise ValueError("the trades lost the account: no other order of them says anything")
    found: Floats = account[1:] / account[:-1]
    return found


def shuffled_drawdowns(
    growths: Floats, runs: int, seed: int, heard: Callable[[int], object] = lambda _: None
) -> Floats:
    """The deepest drawdown of the account after each trade, a fraction ≤ 0, in so many orders.
    heard: how many were done more."""
    found, together = [], runs_together(len(growths))
    seeds = np.random.SeedSequence(seed).generate_state(-(-runs // together))
    for part, start in enumerate(range(0, runs, together)):
        orders = shuffled(growths, min(together, runs - start), int(seeds[part]))
        found.append(order_drawdowns(orders))
        heard(len(orders))
    return np.concatenate(found)


def order_drawdowns(orders: Floats) -> Floats:
    """The same of given orders, (runs, n)."""
    if not orders.shape[1]:
        return np.zeros(len(orders))
    return max_drawdowns(np.multiply.accumulate(orders, axis=1), 1.0)
