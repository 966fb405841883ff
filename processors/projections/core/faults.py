"""StrategyTrapped, DeploymentSuspended → a row of `faults`."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from processors.projections.core.times import utc
from schemas.events.faults import DeploymentSuspended, StrategyTrapped


class FaultRow(NamedTuple):
    """A trap, or the suspension that followed from it."""

    series_id: int
    source_offset: int
    seq: int
    ts: datetime
    deployment_id: str
    strategy_id: str
    version: int
    reason: str
    line: int | None
    traps: int
    suspends: bool


def fault_row(event: StrategyTrapped | DeploymentSuspended) -> FaultRow:
    """The row of a fault."""
    return FaultRow(
        series_id=event.series.id,
        source_offset=event.source_offset,
        seq=event.seq,
        ts=utc(event.ts),
        deployment_id=event.deployment_id,
        strategy_id=event.strategy_id,
        version=event.version,
        reason=event.reason,
        line=event.line,
        traps=event.traps,
        suspends=isinstance(event, DeploymentSuspended),
    )
