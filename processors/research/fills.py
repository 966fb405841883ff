"""What the book said, row by row → fills, in the order in which they came."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from processors.research.results import ACCOUNT, Fills, Income
from sandbox.compiler.book import OUTPUTS
from sandbox.fills import FillRules, Reason
from schemas.columns import Floats, Ints

_AT = {name: place for place, name in enumerate(OUTPUTS)}
_SLIPPING = (
    *(Reason.MARKET, Reason.STOP, Reason.EXIT, Reason.STOP_LOSS, Reason.TRAILING_STOP),
    *(Reason.LIQUIDATION, Reason.MARKET_ON_CLOSE, Reason.EXIT_ON_CLOSE),
)
_SLIPS = np.isin(np.arange(len(Reason) + 1), _SLIPPING)
_SLOTS = (1, 2, 3)
_COLUMNS = {
    name: np.array([_AT[f"{name}_{slot}"] for slot in _SLOTS]) for name in ("units", "price", "fee")
}
_SHIFTS = np.array([0, 4, 8])


def fills_of(
    said: Floats, ts: Ints, symbol: Ints, volume: Floats, rules: FillRules
) -> tuple[Fills, Ints]:
    """The fills, and the row of `said` that each is of.

    said: (m, len(OUTPUTS)), the book's; ts, symbol, volume: of these rows' bars, (m,). Of one bar
    first comes what filled at its open, then what waited for a price, then protective prices;
    what fills at its close has a row of its own.
    """
    rows, taken, at = _filled(said)
    price, fee, reason = said.take(at["price"]), said.take(at["fee"]), at["reason"]
    return Fills(
        ts=ts[rows],
        symbol=symbol[rows],
        units=taken,
        price=price,
        slippage=_slippage(taken, price, reason, volume[rows], rules),
        fee=fee,
        volume=volume[rows],
        reason=reason,
    ), rows


def units_of(said: Floats) -> tuple[Floats, Ints]:
    """The units of each of these fills, and the row of `said` that it is of: what is left of
    fills_of where nothing else matters."""
    rows, units, _ = _filled(said)
    return units, rows


def _filled(said: Floats) -> tuple[Ints, Floats, dict[str, Ints]]:
    """Each fill's row, in the order in which they came, and its units; where in `said`, flat, its
    price and its fee are; and its reason."""
    packed = said[:, _AT["reasons"]].astype(np.int64)
    reasons: Ints = (packed[:, None] >> _SHIFTS & 15).ravel()
    told = np.flatnonzero(reasons != 0)
    rows, slot = told // len(_SLOTS), told % len(_SLOTS)
    units = said.take(rows * len(OUTPUTS) + _COLUMNS["units"][slot])
    filled = units != 0.0
    if not filled.all():
        rows, slot, units, told = rows[filled], slot[filled], units[filled], told[filled]
    first = rows * len(OUTPUTS)
    at = {name: first + _COLUMNS[name][slot] for name in ("price", "fee")}
    return rows, units, at | {"reason": reasons[told]}


def refused_of(said: Floats) -> Ints:
    """How many orders each row refused, for want of room or of a whole lot. said: as above."""
    return said[:, _AT["reasons"]].astype(np.int64) >> 12 & 15


def income_of(said: Floats, ts: Ints, symbol: Ints) -> Income:
    """Of a row interest comes first, at the begin of its time. said, ts, symbol: as in fills_of."""
    amounts = np.stack([-said[:, _AT["owed"]], said[:, _AT["income"]]], axis=1)
    rows, own = np.nonzero(amounts)
    return Income(ts[rows], np.where(own, symbol[rows], ACCOUNT), amounts[rows, own])


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
    return np.where(_SLIPS[reason], cost, 0.0)
