"""Market data: bars and their corrections."""

from __future__ import annotations

from typing import Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from schemas.events.base import DerivedEvent, SeriesEvent


class BarValues(BaseModel):
    """The five numbers of a bar: prices in the quote currency, high the highest, low the lowest."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", allow_inf_nan=False, use_attribute_docstrings=True
    )

    open: float
    high: float
    low: float
    close: float
    volume: float = Field(ge=0)
    """Units traded during the bar, as the source counts them: shares, contracts, coins."""

    @model_validator(mode="after")
    def check_range(self) -> Self:
        if self.high < self.low:
            raise ValueError(f"high {self.high} is below low {self.low}")
        if not self.low <= self.open <= self.high:
            raise ValueError(f"open {self.open} is outside low {self.low} to high {self.high}")
        if not self.low <= self.close <= self.high:
            raise ValueError(f"close {self.close} is outside low {self.low} to high {self.high}")
        return self


class BarClosed(SeriesEvent, BarValues):
    """A bar is complete."""


class BarCorrected(SeriesEvent, BarValues, DerivedEvent):
    """A bar came again with other values.

    It changes what is read and later research, never a state that has moved on.
    """

    previous: BarValues
