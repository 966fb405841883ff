"""Corporate actions: what changes a unit, or pays its holder, between two bars."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from schemas.events.base import Currency, Day, InstrumentEvent


class SplitDeclared(InstrumentEvent):
    """Each unit becomes others. A later event about the same day takes the place of this one."""

    ex_date: Day
    """A day in UTC: the first bar at or past its begin is the first in the new units."""
    ratio: Annotated[float, Field(gt=0)]
    """New units for an old one: 2.0 of a 2-for-1 split, 0.1 of a reverse split of ten into one;
    1.0 takes a split back."""


class DividendDeclared(InstrumentEvent):
    """Each unit is paid an amount of cash. A later event about the same day with the same
    `number` takes the place of this one."""

    ex_date: Day
    """A day in UTC: whoever held a unit before the first bar at or past its begin is paid."""
    amount: Annotated[float, Field(ge=0)]
    """For a unit as it was before the day, also where a split is on the same day; 0.0 takes a
    dividend back."""
    currency: Currency | None = None
    """Null: that of the instrument's prices."""
    number: Annotated[int, Field(ge=1)] = 1
    """Which of the day's dividends this is: an ordinary and a special one may fall together."""


Action = SplitDeclared | DividendDeclared
