"""How orders fill and what that costs, as requests and deployments say it."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Rate = Annotated[float, Field(ge=0)]


class FillTerms(BaseModel):
    """How orders fill, and what that costs: the account and its market.

    Amounts are in the account's currency, rates are fractions.
    """

    model_config = ConfigDict(
        frozen=True, extra="forbid", allow_inf_nan=False, use_attribute_docstrings=True
    )

    at_close: float = Field(default=0.0, ge=0, le=1)
    """1 where an order without a price fills at the close at which it is given, 0 where it does at
    the next bar's open."""
    slip: Rate = 0.0
    """What the price is worse by, as an amount."""
    slip_share: Rate = 0.0
    """The same as a share of the price."""
    impact: Rate = 0.0
    """The same as a share at which the whole bar's volume would trade."""
    lot: Rate = 0.0
    """Units come in whole lots; 0 for any."""
    per_trade: Rate = 0.0
    """Commission of each fill."""
    per_unit: Rate = 0.0
    """Commission of a unit."""
    rate: Rate = 0.0
    """Commission by value."""
    minimum: Rate = 0.0
    """The least commission of a fill."""
    tier_1_from: Rate = 0.0
    tier_1_rate: float = Field(default=-1.0, ge=-1)
    """The rate once so much was traded in a UTC month; −1 for none."""
    tier_2_from: Rate = 0.0
    tier_2_rate: float = Field(default=-1.0, ge=-1)
    leverage: float = Field(default=1.0, gt=0)
    """Largest value of all positions by equity."""
    maintenance: Rate = 0.0
    """The equity by the positions' value below which all are closed."""
    borrow: Rate = 0.0
    """By the year, of the value that is short."""
    interest: Rate = 0.0
    """By the year, of cash that is owed."""
    cash: float = Field(default=10_000.0, gt=0)
    """At first."""
    tick: Rate = 0.0
    """Slipped prices are multiples of it, never to the better; 0 for any."""
