"""SignalEmitted → a row of `signals`."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from pydantic_core import to_json

from processors.projections.core.times import utc
from schemas.events.signals import SignalEmitted


class SignalRow(NamedTuple):
    """One signal; plots and receipt are JSON as the event holds them."""

    series_id: int
    source_offset: int
    seq: int
    ts: datetime
    deployment_id: str
    strategy_id: str
    version: int
    action: str
    price: float
    size: float | None
    score: float | None
    plots: str
    receipt: str


def signal_row(event: SignalEmitted) -> SignalRow:
    """The row of a signal."""
    return SignalRow(
        series_id=event.series.id,
        source_offset=event.source_offset,
        seq=event.seq,
        ts=utc(event.ts),
        deployment_id=event.deployment_id,
        strategy_id=event.strategy_id,
        version=event.version,
        action=event.action,
        price=event.price,
        size=event.size,
        score=event.score,
        plots=to_json(event.plots).decode(),
        receipt=to_json(event.receipt).decode(),
    )
