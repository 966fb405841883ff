"""Why orders fill, and what a run says of it: at which prices, and what it costs."""

from __future__ import annotations

import math
import struct
from dataclasses import dataclass, fields
from enum import IntEnum
from typing import NamedTuple


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
    lot: units come in whole lots; tick: slipped prices are multiples of it, never to the better;
    0.0 for any.
    cash: at first, in the account's currency. leverage: largest value of all positions by
    equity, infinite for any; maintenance: the equity by their value below which all are closed.
    borrow, interest: by the year of 365 days, of the value that is short, and of cash that is owed.
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
    tick: float = 0.0


NO_COSTS = FillRules()
"""At the next open, without costs."""
UNLIMITED = FillRules(leverage=math.inf)
"""The same, and nothing is refused for want of room."""


class Trading(NamedTuple):
    """What a state block knows of its account. begin_us: orders fill from this time on."""

    rules: FillRules = UNLIMITED
    begin_us: int = 0

    @property
    def limited(self) -> bool:
        """Whether an order may come to another number of units than it asks for."""
        rules = self.rules
        return (
            rules.leverage < math.inf
            or rules.lot > 0.0
            or rules.maintenance > 0.0
            or self.begin_us > 0
        )

    def value(self, name: str) -> float:
        """name: of FILL_FIELDS."""
        if name == "limited":
            return float(self.limited)
        return float(self.begin_us if name == "begin" else getattr(self.rules, name))

    def words(self, names: tuple[str, ...]) -> tuple[int, ...]:
        """As a state block has them, each 8 bytes as a little-endian number."""
        packed = (struct.pack("<d", self.value(name)) for name in names)
        return tuple(int.from_bytes(word, "little") for word in packed)


_RULES = tuple(field.name for field in fields(FillRules))
FIRST_FILL_FIELDS = _RULES[: _RULES.index("tick")]
"""Those of modules that name none."""
FILL_FIELDS = (*_RULES, "limited", "begin")
"""What a state block knows of its account, in the order of the words; limited: 1.0 where the rules
have limits."""
