"""A partition's activations → rows of `partition_epochs` and `activations`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from schemas.events.base import Event
from schemas.events.strategies import StrategyActivated, StrategyDeactivated
from streams.activations import Activation, PartitionActivations


class EpochRow(NamedTuple):
    """The fence of a partition."""

    partition: int
    epoch: int


class ActivationRow(NamedTuple):
    """Where a deployment counts: bars of [from_offset, until_offset) of a partition."""

    deployment_id: str
    partition: int
    strategy_id: str
    from_offset: int
    until_offset: int | None


Key = tuple[str, int]


def keys_of(events: Iterable[Event]) -> set[Key]:
    """The keys of the activations that events may change."""
    return {
        (event.deployment_id, event.partition)
        for event in events
        if isinstance(event, StrategyActivated | StrategyDeactivated)
    }


def state_of(
    epochs: Iterable[EpochRow], activations: Iterable[ActivationRow]
) -> PartitionActivations:
    """A partition's state from its rows."""
    return PartitionActivations(
        epoch=max((row.epoch for row in epochs), default=0),
        activations={
            row.deployment_id: Activation(
                row.deployment_id, row.strategy_id, row.from_offset, row.until_offset
            )
            for row in activations
        },
    )


def rows_of(
    partition: int, state: PartitionActivations
) -> tuple[list[EpochRow], list[ActivationRow]]:
    """A partition's rows from its state; no fence row before its first claim."""
    epochs = [EpochRow(partition, state.epoch)] if state.epoch else []
    return epochs, [
        ActivationRow(
            active.deployment_id,
            partition,
            active.strategy_id,
            active.from_offset,
            active.until_offset,
        )
        for active in state.activations.values()
    ]
