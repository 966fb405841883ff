"""Why orders fill, and what a run says of it: at which prices, and what it costs."""

from __future__ import annotations

import struct
from dataclasses import astuple, dataclass, fields
from enum import IntEnum


class Reason(IntEnum):
    """Why a fill came about."""

    MARKET = 1
    LIMIT = 2
    STOP = 3
    STOP_LIMIT = 4
    EXIT = 5
    TAKE_PROFIT = 6
    STOP_LOSS = 7
    TRAILING_STOP = 8
    LIQUIDATION = 9
    """The account's equity fell below what its positions require."""
    MARKET_ON_CLOSE = 10
    EXIT_ON_CLOSE = 11
    END = 12
    """No fill: the position was still open when the bars ended, and is valued at the last close."""


@dataclass(frozen=True, slots=True)
class FillRules:
    """at_close: 1.0 where an order without a price fills at the close at which it is given, 0.0
    where it does at the next bar's open.
    slip, slip_share, impact: what the price is worse by, as an amount, as a share of it, and as
    a share at which the whole bar's volume would trade, falling with the square of the units'
    part of it; limits have none.
    per_trade, per_unit, rate, minimum: commission of each fill, of a unit, of the value, and the
    least of all three. tier_…: the rate once so much was traded in a UTC month; −1.0 for none.
    lot: units come in whole lots; 0.0 for any.
    cash: at first, in the account's currency. leverage: largest value of all positions by
    equity; maintenance: the equity by their value below which all are closed. borrow, interest:
    by the year of 365 days, of the value that is short, and of cash that is owed.
    """

    at_close: float = 0.0
    slip: float = 0.0
    slip_share: float = 0.0
    impact: float = 0.0
    lot: float = 0.0
    per_trade: float = 0.0
    per_unit: float = 0.0
    rate: float = 0.0
    minimum: float = 0.0
    tier_1_from: float = 0.0
    tier_1_rate: float = -1.0
    tier_2_from: float = 0.0
    tier_2_rate: float = -1.0
    leverage: float = 1.0
    maintenance: float = 0.0
    borrow: float = 0.0
    interest: float = 0.0
    cash: float = 10_000.0

    def words(self) -> tuple[int, ...]:
        """As a state block has them, each 8 bytes as a little-endian number."""
        return tuple(int.from_bytes(struct.pack("<d", value), "little") for value in astuple(self))


NO_COSTS = FillRules()
"""At the next open, without costs."""
FILL_FIELDS = tuple(field.name for field in fields(FillRules))
"""In the order of their words."""
