"""StrategyDeployed, StrategyUndeployed, DeploymentRefused → the row of `deployments`."""

from __future__ import annotations

from typing import NamedTuple

from pydantic_core import to_json

from processors.projections.core.fold import RowFold
from schemas.events.base import Event
from schemas.events.strategies import DeploymentRefused, StrategyDeployed, StrategyUndeployed


class DeploymentRow(NamedTuple):
    """A deployment; params and series are JSON as the event holds them, rules of what
    differs from the defaults."""

    deployment_id: str
    strategy_id: str
    version: int
    params: str
    series: str
    author: str
    traps_max: int
    rules: str | None
    active: bool
    refusal_reason: str | None = None
    refusal_message: str | None = None


Key = tuple[str, str]


def key_of(event: Event) -> Key:
    """The key of the row that an event changes."""
    assert isinstance(event, StrategyDeployed | StrategyUndeployed | DeploymentRefused)
    return event.deployment_id, event.strategy_id


def advance(row: DeploymentRow | None, event: Event, _offset: int) -> DeploymentRow | None:
    """The row after an event; None while there is none.

    A deployment is made once and ends once, as its activations do; why it was refused is told if
    that is what ended it.
    """
    if isinstance(event, StrategyDeployed):
        return row or DeploymentRow(
            deployment_id=event.deployment_id,
            strategy_id=event.strategy_id,
            version=event.version,
            params=to_json(event.params).decode(),
            series=to_json(event.series).decode(),
            author=event.author,
            traps_max=event.traps_max,
            rules=None
            if event.rules is None
            else event.rules.model_dump_json(exclude_defaults=True),
            active=True,
        )
    if row is None or not row.active:
        return row
    if isinstance(event, DeploymentRefused):
        return row._replace(
            active=False, refusal_reason=event.reason, refusal_message=event.message
        )
    return row._replace(active=False)


FOLD = RowFold(DeploymentRow._make, key_of, advance)
