"""What is traded, and by which rules."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from schemas.events.base import Currency, Day, InstrumentEvent

CALENDAR_PATTERN = r"^[A-Za-z0-9][A-Za-z0-9_/.-]{0,31}$"


class InstrumentListed(InstrumentEvent):
    """An instrument can be traded by these rules. The latest event about it counts."""

    tick_size: Annotated[float, Field(gt=0)]
    """The step between two prices."""
    lot: Annotated[float, Field(gt=0)]
    """The step between two sizes of an order: 1.0 for shares, 0.001 where parts are traded."""
    currency: Currency
    """Of its prices."""
    sector: Annotated[str, Field(min_length=1, max_length=80)] | None = None
    calendar: Annotated[str, Field(pattern=CALENDAR_PATTERN)]
    """Its sessions, by the name that the Python package exchange_calendars has for them: a market
    identifier code (ISO 10383) such as XNYS, or 24/7."""
    first_day: Day | None = None
    """Null where it is not known."""
    last_day: Day | None = None
    """Null while it is traded."""
