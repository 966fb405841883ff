"""A trap is an event; after so many a deployment is suspended, where the log alone says."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from processors.evaluation.core import EvaluationFold
from processors.evaluation.traps import TrapLog
from sandbox.host.instance import Instance
from sandbox.host.outputs import Outputs
from schemas.columns import BarColumns
from schemas.events.faults import DeploymentSuspended, StrategyTrapped
from schemas.events.strategies import TRAPS_MAX
from streams.activations import Activation
from streams.catalog import FAULTS, SIGNALS
from streams.codec import decode
from streams.records import Record
from streams.snapshots import Snapshot
from tests.processors.evaluation.deployed import Deployed
from tests.records import Written, all_written, pieces, walk

WALK = walk(400, seed=3)
BANDS = Activation("bands", "bollinger_reversion", 0)
FRAGILE = Activation("fragile", "fragile", 50)


def folded(fold: EvaluationFold, batches: Sequence[Sequence[Record]]) -> dict[str, list[Written]]:
    async def advance() -> dict[str, list[Written]]:
        return all_written([await fold.advance(batch) for batch in batches])

    return asyncio.run(advance())


def faults(written: dict[str, list[Written]]) -> list[Any]:
    found = []
    for key, value, headers, _ in written[FAULTS.name]:
        event = decode(value, headers, FAULTS.events)
        assert isinstance(event, StrategyTrapped | DeploymentSuspended)
        assert event.series.key.encode() == key
        found.append(event)
    return found


def spoken(written: dict[str, list[Written]], deployment_id: str) -> list[Any]:
    """The signals of a deployment, without place and receipt."""
    found = [json.loads(value or b"") for _, value, *_ in written[SIGNALS.name]]
    return [
        {name: signal[name] for name in ("symbol", "feed", "ts", "action", "price")}
        for signal in found
        if signal["deployment_id"] == deployment_id
    ]


@pytest.fixture(scope="module")
def whole(deployed: Deployed) -> dict[str, list[Written]]:
    return folded(deployed.running(BANDS, FRAGILE), [WALK])


def test_each_trap_of_an_active_deployment_is_an_event_and_the_last_one_suspends_it(
    whole: dict[str, list[Written]],
) -> None:
    *traps, suspended = faults(whole)
    assert {type(trap) for trap in traps} == {StrategyTrapped}
    assert [trap.traps for trap in traps] == list(range(1, TRAPS_MAX + 1))
    assert all(trap.ts // 86_400_000_000 % 3 == 0 and trap.source_offset >= 50 for trap in traps)
    assert len({trap.series for trap in traps}) > 1, "they are counted together"
    assert isinstance(suspended, DeploymentSuspended)
    assert suspended.author == "test"
    assert suspended.model_dump(exclude={"author", "seq"}) == traps[-1].model_dump(exclude={"seq"})
    marks = [(fault.source_offset, fault.seq) for fault in (*traps, suspended)]
    assert marks == sorted(set(marks)), "marks rise within the partition"


def test_a_suspended_deployment_says_nothing_more_and_the_others_all_that_they_had_said(
    deployed: Deployed, whole: dict[str, list[Written]]
) -> None:
    suspended_at = faults(whole)[-1].source_offset
    said = [json.loads(value or b"") for _, value, *_ in whole[SIGNALS.name]]
    fragile = [s["source_offset"] for s in said if s["deployment_id"] == "fragile"]
    assert fragile and max(fragile) < suspended_at < len(WALK) - 50
    alone = folded(deployed.running(BANDS), [WALK])
    assert spoken(whole, "bands") == spoken(alone, "bands")


def test_a_trap_costs_its_bar_alone(deployed: Deployed, whole: dict[str, list[Written]]) -> None:
    days = [signal["ts"] // 86_400_000_000 for signal in spoken(whole, "fragile")]
    assert {day % 3 for day in days} == {1, 2}


@settings(max_examples=30, deadline=None, derandomize=True)
@given(cuts=st.lists(st.integers(1, len(WALK)), max_size=12))
def test_faults_do_not_depend_on_where_the_log_is_cut(
    deployed: Deployed, whole: dict[str, list[Written]], cuts: list[int]
) -> None:
    assert folded(deployed.running(BANDS, FRAGILE), pieces(WALK, cuts)) == whole


def test_traps_before_the_activation_or_behind_its_end_do_not_count(deployed: Deployed) -> None:
    brief = Activation("fragile", "fragile", 100, until_offset=140)
    found = faults(folded(deployed.running(brief), [WALK]))
    assert 0 < len(found) < TRAPS_MAX
    assert all(100 <= trap.source_offset < 140 for trap in found)
    assert [trap.traps for trap in found] == list(range(1, len(found) + 1))


def test_a_suspended_deployment_is_evaluated_no_more_after_a_restart_either(
    deployed: Deployed, monkeypatch: pytest.MonkeyPatch
) -> None:
    evaluated = []

    def count(self: Instance, blocks: Any, bars: BarColumns) -> Outputs:
        evaluated.append(len(bars))
        return evaluate(self, blocks, bars)

    evaluate = Instance.evaluate
    monkeypatch.setattr(Instance, "evaluate", count)
    fold = deployed.running(FRAGILE)
    folded(fold, [WALK[:300]])
    entries = {name: state for name, state in fold.entries(everything=True) if state is not None}
    assert sum(evaluated) > 0
    evaluated.clear()
    assert folded(fold, [WALK[300:350]])[FAULTS.name] == []
    assert evaluated == []
    restored = deployed.fold(Snapshot(300, entries))
    run = deployed.run("fragile")
    for name, entry in entries.items():
        if name.startswith("run/fragile/"):
            run.restore(name.removeprefix("run/fragile/"), entry)
    restored.attach(run)
    restored.apply({"fragile": FRAGILE})
    assert folded(restored, [WALK[300:]])[FAULTS.name] == []
    assert evaluated == []


OFFSETS = st.lists(st.integers(0, 50), unique=True, max_size=12)


@settings(max_examples=200, deadline=None, derandomize=True)
@given(offsets=OFFSETS, limit=st.integers(1, 6), chance=st.randoms(use_true_random=False))
def test_where_a_deployment_is_suspended_follows_from_the_set_of_its_traps(
    offsets: list[int], limit: int, chance: Any
) -> None:
    log = TrapLog(limit)
    for offset in offsets:
        log.add(b"abc"[offset % 3 :][:1], [offset])
    kept = sorted(offsets)[:limit]
    assert log.suspended_at == (kept[-1] if len(offsets) >= limit else None)
    assert sorted(offset for some in log.by_key().values() for offset in some) == kept
    assert [log.count(offset) for offset in kept] == list(range(1, len(kept) + 1))
    again = TrapLog(limit)
    parts = [*log.by_key().items(), *log.by_key().items()]
    chance.shuffle(parts)
    for key, some in parts:
        again.add(key, some)
    assert again.by_key() == log.by_key()
    assert [log.covers(n) for n in range(60)] == [
        log.suspended_at is None or n <= log.suspended_at for n in range(60)
    ]
