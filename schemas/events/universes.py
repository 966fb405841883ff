"""Which symbols are looked at: lists, and rules that pick them by what was known at a time."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from schemas.events.base import Event, Id, TimestampUs
from schemas.series import Feed, Interval, Symbol

LISTED_MAX = 10_000
WINDOW_BARS = 20
WINDOW_BARS_MAX = 250

Amount = Annotated[float, Field(ge=0)]
Days = Annotated[int, Field(ge=0, le=100_000)]
Sector = Annotated[str, Field(min_length=1, max_length=80)]


class UniverseRule(BaseModel):
    """Bounds, both inclusive, of what is known of a symbol at a time; null for none.

    A symbol without what a bound is about, as one of two bars has no volatility, is left out.
    """

    model_config = ConfigDict(
        frozen=True, extra="forbid", allow_inf_nan=False, use_attribute_docstrings=True
    )

    price_min: Amount | None = None
    """Of the last close."""
    price_max: Amount | None = None
    dollar_volume_min: Amount | None = None
    """Of the mean of close × volume over the last `window_bars` bars."""
    dollar_volume_max: Amount | None = None
    volatility_min: Amount | None = None
    """Of the standard deviation of the last `window_bars` log returns, by the year; 0.2 is 20 %."""
    volatility_max: Amount | None = None
    age_days_min: Days | None = None
    """Since the instrument's first day; since its first bar where that is not known."""
    age_days_max: Days | None = None
    sectors: Annotated[tuple[Sector, ...], Field(max_length=100)] = ()
    """Of the instrument, any of these; all where empty."""
    top: int | None = Field(default=None, ge=1, le=LISTED_MAX)
    """Of those that are left, only so many, the highest by dollar volume."""
    window_bars: int = Field(default=WINDOW_BARS, ge=1, le=WINDOW_BARS_MAX)
    """How far dollar volume and volatility look back."""

    @model_validator(mode="after")
    def check_bounds(self) -> Self:
        for name in ("price", "dollar_volume", "volatility", "age_days"):
            low, high = getattr(self, f"{name}_min"), getattr(self, f"{name}_max")
            if low is not None and high is not None and low > high:
                raise ValueError(f"{name}_min is above {name}_max")
        return self


class UniverseDefined(Event):
    """A universe is this from a time on, until its next definition; a list or a rule.

    Of definitions of one universe from the same time on the latest event counts.
    """

    universe: Id
    feed: Feed
    interval: Interval
    """Of the bars that a rule looks at, and at whose closes a standing screen runs."""
    symbols: Annotated[tuple[Symbol, ...], Field(min_length=1, max_length=LISTED_MAX)] | None = None
    rule: UniverseRule | None = None
    effective_ts: TimestampUs
    """A list says nothing of the time before. A universe's first definition does where it is a
    rule, which sees only what was known then."""
    author: Annotated[str, Field(max_length=120)]

    @model_validator(mode="after")
    def check_kind(self) -> Self:
        if (self.symbols is None) == (self.rule is None):
            raise ValueError("give either symbols or a rule")
        if self.symbols is not None and len(set(self.symbols)) != len(self.symbols):
            raise ValueError("a symbol is named twice")
        return self
