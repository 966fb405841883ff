"""AlertRaised → a row of `alerts`."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from processors.projections.core.times import utc
from schemas.events.signals import AlertRaised


class AlertRow(NamedTuple):
    """One alert at one bar."""

    series_id: int
    source_offset: int
    seq: int
    ts: datetime
    deployment_id: str
    strategy_id: str
    version: int
    alert: int
    message: str


def alert_row(event: AlertRaised) -> AlertRow:
    """The row of an alert."""
    return AlertRow(
        series_id=event.series.id,
        source_offset=event.source_offset,
        seq=event.seq,
        ts=utc(event.ts),
        deployment_id=event.deployment_id,
        strategy_id=event.strategy_id,
        version=event.version,
        alert=event.alert,
        message=event.message,
    )
