"""What every event is: frozen, closed where produced, open where consumed, versioned."""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated, ClassVar, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from schemas.series import Feed, Instrument, Interval, Series, Symbol

TS_US_MIN = -2_208_988_800_000_000  # 1900-01-01
TS_US_MAX = 7_258_118_400_000_000  # 2200-01-01

TimestampUs = Annotated[int, Field(ge=TS_US_MIN, le=TS_US_MAX, strict=True)]
"""UTC microseconds since 1970, between the years 1900 and 2200."""


def _only_a_day(value: object) -> object:
    """Or a time would be taken for one, and digits for a time since 1970."""
    if type(value) is not date and not (
        isinstance(value, str) and re.fullmatch(r"\d{4}-\d\d-\d\d", value)
    ):
        raise ValueError("write a day as 2024-01-31")
    return value


Day = Annotated[date, BeforeValidator(_only_a_day)]
"""A calendar day, in JSON as `2024-01-31`; as a time, its begin at 00:00 UTC."""

Currency = Annotated[
    str, Field(pattern=r"^[A-Z]{3}$", description="A currency by its ISO 4217 code, as USD.")
]

ID_PATTERN = r"^[A-Za-z0-9][A-Za-z0-9._:-]{0,63}$"

Id = Annotated[
    str,
    Field(
        pattern=ID_PATTERN,
        description="A name: a letter or digit, then up to 63 letters, digits and . _ : -",
    ),
]


class Event(BaseModel):
    """A fact, or a request, on the log."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", allow_inf_nan=False, use_attribute_docstrings=True
    )

    schema_version: ClassVar[int] = 1
    owned: ClassVar[bool] = True
    """Whether it goes along when its author is erased. The end of something does not, or what it
    ended, which may be somebody else's, would go on."""

    outlives: ClassVar[bool] = False
    """Whether it stays when its author is erased, and only the name goes: others count on it."""

    @classmethod
    def event_type(cls) -> str:
        """The CloudEvents type: `peripheral.<Name>.v<version>`."""
        return f"peripheral.{cls.__name__}.v{cls.schema_version}"

    @property
    def person(self) -> str | None:
        """The person that it goes along with, None for nobody."""
        return (getattr(self, "author", None) or None) if self.owned else None

    @classmethod
    def read(cls, value: bytes) -> Self:
        """Decode a record's JSON; fields that a newer producer added are ignored.

        Raises pydantic.ValidationError.
        """
        return cls.model_validate_json(value, extra="ignore")


class SeriesEvent(Event):
    """An event of one series, keyed by it."""

    feed: Feed
    symbol: Symbol
    interval: Interval
    ts: TimestampUs
    """The bar's open in UTC microseconds since 1970; the bar is known at ts + interval."""

    @property
    def series(self) -> Series:
        return Series(self.feed, self.symbol, self.interval)


class InstrumentEvent(Event):
    """An event of an instrument, whatever the interval of its bars; keyed by it."""

    feed: Feed
    symbol: Symbol

    @property
    def instrument(self) -> Instrument:
        return Instrument(self.feed, self.symbol)


class DerivedEvent(Event):
    """An event computed from another: a replay writes it again, byte for byte the same.

    (source_offset, seq) rises within a partition; a reader keeps the highest it has seen
    and drops what is not above it.
    """

    source_offset: int = Field(ge=0)
    """Offset of the record it was computed from, on the input topic's partition of the same
    number."""
    seq: int = Field(ge=0)
    """Its place among the events computed from that record."""
