"""No author takes more of a partition than there is for one; nobody else notices."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from processors.evaluation.budgets import HOST_STEPS, METER_BARS, Load, Meter, over_state, over_work
from processors.evaluation.core import EvaluationFold
from processors.evaluation.history import History
from processors.evaluation.refusals import Refusals
from schemas.events.strategies import DeploymentRefused, StrategyDeployed
from streams.activations import Activation
from streams.admission import admit
from streams.catalog import DEPLOYMENTS, SIGNALS
from streams.codec import Outgoing
from streams.producer import Position
from streams.settings import EvaluationSettings, KafkaSettings, Settings
from streams.snapshots import Snapshot
from tests.processors.evaluation.deployed import QUICK, Deployed, deployment_of
from tests.records import raw, walk

CROSS = "ema_cross_rsi"
WALK = walk(1_500, seed=5)


def by(author: str, name: str) -> StrategyDeployed:
    return deployment_of(name, CROSS, QUICK[CROSS]).model_copy(update={"author": author})


def names(refusals: list[DeploymentRefused]) -> list[str]:
    return [refused.deployment_id for refused in refusals]


def test_of_too_much_state_the_newest_goes_first() -> None:
    loads = [Load(by("ann", f"a{n}"), 40.0, since=100 - n) for n in range(3)]
    assert names(over_state(loads, 120)) == []
    assert names(over_state(loads, 119)) == ["a0"]
    assert names(over_state(loads, 79)) == ["a0", "a1"]
    candidate = Load(by("ann", "new"), 1.0)
    (refused,) = over_state([*loads, candidate], 120)
    assert (refused.deployment_id, refused.author, refused.reason) == ("new", "ann", "state_budget")
    assert "121 bytes" in refused.message and "120" in refused.message


def test_of_too_much_work_the_most_costly_goes_first() -> None:
    loads = [Load(by("ann", f"a{n}"), float(n)) for n in (30, 50, 40)]
    assert names(over_work(loads, 120)) == []
    assert names(over_work(loads, 119)) == ["a50"]
    assert names(over_work(loads, 69)) == ["a50", "a40"]


def test_each_author_has_a_budget_of_their_own() -> None:
    loads = [Load(by(author, f"{author}{n}"), 60.0) for author in ("ann", "bob") for n in (0, 1)]
    loads += [Load(by("cem", "cem0"), 100.0)]
    assert names(over_work(loads, 100)) == ["ann1", "bob1"]


def test_a_meter_averages_over_so_many_bars_and_counts_a_newcomer_from_nothing() -> None:
    meter = Meter()
    assert meter.read(METER_BARS - 1, {"a": 7}) == {}
    assert meter.read(METER_BARS, {"a": 5 * METER_BARS}) == {"a": 5.0}
    assert meter.read(METER_BARS + 1, {"a": 6 * METER_BARS}) == {}
    later = meter.read(3 * METER_BARS, {"a": 9 * METER_BARS, "b": METER_BARS})
    assert later == {"a": 2.0, "b": 0.5}


class Written:
    """A publisher that keeps what it is given."""

    def __init__(self) -> None:
        self.records: list[Outgoing] = []

    async def publish(self, topic: str, outgoing: Outgoing) -> Position:
        assert topic == DEPLOYMENTS.name
        self.records.append(outgoing)
        return Position(topic, 0, len(self.records))

    def events(self) -> list[Any]:
        """As everybody admits them."""
        found = [
            admit(
                raw(0, record.key, record.value, record.headers, DEPLOYMENTS.name), DEPLOYMENTS, 1
            )
            for record in self.records
        ]
        assert all(isinstance(event, DeploymentRefused) for event in found)
        return found


def refusals(written: Written, **budget: int) -> Refusals:
    kafka = KafkaSettings(partitions=1)
    known = Settings(kafka=kafka, evaluation=EvaluationSettings(**budget))
    return Refusals(known, written)  # type: ignore[arg-type]  # it only publishes


@pytest.fixture
def crowd(deployed: Deployed) -> EvaluationFold:
    """Three deployments of ann's and one of bob's, after all bars."""
    authors = {"a1": "ann", "a2": "ann", "a3": "ann", "b1": "bob"}
    for name, author in authors.items():
        deployed.directory.apply(by(author, name))
    fold = deployed.running(*(Activation(name, CROSS, 10) for name in authors))
    asyncio.run(fold.advance(WALK))
    return fold


def state_of(fold: EvaluationFold) -> int:
    """What one deployment of the crowd holds."""
    (first, *_) = fold.runs
    assert first.state_bytes == 3 * first.version.state_bytes > 0
    return first.state_bytes


async def test_a_deployment_that_does_not_fit_is_refused_before_it_begins(
    deployed: Deployed, crowd: EvaluationFold
) -> None:
    one = state_of(crowd)
    deployed.directory.apply(by("ann", "a4"))
    deployed.directory.apply(by("bob", "b2"))
    written = Written()
    known = refusals(written, author_state_bytes_max=3 * one)
    known.check(crowd, [deployed.run("a4"), deployed.run("b2")])
    await known.write()
    assert names(written.events()) == ["a4"]
    assert "a4" in known and "b2" not in known


async def test_what_series_that_came_since_made_too_large_is_refused_once(
    crowd: EvaluationFold,
) -> None:
    written = Written()
    known = refusals(written, author_state_bytes_max=3 * state_of(crowd) - 1)
    for _ in range(3):
        known.check(crowd, [])
        await known.write()
    assert names(written.events()) == ["a3"]


async def test_what_works_too_much_is_refused_while_it_runs(crowd: EvaluationFold) -> None:
    written = Written()
    known = refusals(written, author_steps_per_bar_max=2 * HOST_STEPS)
    known.check(crowd, [])
    await known.write()
    (first, second) = written.events()
    assert {first.author, second.author} == {"ann"}
    assert first.reason == second.reason == "work_budget"


async def test_a_deployment_that_fits_is_left_alone(crowd: EvaluationFold) -> None:
    written = Written()
    known = refusals(written, author_state_bytes_max=3 * state_of(crowd))
    known.check(crowd, [])
    await known.write()
    assert written.records == []


async def test_a_costly_newcomer_does_not_run_through_all_of_history(
    deployed: Deployed, crowd: EvaluationFold
) -> None:
    newcomers = [deployed.run("a1"), deployed.run("b1")]
    history = History(0, 1, crowd.roster, newcomers)
    history.advance(WALK)
    assert history.bars >= METER_BARS
    newcomers[0].steps *= 100
    written = Written()
    known = refusals(written, author_steps_per_bar_max=10 * HOST_STEPS)
    known.check_history(history)
    await known.write()
    assert names(written.events()) == ["a1"]
    assert [run.name for run in history.runs] == ["b1"]


async def test_a_deployment_that_cannot_run_is_told_why(deployed: Deployed) -> None:
    written = Written()
    known = refusals(written)
    known.unfit(by("ann", "bad"), "param 'fast_length': it is 1000, at most 50.")
    await known.write()
    (refused,) = written.events()
    assert (refused.reason, refused.strategy_id) == ("unfit", CROSS)
    assert "fast_length" in refused.message


async def test_a_series_that_there_is_no_room_for_costs_nobody_else_a_bar_and_refuses_its_own(
    deployed: Deployed,
) -> None:
    """Two series are there from the beginning; the third has no block left."""
    active = {name: Activation(name, CROSS, 0) for name in ("full", "beside")}
    fold, alone = deployed.fold(Snapshot()), deployed.fold(Snapshot())
    for name in active:
        deployed.directory.apply(by("ann", name))
        fold.attach(deployed.run(name, blocks_max=2 if name == "full" else 100))
        alone.attach(deployed.run(name))
    fold.apply(active)
    alone.apply(active)
    said, complete = await fold.advance(WALK), await alone.advance(WALK)
    first_two = {record.key for record in WALK[: len(WALK) // 2]}
    assert [
        signal.value
        for signal in complete[SIGNALS.name]
        if signal.key in first_two or json.loads(signal.value or b"")["deployment_id"] == "beside"
    ] == [signal.value for signal in said[SIGNALS.name]]
    assert len(said[SIGNALS.name]) < len(complete[SIGNALS.name])

    written = Written()
    known = refusals(written)
    for _ in range(2):
        known.check(fold, [])
        await known.write()
    (refused,) = written.events()
    assert (refused.deployment_id, refused.reason) == ("full", "unfit")
    assert "all 2 blocks are taken" in refused.message


async def test_a_partition_is_taken_over_though_there_is_no_room_for_all_of_its_state(
    deployed: Deployed, crowd: EvaluationFold
) -> None:
    run = deployed.run("a1", blocks_max=1)
    prefix = "run/a1/"
    for name, entry in crowd.entries(everything=True):
        if name.startswith(prefix) and entry is not None:
            run.restore(name.removeprefix(prefix), entry)
    assert run.unfit is not None
    assert run.state_bytes == run.version.state_bytes
    assert len(run.entries(everything=True)) == 1


async def test_a_newcomer_that_there_is_no_room_for_never_joins(deployed: Deployed) -> None:
    deployed.directory.apply(by("ann", "wide"))
    deployed.directory.apply(by("ann", "fits"))
    fold = deployed.fold(Snapshot())
    newcomers = [deployed.run("wide", blocks_max=1), deployed.run("fits")]
    history = History(0, 1, fold.roster, newcomers)
    history.advance(WALK[:50])
    assert history.bars < METER_BARS
    written = Written()
    known = refusals(written)
    known.check_history(history)
    await known.write()
    assert names(written.events()) == ["wide"]
    assert [run.name for run in history.runs] == ["fits"]
