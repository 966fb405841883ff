"""What the book said, row by row → fills, in the order in which they came."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from processors.research.results import Fills
from sandbox.compiler.book import OUTPUTS
from sandbox.fills import FillRules, Reason
from schemas.columns import Floats, Ints

_AT = {name: place for place, name in enumerate(OUTPUTS)}
_SLIPPING = (
    *(Reason.MARKET, Reason.STOP, Reason.EXIT, Reason.STOP_LOSS, Reason.TRAILING_STOP),
    *(Reason.LIQUIDATION, Reason.MARKET_ON_CLOSE, Reason.EXIT_ON_CLOSE),
)
_ON_CLOSE = (Reason.MARKET_ON_CLOSE, Reason.EXIT_ON_CLOSE)


def fills_of(
    said: Floats, ts: Ints, symbol: Ints, volume: Floats, rules: FillRules
) -> tuple[Fills, Ints]:
    """The fills, and the row of `said` that each is of.

    said: (m, len(OUTPUTS)), the book's; ts, symbol, volume: of these rows' bars, (m,). Of one bar
    first comes what filled at its open, then what waited for a price, then protective prices,
    then what filled at its close.
    """
    packed = said[:, _AT["reasons"]].astype(np.int64)
    reasons = np.stack([packed >> 4 * slot & 15 for slot in range(3)])
    late = np.isin(reasons[0], _ON_CLOSE)
    reasons = np.stack([np.where(late, 0, reasons[0]), *reasons[1:], np.where(late, reasons[0], 0)])
    slots = (1, 2, 3, 1)
    units, prices, fees = (
        np.stack([said[:, _AT[f"{name}_{slot}"]] for slot in slots], axis=1)
        for name in ("units", "price", "fee")
    )
    filled = (reasons.T != 0) & (units != 0.0)
    rows, places = np.nonzero(filled)
    taken, price, reason = units[filled], prices[filled], reasons[places, rows]
    return Fills(
        ts=ts[rows],
        symbol=symbol[rows],
        units=taken,
        price=price,
        slippage=_slippage(taken, price, reason, volume[rows], rules),
        fee=fees[filled],
        volume=volume[rows],
        reason=reason,
    ), rows


def refused_of(said: Floats) -> Ints:
    """How many orders each row refused, for want of room or of a whole lot. said: as above."""
    return said[:, _AT["reasons"]].astype(np.int64) >> 12 & 15


def income_of(said: Floats) -> Floats:
    """Dividends less borrow of each row, in the account's currency. said: as above."""
    return said[:, _AT["income"]]


def _slippage(
    units: Floats, price: Floats, reason: Ints, volume: Floats, rules: FillRules
) -> Floats:
    """What the price was worse by, in the account's currency: the rules' worsening undone. At a
    price that the bar's range held back, the most that it can have been."""
    part = np.zeros(len(units))
    if rules.impact:
        np.divide(np.abs(units), volume, out=part, where=volume > 0.0)
        part[~(volume > 0.0)] = 1.0
    share = np.sign(units) * (rules.slip_share + rules.impact * np.minimum(part, 1.0) ** 2)
    before = (price - np.sign(units) * rules.slip) / (1.0 + share)
    cost: NDArray[np.float64] = np.abs(price - before) * np.abs(units)
    return np.where(np.isin(reason, _SLIPPING), cost, 0.0)
