"""The fold that says which deployment counts from which bar on."""

from __future__ import annotations

from schemas.events.base import Event
from schemas.events.strategies import PartitionClaimed, StrategyActivated, StrategyDeactivated
from streams.activations import Activation, PartitionActivations, advance


def claimed(epoch: int) -> Event:
    return PartitionClaimed(partition=0, epoch=epoch, owner=f"w{epoch}")


def activated(from_offset: int, epoch: int, deployment: str = "d") -> Event:
    return StrategyActivated(
        deployment_id=deployment,
        strategy_id="s",
        partition=0,
        from_offset=from_offset,
        epoch=epoch,
    )


def deactivated(from_offset: int, epoch: int) -> Event:
    return StrategyDeactivated(
        deployment_id="d", strategy_id="s", partition=0, from_offset=from_offset, epoch=epoch
    )


def folded(*events: Event) -> PartitionActivations:
    return advance(PartitionActivations(), events)


def test_the_first_activation_and_the_first_deactivation_count() -> None:
    state = folded(activated(5, 1), activated(3, 1), deactivated(9, 1), deactivated(7, 1))
    assert state.activations == {"d": Activation("d", "s", 5, 9)}


def test_a_deactivation_before_the_activation_is_ignored() -> None:
    assert folded(deactivated(2, 1), activated(5, 1)).activations["d"].until_offset is None


def test_an_ended_deployment_is_not_activated_again() -> None:
    state = folded(activated(5, 1), deactivated(9, 1), activated(20, 2))
    assert state.activations["d"] == Activation("d", "s", 5, 9)


def test_a_worker_that_lost_the_partition_no_longer_counts() -> None:
    state = folded(claimed(1), claimed(2), activated(5, 1), activated(6, 2), claimed(1))
    assert state == PartitionActivations(2, {"d": Activation("d", "s", 6)})
    assert advance(state, [deactivated(8, 1)]) == state


def test_an_activation_covers_its_bars_only() -> None:
    active = Activation("d", "s", from_offset=5, until_offset=9)
    assert [offset for offset in range(12) if active.covers(offset)] == [5, 6, 7, 8]


def test_the_state_that_went_in_is_left_as_it_was() -> None:
    before = folded(activated(5, 1))
    advance(before, [deactivated(9, 1), activated(5, 1, "another")])
    assert before == folded(activated(5, 1))
