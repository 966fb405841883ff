"""Which deployment counts from which bar on: the fold of one partition of the activations topic.

Shared by everybody who must agree on it: the evaluation agent and the projection.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from schemas.events.base import Event
from schemas.events.strategies import PartitionClaimed, StrategyActivated, StrategyDeactivated


@dataclass(frozen=True, slots=True)
class Activation:
    """A deployment emits signals on the bars of [from_offset, until_offset) of a partition."""

    deployment_id: str
    strategy_id: str
    from_offset: int
    until_offset: int | None = None

    def covers(self, offset: int) -> bool:
        """Whether a bar at that offset of the partition counts."""
        ended = self.until_offset is not None and offset >= self.until_offset
        return offset >= self.from_offset and not ended


@dataclass(frozen=True, slots=True)
class PartitionActivations:
    """One partition: its fence, and its activations by deployment id.

    epoch: records below it were written by a worker that had lost the partition.
    """

    epoch: int = 0
    activations: Mapping[str, Activation] = field(default_factory=dict)


def advance(state: PartitionActivations, events: Iterable[Event]) -> PartitionActivations:
    """The state after the events, in the order of the log.

    A claim raises the fence; what lies below it is ignored. The first activation of a deployment
    counts, and its first deactivation; both are final.
    """
    epoch = state.epoch
    activations = dict(state.activations)
    for event in events:
        match event:
            case PartitionClaimed():
                epoch = max(epoch, event.epoch)
            case StrategyActivated(deployment_id=deployment) if event.epoch >= epoch:
                activations.setdefault(
                    deployment, Activation(deployment, event.strategy_id, event.from_offset)
                )
            case StrategyDeactivated(deployment_id=deployment) if event.epoch >= epoch:
                active = activations.get(deployment)
                if active is not None and active.until_offset is None:
                    activations[deployment] = replace(active, until_offset=event.from_offset)
            case _:
                pass
    return PartitionActivations(epoch, activations)
