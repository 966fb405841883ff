"""Which strategies, versions and deployments there are: a fold of the log in this process.

A write is checked against this and nothing else. The four topics it folds are small, are
read from their first record at start, and are followed from then on, so the directory holds
all that the database's view holds and whatever that has yet to take in: a strategy compiled
10 ms ago is there. A process that wrote waits until it has read its own record, so its next
check knows of it. Two writers that create the same id within that moment both succeed, and
the log's order decides which source is the newer.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from schemas.events.base import Event
from schemas.events.strategies import (
    DeploymentRefused,
    ParamSpec,
    PartitionClaimed,
    StrategyActivated,
    StrategyCompiled,
    StrategyDeactivated,
    StrategyDeleted,
    StrategyDeployed,
    StrategyEdited,
    StrategyRejected,
    StrategyUndeployed,
)

Params = tuple[ParamSpec, ...]


@dataclass(slots=True)
class Strategy:
    """A strategy as last edited. versions: the inputs of each version."""

    name: str = ""
    author: str = ""
    last_edit_id: str = ""
    answered_edit_id: str = ""
    """The newest edit that became a version or was rejected."""
    deleted: bool = False
    versions: dict[int, Params] = field(default_factory=dict)

    @property
    def latest(self) -> int | None:
        """Its newest version, None while nothing compiled."""
        return max(self.versions, default=None)


@dataclass(slots=True)
class Deployment:
    """A deployment, as it was asked for; active until it is undeployed or refused."""

    strategy_id: str
    version: int
    active: bool = True
    is_nobodys: bool = False
    """Its author was erased, and with them all but what the log needs of it."""


Offsets = dict[int, int]
"""Per bar partition, the offset from which something takes effect."""


class Directory:
    """State of strategies and deployments after all events applied so far."""

    def __init__(self) -> None:
        self.strategies: dict[str, Strategy] = {}
        self.deployments: dict[str, Deployment] = {}
        self.activations: dict[str, Offsets] = {}
        """By deployment; a record may come before the deployment's own, on another topic."""
        self.deactivations: dict[str, Offsets] = {}
        self._epochs: dict[int, int] = {}

    def strategy(self, strategy_id: str) -> Strategy | None:
        """The strategy, unless it is unknown or deleted."""
        found = self.strategies.get(strategy_id)
        return None if found is None or found.deleted else found

    def active_deployments(self, strategy_id: str) -> list[str]:
        """Ids of the deployments of a strategy that are active, sorted."""
        return sorted(
            deployment_id
            for deployment_id, deployment in self.deployments.items()
            if deployment.active and deployment.strategy_id == strategy_id
        )

    def apply(self, event: Event) -> None:
        """Take one event in; a repeat changes nothing. Other events are ignored."""
        match event:
            case StrategyEdited():
                strategy = self.strategies.setdefault(event.strategy_id, Strategy())
                strategy.name = event.name
                strategy.author = event.author
                strategy.last_edit_id = event.edit_id
                strategy.deleted = False
            case StrategyDeleted():
                strategy = self.strategies.setdefault(event.strategy_id, Strategy())
                strategy.last_edit_id = event.edit_id
                strategy.deleted = True
            case StrategyCompiled():
                strategy = self.strategies.setdefault(event.strategy_id, Strategy())
                strategy.versions[event.version] = event.params
                strategy.answered_edit_id = event.edit_id
            case StrategyRejected():
                strategy = self.strategies.setdefault(event.strategy_id, Strategy())
                strategy.answered_edit_id = event.edit_id
            case StrategyDeployed():
                self.deployments.setdefault(
                    event.deployment_id,
                    Deployment(event.strategy_id, event.version, is_nobodys=not event.author),
                )
            case StrategyUndeployed() | DeploymentRefused():
                if event.deployment_id in self.deployments:
                    self.deployments[event.deployment_id].active = False
            case PartitionClaimed() | StrategyActivated() | StrategyDeactivated():
                self._apply_fenced(event)

    def _apply_fenced(
        self, event: PartitionClaimed | StrategyActivated | StrategyDeactivated
    ) -> None:
        """Of an activation topic's partition, only the newest owner's records count, and of
        those the first about a deployment."""
        if event.epoch < self._epochs.get(event.partition, 0):
            return
        if isinstance(event, PartitionClaimed):
            self._epochs[event.partition] = event.epoch
            return
        kind = self.activations if isinstance(event, StrategyActivated) else self.deactivations
        kind.setdefault(event.deployment_id, {}).setdefault(event.partition, event.from_offset)
