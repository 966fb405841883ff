"""A seed gives the same faults and the same load always, and no kind of fault is left out."""

from __future__ import annotations

from itertools import islice, pairwise

from streams.batches import SESSION_TIMEOUT_S
from tests.chaos.faults import Absence, Join, Kill, Leave, Pause, Restart
from tests.chaos.load import Call, Write, load
from tests.chaos.schedule import FIRST_S, SERVERS, TOGETHER_S, rounds, schedule

MANY = [each.fault for each in schedule(1, 1_200, 9.0).faults]


def test_a_seed_gives_the_same_faults_and_another_gives_others() -> None:
    assert schedule(7, 300, 9.0) == schedule(7, 300, 9.0)
    assert schedule(7, 300, 9.0) != schedule(8, 300, 9.0)
    assert schedule(7, 300, 9.0).faults[:50] == schedule(7, 50, 9.0).faults


def test_a_seed_gives_the_same_load() -> None:
    assert list(islice(load(3, 4), 200)) == list(islice(load(3, 4), 200))
    assert list(islice(load(3, 4), 200)) != list(islice(load(4, 4), 200))


def test_every_dozen_has_every_kind() -> None:
    for dozen in (MANY[at : at + 12] for at in range(0, len(MANY), 12)):
        assert {Kill, Pause, Absence} < {type(fault) for fault in dozen}
        assert {Join, Leave} & {type(fault) for fault in dozen}
        assert {"broker", "database", "api"} <= {
            fault.target for fault in dozen if isinstance(fault, Kill)
        }
        assert any(f.for_s > SESSION_TIMEOUT_S for f in dozen if isinstance(f, Pause))
    assert any(isinstance(fault, Restart) for fault in MANY)


def test_whoever_leaves_had_joined_and_of_a_role_one_joins_at_a_time() -> None:
    joined: dict[str, str] = {}
    thirds = 0
    for fault in MANY:
        match fault:
            case Join(role, name):
                assert role not in joined.values() and name not in joined
                joined[name] = role
                thirds += role == "evaluation"
            case Leave(name):
                del joined[name]
            case Kill(target) | Pause(target) | Restart(target) if "-more" in target:
                assert target in joined
    assert thirds > 20


def test_servers_and_workers_are_hit_and_some_faults_come_together() -> None:
    planned = schedule(1, 1_200, 9.0).faults
    assert set(SERVERS) < {fault.target for fault in MANY if isinstance(fault, Restart)}
    assert planned[0].at_s == FIRST_S
    gaps = [later.at_s - each.at_s for each, later in pairwise(planned)]
    together = sum(gap <= TOGETHER_S for gap in gaps)
    assert 0.2 < together / len(gaps) < 0.3
    assert all(gap >= 0 for gap in gaps)


def test_rounds_begin_anew_and_leave_nothing_out() -> None:
    planned = schedule(5, 60, 9.0).faults
    parts = rounds(planned, 25)
    assert [len(part) for part in parts] == [25, 25, 10]
    assert [part[0].at_s for part in parts] == [FIRST_S] * 3
    assert [each.fault for part in parts for each in part] == [each.fault for each in planned]


def test_the_load_has_all_that_sources_and_people_do() -> None:
    steps = list(islice(load(1, 4), 3_000))
    calls = {(step.method, step.path.split("/")[2]) for step in steps if isinstance(step, Call)}
    assert calls == {
        *(("POST", "strategies"), ("PUT", "strategies")),
        *(("POST", "deployments"), ("DELETE", "deployments"), ("POST", "conversations")),
    }
    records = [record for step in steps if isinstance(step, Write) for _, record in step.records]
    assert any(record.value is None for record in records)
    assert len({(record.key, record.value) for record in records}) < len(records)
