"""What shall run where: the fold of versions, deployments and faults.

Every worker reads them whole. There are few faults: whoever has had too many is suspended.
"""

from __future__ import annotations

from collections.abc import Iterator

from schemas.events.base import Event
from schemas.events.faults import DeploymentSuspended
from schemas.events.strategies import (
    DeploymentRefused,
    StrategyCompiled,
    StrategyDeployed,
    StrategyUndeployed,
)
from streams.activations import Activation


class Directory:
    """Versions by (strategy, number), and deployments by (strategy, id); the first of each counts.

    What one strategy's events say is in order, so all workers agree on the first. Where two
    strategies' deployments have one id, the activation says which of them a partition runs.
    """

    def __init__(self) -> None:
        self._versions: dict[tuple[str, int], StrategyCompiled] = {}
        self._deployments: dict[tuple[str, str], StrategyDeployed] = {}
        self._ended: set[tuple[str, str]] = set()

    def apply(self, event: Event) -> None:
        """Take in an event; a repeat changes nothing."""
        match event:
            case StrategyCompiled():
                self._versions.setdefault((event.strategy_id, event.version), event)
            case StrategyDeployed():
                self._deployments.setdefault((event.strategy_id, event.deployment_id), event)
            case StrategyUndeployed() | DeploymentRefused() | DeploymentSuspended():
                self._ended.add((event.strategy_id, event.deployment_id))
            case _:
                pass

    def deployment(self, activation: Activation) -> StrategyDeployed | None:
        """What was activated."""
        return self._deployments.get((activation.strategy_id, activation.deployment_id))

    def version_of(self, deployment: StrategyDeployed) -> StrategyCompiled | None:
        return self._versions.get((deployment.strategy_id, deployment.version))

    def versions_of(self, strategy_id: str) -> list[StrategyCompiled]:
        """All of a strategy, in no order."""
        return [version for (name, _), version in self._versions.items() if name == strategy_id]

    def is_ended(self, activation: Activation) -> bool:
        """Whether it was undeployed, refused, or, on any partition, suspended."""
        return (activation.strategy_id, activation.deployment_id) in self._ended

    def has_ended(self, deployment: StrategyDeployed) -> bool:
        """The same of one that is not activated yet."""
        return (deployment.strategy_id, deployment.deployment_id) in self._ended

    def wanted(self) -> Iterator[StrategyDeployed]:
        """Deployments that shall run and whose version is known, one of each id, in their order."""
        found: dict[str, StrategyDeployed] = {}
        for name, deployment in sorted(self._deployments.items()):
            if name not in self._ended and self.version_of(deployment) is not None:
                found.setdefault(deployment.deployment_id, deployment)
        yield from (found[deployment_id] for deployment_id in sorted(found))
