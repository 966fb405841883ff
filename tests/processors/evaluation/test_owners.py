"""Deployments join, leave and trap while their partition goes from worker to worker: each event is
on the log, the same each time, and readers see each once."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from hypothesis import given, settings
from hypothesis import strategies as st

from processors.evaluation.core import EvaluationFold
from processors.evaluation.history import History, resume, unfinished
from schemas.events.strategies import PartitionClaimed, StrategyActivated, StrategyDeactivated
from streams.activations import Activation, PartitionActivations, advance
from streams.catalog import ALERTS, FAULTS, SIGNALS
from streams.snapshots import Snapshot
from tests.processors.evaluation.deployed import Deployed
from tests.processors.owners import EVERYTHING, Owner, Partition, Step, live, steps
from tests.records import Written, all_written, walk

WALK = walk(240, seed=4)
IDS = ("bands", "channel", "cross", "narrow", "fragile")


class EvaluatedPartition(Partition):
    """A partition whose owners claim it, and let deployments join and leave as the agent does."""

    def __init__(self, deployed: Deployed) -> None:
        super().__init__(WALK, self._make_evaluation)
        self._deployed = deployed
        self._state = PartitionActivations()
        self._epochs: dict[str, int] = {}

    async def take_over(self, version: str = "1", generation: int | None = None) -> Owner:
        epoch = self._state.epoch + 1
        self._write(PartitionClaimed(partition=0, epoch=epoch, owner="test"))
        owner = await super().take_over(version, epoch)
        self._epochs[owner.name] = epoch
        return owner

    async def _make_evaluation(self, snapshot: Snapshot) -> EvaluationFold:
        fold = self._deployed.fold(snapshot)
        active = self._state.activations
        runs = [
            self._deployed.run(activation.deployment_id)
            for activation in unfinished(active, snapshot.next_offset)
        ]
        history = resume(fold, 1, active, runs, snapshot)
        self._read(history, history.target)
        history.hand_over(fold)
        return fold

    def _read(self, history: History, target: int) -> None:
        for start in range(0, target, 64):
            history.advance(self.records[start : min(start + 64, target)])

    async def happen(self, what: str, owner: Owner, much: int) -> None:
        deployment_id = IDS[much % len(IDS)]
        activation = self._state.activations.get(deployment_id)
        if not self._may_settle(owner):
            return
        if what == "join" and activation is None:
            self._join(owner, deployment_id)
        elif what == "leave" and activation is not None and activation.until_offset is None:
            self._leave(owner, activation)

    def _may_settle(self, owner: Owner) -> bool:
        assert isinstance(owner.fold, EvaluationFold)
        return owner.fold.is_caught_up(owner.next_offset) and not owner.sending

    def _join(self, owner: Owner, deployment_id: str) -> None:
        fold = owner.fold
        assert isinstance(fold, EvaluationFold)
        run = self._deployed.run(deployment_id)
        history = History(0, 1, fold.roster, [run])
        self._read(history, owner.next_offset)
        event = StrategyActivated(
            deployment_id=deployment_id,
            strategy_id=run.deployment.strategy_id,
            partition=0,
            from_offset=self.published,
            epoch=self._epochs[owner.name],
        )
        if self._write(event):
            history.hand_over(fold)
            fold.apply(self._state.activations)

    def _leave(self, owner: Owner, activation: Activation) -> None:
        assert isinstance(owner.fold, EvaluationFold)
        event = StrategyDeactivated(
            deployment_id=activation.deployment_id,
            strategy_id=activation.strategy_id,
            partition=0,
            from_offset=self.published,
            epoch=self._epochs[owner.name],
        )
        if self._write(event):
            owner.fold.apply(self._state.activations)

    def _write(self, event: PartitionClaimed | StrategyActivated | StrategyDeactivated) -> bool:
        """Whether it counts; who wrote what does not has lost the partition, and says no more."""
        self._state = advance(self._state, [event])
        return event.epoch == self._state.epoch

    def send(self, owner: Owner, count: int) -> None:
        super().send(owner, count)
        if owner.wrote_everything and not owner.sending:
            assert isinstance(owner.fold, EvaluationFold)
            owner.fold.drop_ended(owner.next_offset)

    def uninterrupted(self) -> dict[str, list[Written]]:
        """What runs say that were there from the very first bar, while they are active."""
        fold = self._deployed.running(*self._state.activations.values())
        outputs = asyncio.run(fold.advance(WALK))
        return all_written([outputs])


def check(deployed: Deployed, happens: Sequence[Step]) -> dict[str, list[Written]]:
    """Readers see what was said without any interruption, on every topic."""
    partition = EvaluatedPartition(deployed)
    seen = asyncio.run(live(partition, happens))
    assert seen == partition.uninterrupted()
    assert seen.keys() == {SIGNALS.name, ALERTS.name, FAULTS.name}
    return seen


JOIN = st.tuples(st.just("join"), st.sampled_from([0, 0, 1]), st.integers(0, 4))
LEAVE = st.tuples(st.just("leave"), st.sampled_from([0, 0, 1]), st.integers(0, 4))
SETUP: list[Step] = [("join", 0, 0), ("join", 0, 1), ("join", 0, 4)]


@settings(max_examples=80, deadline=None, derandomize=True)
@given(happens=steps(JOIN, JOIN, LEAVE))
def test_whatever_happens_to_owners_readers_see_each_event_once(
    deployed: Deployed, happens: list[Step]
) -> None:
    check(deployed, SETUP + happens)


@settings(max_examples=30, deadline=None, derandomize=True)
@given(
    first=st.integers(1, 90),
    joined=st.integers(0, 50),
    more=st.integers(1, 60),
    kept=st.integers(0, 14),
)
def test_a_checkpoint_may_be_cut_short_after_deployments_joined_and_left(
    deployed: Deployed, first: int, joined: int, more: int, kept: int
) -> None:
    seen = check(
        deployed,
        [
            *SETUP,
            ("publish", 0, first),
            ("advance", 0, EVERYTHING),
            ("save", 0, EVERYTHING),
            ("publish", 0, joined),
            ("advance", 0, joined // 2),
            ("join", 0, 2),
            ("leave", 0, 0),
            ("publish", 0, more),
            ("advance", 0, EVERYTHING),
            ("save", 0, kept),
        ],
    )
    assert len(seen[SIGNALS.name]) > 20
    assert len(seen[FAULTS.name]) > 10


def test_a_late_checkpoint_of_a_worker_that_lost_the_partition_does_not_hide_who_joined_since(
    deployed: Deployed,
) -> None:
    check(
        deployed,
        [
            *SETUP,
            ("publish", 0, 200),
            ("advance", 0, 50),
            ("save", 0, EVERYTHING),
            ("take over", 0, 0),
            ("join", 0, 2),
            ("leave", 0, 0),
            ("publish", 0, 100),
            ("advance", 1, 150),
            ("save", 1, EVERYTHING),
        ],
    )


def test_a_deployment_joins_while_the_fold_repeats_what_a_cut_checkpoint_had_seen(
    deployed: Deployed,
) -> None:
    check(
        deployed,
        [
            *SETUP,
            ("publish", 0, 160),
            ("advance", 0, 100),
            ("save", 0, EVERYTHING),
            ("advance", 0, 50),
            ("save", 0, 9),
            ("take over", 0, 0),
            ("save", 0, EVERYTHING),
            ("join", 0, 3),
            ("advance", 0, EVERYTHING),
            ("join", 0, 3),
            ("publish", 0, 80),
            ("advance", 0, EVERYTHING),
        ],
    )
