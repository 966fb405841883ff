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
_SHIFTS = np.array([0, 4, 8])


def fills_of(
    said: Floats, ts: Ints, symbol: Ints, volume: Floats, rules: FillRules
) -> tuple[Fills, Ints]:
    """The fills, and the row of `said` that each is of.

    said: (m, len(OUTPUTS)), the book's; ts, symbol, volume: of these rows' bars, (m,). Of one bar
    first comes what filled at its open, then what waited for a price, then protective prices;
    what fills at its close has a row of its own.
    """
    reasons = _reasons(said)
    units, prices, fees = (_in_order(said, name) for name in ("units", "price", "fee"))
    filled = np.flatnonzero((reasons != 0) & (units != 0.0))
    rows = filled // len(_SLOTS)
    taken, price, reason = units.take(filled), prices.take(filled), reasons.take(filled)
    return Fills(
        ts=ts[rows],
        symbol=symbol[rows],
        units=taken,
        price=price,
        slippage=_slippage(taken, price, reason, volume[rows], rules),
        fee=fees.take(filled),
        volume=volume[rows],
        reason=reason,
    ), rows


def units_of(said: Floats) -> tuple[Floats, Ints]:
    """The units of each of these fills, and the row of `said` that it is of: what is left of
    fills_of where nothing else matters."""
    units = _in_order(said, "units")
    filled = np.flatnonzero((_reasons(said) != 0) & (units != 0.0))
    return units.take(filled), filled // len(_SLOTS)


def _reasons(said: Floats) -> Ints:
    """Of each row's fills in their order, 0 where there is none; (m, 3)."""
    packed = said[:, _AT["reasons"]].astype(np.int64)
    reasons: Ints = packed[:, None] >> _SHIFTS & 15
    return reasons


def _in_order(said: Floats, name: str) -> Floats:
    """A column of each row's fills in their order, (m, 3)."""
    return said[:, [_AT[f"{name}_{slot}"] for slot in _SLOTS]]


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
