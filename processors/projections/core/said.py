"""AlertRaised → a row of `alerts`; StrategyTrapped, DeploymentSuspended → a row of `faults`."""

from __future__ import annotations

from datetime import datetime

from processors.projections.core.times import utc
from schemas.events.faults import DeploymentSuspended, Fault
from schemas.events.signals import AlertRaised

Origin = tuple[int, int, int, datetime, str, str, int]
"""The columns that both tables begin with: `tables.EVENT` and `tables.DEPLOYED`."""


def alert_row(event: AlertRaised) -> tuple[*Origin, int, str]:
    """The row of an alert."""
    return (*origin(event), event.alert, event.message)


def fault_row(event: Fault) -> tuple[*Origin, str, int | None, int, bool]:
    """The row of a trap, or of the suspension that followed from it."""
    suspends = isinstance(event, DeploymentSuspended)
    return (*origin(event), event.reason, event.line, event.traps, suspends)


def origin(event: AlertRaised | Fault) -> Origin:
    """At which bar of which series something was said, and whose version said it."""
    return (
        event.series.id,
        event.source_offset,
        event.seq,
        utc(event.ts),
        event.deployment_id,
        event.strategy_id,
        event.version,
    )
