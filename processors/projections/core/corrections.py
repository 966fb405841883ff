"""BarCorrected → a row of `corrections`."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from pydantic_core import to_json

from processors.projections.core.times import utc
from schemas.events.market import BarCorrected, BarValues


class CorrectionRow(NamedTuple):
    """One correction; the values are JSON objects of BarValues."""

    series_id: int
    source_offset: int
    seq: int
    ts: datetime
    new_values: str
    old_values: str


def correction_row(event: BarCorrected) -> CorrectionRow:
    """The row of a correction."""
    new_values = event.model_dump(include=set(BarValues.model_fields))
    return CorrectionRow(
        series_id=event.series.id,
        source_offset=event.source_offset,
        seq=event.seq,
        ts=utc(event.ts),
        new_values=to_json(new_values).decode(),
        old_values=to_json(event.previous).decode(),
    )
