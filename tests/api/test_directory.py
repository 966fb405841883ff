"""The directory: strategies and deployments as the log tells them, in any order of topics."""

from __future__ import annotations

from itertools import permutations

from api.log.directory import Directory
from schemas.events.base import Event
from schemas.events.strategies import (
    ParamSpec,
    PartitionClaimed,
    SeriesFilter,
    StrategyActivated,
    StrategyCompiled,
    StrategyDeleted,
    StrategyDeployed,
    StrategyEdited,
    StrategyRejected,
    StrategyUndeployed,
)

SPEC = ParamSpec(name="n", type="int", default=3, low=1, high=9)


def edited(edit: str) -> StrategyEdited:
    return StrategyEdited(strategy_id="s", edit_id=edit, name="S", source="x", author="a")


def compiled(edit: str, version: int) -> StrategyCompiled:
    return StrategyCompiled(
        strategy_id="s", edit_id=edit, version=version, name="S", author="a", source="x",
        source_sha256="0", wasm=b"", wasm_sha256="0", language_version="1", library_version="1",
        params=(SPEC,), plots=(), state_bytes=0, source_offset=version, seq=0,
    )  # fmt: skip


def deployed(deployment: str = "d") -> StrategyDeployed:
    return StrategyDeployed(
        deployment_id=deployment, strategy_id="s", version=1, params={}, series=SeriesFilter(),
        author="a",
    )  # fmt: skip


def activated(epoch: int, from_offset: int) -> StrategyActivated:
    return StrategyActivated(
        deployment_id="d", strategy_id="s", partition=0, from_offset=from_offset, epoch=epoch
    )


def after(*events: Event) -> Directory:
    directory = Directory()
    for event in events:
        directory.apply(event)
    return directory


def test_a_strategy_has_its_versions_and_the_state_of_its_last_edit() -> None:
    rejected = StrategyRejected(
        strategy_id="s", edit_id="e2", diagnostics=(), source_offset=2, seq=0
    )
    found = after(edited("e1"), compiled("e1", 1), edited("e2"), rejected).strategy("s")
    assert found is not None
    assert (found.latest, found.last_edit_id, found.answered_edit_id) == (1, "e2", "e2")
    assert found.versions == {1: (SPEC,)}


def test_a_deleted_strategy_is_gone_until_it_is_edited_again() -> None:
    deleted = StrategyDeleted(strategy_id="s", edit_id="e2", author="a")
    directory = after(edited("e1"), deleted)
    assert directory.strategy("s") is None
    directory.apply(edited("e3"))
    assert directory.strategy("s") is not None


def test_topics_may_be_read_in_any_order() -> None:
    events = (edited("e1"), compiled("e1", 1), deployed(), activated(1, 7))
    for order in permutations(events):
        directory = after(*order)
        found = directory.strategy("s")
        assert found is not None
        assert found.latest == 1
        assert directory.active_deployments("s") == ["d"]
        assert directory.activations == {"d": {0: 7}}


def test_an_undeployed_deployment_is_known_but_not_active() -> None:
    undeployed = StrategyUndeployed(deployment_id="d", strategy_id="s", author="a")
    directory = after(deployed(), deployed("d2"), undeployed)
    assert directory.active_deployments("s") == ["d2"]
    assert not directory.deployments["d"].active


def test_of_activations_the_first_of_the_newest_owner_counts() -> None:
    claimed = PartitionClaimed(partition=0, epoch=2, owner="w")
    directory = after(claimed, activated(1, 5), activated(2, 8), activated(2, 9))
    assert directory.activations == {"d": {0: 8}}


def test_a_repeat_changes_nothing() -> None:
    once = after(edited("e1"), compiled("e1", 1), deployed(), activated(1, 7))
    twice = after(
        *[e for e in (edited("e1"), compiled("e1", 1), deployed(), activated(1, 7)) for _ in "ab"]
    )
    assert once.strategies == twice.strategies
    assert once.deployments == twice.deployments
    assert once.activations == twice.activations
