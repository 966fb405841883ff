"""The events by which a fork decides otherwise, as people and workers would have written them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from deploy.forks.past import Past
from deploy.forks.replacing import Replacement
from schemas.events.base import Event
from schemas.events.strategies import (
    StrategyActivated,
    StrategyCompiled,
    StrategyDeactivated,
    StrategyEdited,
    StrategyUndeployed,
)
from streams.activations import PartitionActivations
from streams.catalog import ACTIVATIONS, DEPLOYMENTS, EDITS, VERSIONS, Topic
from streams.codec import Outgoing, encode
from streams.producer import partition_of

SOURCE = "/peripheral/fork"


@dataclass(frozen=True, slots=True)
class Decision:
    """An event, and where it goes."""

    topic: Topic
    partition: int
    event: Event
    key: str


def settled_of(past: Past, since: Mapping[int, int]) -> Iterator[Decision]:
    """What had been decided and not taken effect yet: it does at the fork's moment, everywhere."""
    wanted = list(past.directory.wanted())
    for partition, offset in since.items():
        state = past.activations.get(partition, PartitionActivations())
        epoch = max(1, state.epoch)
        place = {"partition": partition, "from_offset": offset, "epoch": epoch}
        for activation in state.activations.values():
            if activation.until_offset is None and past.directory.is_ended(activation):
                name, strategy = activation.deployment_id, activation.strategy_id
                ended = StrategyDeactivated(deployment_id=name, strategy_id=strategy, **place)
                yield Decision(ACTIVATIONS, partition, ended, name)
        for deployment in wanted:
            name, strategy = deployment.deployment_id, deployment.strategy_id
            if name not in state.activations:
                begun = StrategyActivated(deployment_id=name, strategy_id=strategy, **place)
                yield Decision(ACTIVATIONS, partition, begun, name)


def edits_of(
    edits: Iterable[tuple[StrategyEdited, StrategyCompiled]], partitions: int
) -> Iterator[Decision]:
    """What was written, and what it was compiled to."""
    for edit, version in edits:
        partition = partition_of(edit.strategy_id.encode(), partitions)
        yield Decision(EDITS, partition, edit, edit.strategy_id)
        yield Decision(VERSIONS, partition, version, version.strategy_id)


def deployments_of(replaced: Iterable[Replacement], partitions: int) -> Iterator[Decision]:
    """The old one ends, the new one begins."""
    for each in replaced:
        key = each.old.strategy_id
        partition = partition_of(key.encode(), partitions)
        ended = StrategyUndeployed(
            deployment_id=each.old.deployment_id, strategy_id=key, author=each.old.author
        )
        yield Decision(DEPLOYMENTS, partition, ended, key)
        yield Decision(DEPLOYMENTS, partition, each.new, key)


def activations_of(
    replaced: Iterable[Replacement], past: Past, cuts: Mapping[int, int]
) -> Iterator[Decision]:
    """On each partition on which the old one was active, both at the bar of the cut."""
    by_old = {(each.old.strategy_id, each.old.deployment_id): each for each in replaced}
    for partition, active in sorted(past.active().items()):
        for activation in active:
            found = by_old.get((activation.strategy_id, activation.deployment_id))
            if found is None:
                continue
            place = {
                "strategy_id": activation.strategy_id,
                "partition": partition,
                "from_offset": max(cuts[partition], activation.from_offset),
                "epoch": max(1, past.activations[partition].epoch),
            }
            ended = StrategyDeactivated(deployment_id=activation.deployment_id, **place)
            begun = StrategyActivated(deployment_id=found.new.deployment_id, **place)
            for event in (ended, begun):
                yield Decision(ACTIVATIONS, partition, event, event.deployment_id)


def outgoing(fork: str, number: int, decision: Decision, ts_ms: int) -> Outgoing:
    """As a record of the fork. number: of the decision, among the fork's."""
    return encode(
        decision.event,
        key=decision.key,
        event_id=f"fork/{fork}/{number}",
        source=SOURCE,
        ts_us=ts_ms * 1000,
        timestamp_ms=ts_ms,
    )
