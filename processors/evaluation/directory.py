"""What shall run where: the fold of versions and deployments, which every worker reads whole."""

from __future__ import annotations

from collections.abc import Iterator

from schemas.events.base import Event
from schemas.events.strategies import StrategyCompiled, StrategyDeployed, StrategyUndeployed


class Directory:
    """Versions by (strategy, number), and deployments by id; the first of each counts."""

    def __init__(self) -> None:
        self._versions: dict[tuple[str, int], StrategyCompiled] = {}
        self._deployments: dict[str, StrategyDeployed] = {}
        self._ended: set[str] = set()

    def apply(self, event: Event) -> None:
        """Take in an event; others than those of the two topics change nothing."""
        match event:
            case StrategyCompiled():
                self._versions.setdefault((event.strategy_id, event.version), event)
            case StrategyDeployed():
                self._deployments.setdefault(event.deployment_id, event)
            case StrategyUndeployed():
                self._ended.add(event.deployment_id)
            case _:
                pass

    def deployment(self, deployment_id: str) -> StrategyDeployed | None:
        return self._deployments.get(deployment_id)

    def version_of(self, deployment: StrategyDeployed) -> StrategyCompiled | None:
        return self._versions.get((deployment.strategy_id, deployment.version))

    def is_ended(self, deployment_id: str) -> bool:
        return deployment_id in self._ended

    def wanted(self) -> Iterator[StrategyDeployed]:
        """Deployments that shall run and whose version is known, in order of their ids."""
        for deployment_id, deployment in sorted(self._deployments.items()):
            if deployment_id not in self._ended and self.version_of(deployment) is not None:
                yield deployment
