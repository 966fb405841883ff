"""Writes through a live API: each waits for the event that answers it, or says where it lies.

The part of the compilation and evaluation agents is played by writing what they would.
"""

from __future__ import annotations

import asyncio
import time
from base64 import urlsafe_b64encode
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from hashlib import sha256
from typing import Any

import httpx
import pytest

from schemas import status_views, views
from schemas.diagnostics import Diagnostic
from schemas.events.base import Event
from schemas.events.dead_letters import DeadLetterDropped
from schemas.events.fills import FillTerms
from schemas.events.strategies import (
    DeploymentRefused,
    ParamSpec,
    StrategyActivated,
    StrategyCompiled,
    StrategyDeactivated,
    StrategyDeleted,
    StrategyDeployed,
    StrategyEdited,
    StrategyRejected,
    StrategyUndeployed,
)
from schemas.events.trials import TrialsMade
from streams.catalog import (
    ACTIVATIONS,
    BARS,
    BY_NAME,
    DEPLOYMENTS,
    EDITS,
    LETTER_DECISIONS,
    VERSIONS,
)
from streams.codec import dead_letter, decode, encode
from streams.producer import Publisher
from streams.reader import LogReader, partitions_of
from streams.settings import Settings
from tests.api.made import outgoing
from tests.api.serving import live, problem
from tests.api.view import PARAM
from tests.api.view_research import DIAGNOSTIC

PARTITIONS = 4
Answer = Callable[[Event, int], list[tuple[str, Event]]]


@asynccontextmanager
async def agent(settings: Settings, topic: str, answer: Answer) -> AsyncIterator[None]:
    """Reads a topic from its end and writes what `answer` makes of each event and its offset."""
    starts = dict.fromkeys(partitions_of(topic, settings.kafka.partitions), LogReader.END_OF_LOG)
    reader, publisher = LogReader(settings, starts), Publisher(settings, "agent")
    await reader.start()
    await publisher.start()

    async def work() -> None:
        while True:
            for records in (await reader.batches()).values():
                for record in records:
                    event = decode(record.value, record.headers, BY_NAME[topic].events)
                    for target, made in answer(event, record.offset):
                        key = str(getattr(made, "strategy_id"))  # noqa: B009 -- all have one
                        partition = getattr(made, "partition", record.partition)
                        await publisher.publish(target, outgoing(made, key), partition)

    task = asyncio.create_task(work())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait([task])
        await reader.stop()
        await publisher.stop()


def compile_edit(event: Event, offset: int) -> list[tuple[str, Event]]:
    if not isinstance(event, StrategyEdited):
        return []
    place: dict[str, Any] = {"strategy_id": event.strategy_id, "edit_id": event.edit_id}
    place |= {"source_offset": offset, "seq": 0}
    if "broken" in event.source:
        return [(VERSIONS.name, StrategyRejected(diagnostics=(Diagnostic(**DIAGNOSTIC),), **place))]
    wasm = event.wasm or b"\0asm"
    version = StrategyCompiled(
        version=int(event.source), name=event.name, author=event.author, source=event.source,
        source_sha256="0", wasm=wasm, wasm_sha256=sha256(wasm).hexdigest(), language_version="1",
        library_version="1", params=(ParamSpec(**PARAM),), plots=("ema",), state_bytes=8, **place,
    )  # fmt: skip
    return [(VERSIONS.name, version)]


def activate(event: Event, offset: int) -> list[tuple[str, Event]]:
    """On every partition, as the owners of all of them would."""
    kinds: dict[type[Event], Any] = {
        StrategyDeployed: StrategyActivated,
        StrategyUndeployed: StrategyDeactivated,
    }
    assert isinstance(event, StrategyDeployed | StrategyUndeployed)
    return taking_effect(kinds[type(event)], event, offset)


def taking_effect(
    kind: Any, event: StrategyDeployed | StrategyUndeployed, offset: int
) -> list[tuple[str, Event]]:
    return [
        (
            ACTIVATIONS.name,
            kind(
                deployment_id=event.deployment_id,
                strategy_id=event.strategy_id,
                partition=partition,
                from_offset=offset,
                epoch=1,
            ),
        )
        for partition in range(PARTITIONS)
    ]


def refuse(event: Event, _offset: int) -> list[tuple[str, Event]]:
    """As an owner on whose partition the author has too much."""
    if not isinstance(event, StrategyDeployed):
        return []
    refused = DeploymentRefused(
        deployment_id=event.deployment_id,
        strategy_id=event.strategy_id,
        author=event.author,
        reason="state_budget",
        message="Too large; make it smaller.",
    )
    return [(DEPLOYMENTS.name, refused)]


def suspend(event: Event, offset: int) -> list[tuple[str, Event]]:
    """As the owners of all partitions, of which one at once suspends it."""
    if not isinstance(event, StrategyDeployed):
        return []
    kinds = (StrategyDeactivated, StrategyActivated)  # the last one is what the request awaits
    begin, end = [taking_effect(kind, event, offset) for kind in reversed(kinds)]
    return [*begin[:-1], *end[:-1], begin[-1], end[-1]]


@asynccontextmanager
async def agents(settings: Settings, owners: Answer) -> AsyncIterator[None]:
    """The compiler, and the owners of all partitions, who answer to deployments."""
    async with (
        agent(settings, EDITS.name, compile_edit),
        agent(settings, DEPLOYMENTS.name, owners),
    ):
        yield


@pytest.fixture(scope="module")
def base(log_settings: Settings) -> Iterator[str]:
    with live(log_settings) as url:
        yield url


@pytest.fixture
async def client(base: str) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=base, timeout=15) as found:
        yield found


async def written(settings: Settings, place: dict[str, Any]) -> Event:
    """The event that lies where an answer said."""
    from streams.reader import read_partition

    records = await read_partition(
        settings, place["topic"], place["partition"], start=place["offset"]
    )
    return decode(records[0].value, records[0].headers, BY_NAME[place["topic"]].events)


async def test_a_strategy_is_created_changed_and_rejected(
    log_settings: Settings, client: httpx.AsyncClient
) -> None:
    async with agent(log_settings, EDITS.name, compile_edit):
        made = await client.post("/v1/strategies", json={"name": "EMA Cross!", "source": "1"})
        assert made.status_code == 201, made.text
        assert made.headers["location"] == "/v1/strategies/ema-cross"
        version = views.VersionMade(**made.json())
        assert (version.id, version.version, version.params[0].name) == ("ema-cross", 1, "fast")

        module = bytes(range(256))
        body = {"name": "In C", "source": "1", "wasm": urlsafe_b64encode(module).decode()}
        foreign = await client.post("/v1/strategies", json=body)
        assert foreign.json()["wasm_sha256"] == sha256(module).hexdigest()

        again = await client.post("/v1/strategies", json={"name": "EMA Cross", "source": "2"})
        problem(again, 409, "conflict")

        changed = await client.put("/v1/strategies/ema-cross", json={"source": "2"})
        assert changed.status_code == 200
        assert (changed.json()["version"], changed.json()["name"]) == (2, "EMA Cross!")

        rejected = await client.put("/v1/strategies/ema-cross", json={"source": "broken"})
        document = problem(rejected, 422, "strategy-rejected")
        assert document["diagnostics"] == [DIAGNOSTIC]


async def test_a_strategy_that_never_compiled_may_be_posted_again(
    log_settings: Settings, client: httpx.AsyncClient
) -> None:
    async with agent(log_settings, EDITS.name, compile_edit):
        body = {"id": "typo", "name": "Typo", "source": "broken"}
        problem(await client.post("/v1/strategies", json=body), 422, "strategy-rejected")
        mended = await client.post("/v1/strategies", json={**body, "source": "1"})
        assert mended.status_code == 201


async def test_without_an_answer_in_time_the_edits_place_is_told(
    log_settings: Settings, client: httpx.AsyncClient
) -> None:
    body = {"id": "late", "name": "Late", "source": "1", "author": "ann"}
    placed = await client.post("/v1/strategies", json=body)
    assert placed.status_code == 202
    assert placed.headers["location"] == "/v1/strategies/late"
    place = views.EditPlaced(**placed.json())
    event = await written(log_settings, placed.json())
    assert isinstance(event, StrategyEdited)
    assert (event.edit_id, event.author) == (place.edit_id, "ann")


async def test_a_strategy_is_deployed_only_as_its_version_allows(
    log_settings: Settings, client: httpx.AsyncClient
) -> None:
    async with agents(log_settings, activate):
        await client.post("/v1/strategies", json={"id": "dep", "name": "Dep", "source": "1"})

        async def refused(**body: Any) -> dict[str, Any]:
            response = await client.post("/v1/deployments", json={"strategy_id": "dep", **body})
            return problem(response, 422, "invalid-body")

        assert "from 2 to 50" in (await refused(params={"fast": 99}))["detail"]
        assert (await refused(params={"slow": 9}))["params"][0]["name"] == "fast"
        assert (await refused(version=7))["versions"] == [1]
        assert "strategy_id" in (await refused(strategy_id="none"))["detail"]
        assert "series.interval" in (await refused(series={"interval": "day"}))["detail"]
        assert "rules.lot" in (await refused(rules={"lot": -1.0}))["detail"]
        assert "rules.comission" in (await refused(rules={"comission": 0.1}))["detail"]

        body = {"strategy_id": "dep", "id": "dep-live", "series": {"symbols": ["AAPL"]}}
        body["rules"] = {"rate": 0.001, "cash": 5_000.0}
        made = await client.post("/v1/deployments", json=body)
        assert made.status_code == 201, made.text
        deployment = views.DeploymentPlaced(**made.json())
        assert [a.partition for a in deployment.activations] == list(range(PARTITIONS))
        event = await written(log_settings, made.json())
        assert isinstance(event, StrategyDeployed)
        assert (event.params, event.series.symbols) == ({"fast": 12.0}, ("AAPL",))
        assert event.rules == FillTerms(rate=0.001, cash=5_000.0)
        problem(await client.post("/v1/deployments", json=body), 409, "conflict")

        kept = problem(await client.delete("/v1/strategies/dep"), 409, "conflict")
        assert kept["deployments"] == ["dep-live"]
        ended = await client.delete("/v1/deployments/dep-live")
        assert ended.status_code == 200
        assert ended.json()["activations"][0]["until_offset"] is not None
        problem(await client.delete("/v1/deployments/dep-live"), 404, "not-found")

        deleted = await client.delete("/v1/strategies/dep")
        assert deleted.status_code == 200
        assert isinstance(await written(log_settings, deleted.json()), StrategyDeleted)
        problem(await client.delete("/v1/strategies/dep"), 404, "not-found")
        problem(await client.put("/v1/strategies/dep", json={"source": "2"}), 404, "not-found")


async def test_a_deployment_that_no_worker_takes_up_is_a_202(
    log_settings: Settings, client: httpx.AsyncClient
) -> None:
    async with agent(log_settings, EDITS.name, compile_edit):
        await client.post("/v1/strategies", json={"id": "idle", "name": "Idle", "source": "1"})
    made = await client.post("/v1/deployments", json={"strategy_id": "idle"})
    assert (made.status_code, made.json()["activations"]) == (202, [])


async def test_a_deployment_that_an_owner_refuses_is_a_conflict_that_says_why(
    log_settings: Settings, client: httpx.AsyncClient
) -> None:
    async with agents(log_settings, refuse):
        await client.post("/v1/strategies", json={"id": "large", "name": "Large", "source": "1"})
        body = {"strategy_id": "large", "id": "large-live", "traps_max": 3}
        document = problem(await client.post("/v1/deployments", json=body), 409, "refused")
        assert (document["reason"], document["detail"]) == (
            "state_budget",
            "Too large; make it smaller.",
        )
        problem(await client.delete("/v1/deployments/large-live"), 404, "not-found")
        body |= {"id": "large-other", "traps_max": 0}
        problem(await client.post("/v1/deployments", json=body), 422, "invalid-body")
    deleted = await client.delete("/v1/strategies/large")
    assert deleted.status_code == 200, "a refused deployment does not keep its strategy"


async def test_a_suspended_deployment_is_undeployed_at_once(
    log_settings: Settings, client: httpx.AsyncClient
) -> None:
    async with agents(log_settings, suspend):
        await client.post("/v1/strategies", json={"id": "weak", "name": "Weak", "source": "1"})
        body = {"strategy_id": "weak", "id": "weak-live"}
        assert (await client.post("/v1/deployments", json=body)).status_code == 201
        ended = await client.delete("/v1/deployments/weak-live")
    assert ended.status_code == 200, ended.text
    assert all(a["until_offset"] is not None for a in ended.json()["activations"])


async def test_what_another_process_learns_at_start_it_checks_against(
    log_settings: Settings, client: httpx.AsyncClient
) -> None:
    async with agent(log_settings, EDITS.name, compile_edit):
        await client.post("/v1/strategies", json={"id": "twin", "name": "Twin", "source": "1"})
    with live(log_settings) as other:
        async with httpx.AsyncClient(base_url=other, timeout=15) as second:
            body = {"id": "twin", "name": "Twin", "source": "1"}
            problem(await second.post("/v1/strategies", json=body), 409, "conflict")


async def test_a_write_that_is_not_in_the_view_yet_is_no_404(
    log_settings: Settings, client: httpx.AsyncClient
) -> None:
    body = {"id": "unprojected", "name": "U", "source": "1"}
    await client.post("/v1/strategies", json=body)
    problem(await client.get("/v1/strategies/unprojected"), 503, "unavailable")


async def test_a_turn_is_told_where_to_listen(
    log_settings: Settings, client: httpx.AsyncClient
) -> None:
    placed = await client.post("/v1/conversations/talk/turns", json={"text": "hello"})
    assert placed.status_code == 202
    turn = views.TurnPlaced(**placed.json())
    assert turn.stream == "/v1/stream?conversation=talk"
    event = await written(log_settings, placed.json())
    assert (event.model_dump()["turn_id"], event.model_dump()["text"]) == (turn.turn_id, "hello")


TRIALS = {
    "strategy_id": "cross",
    "kind": "sweep",
    "wasm_sha256": "ab" * 32,
    "symbols": ["AAPL"],
    "interval": "1d",
    "from": "2024-01-02",
    "to": "2024-03-01T00:00:00+00:00",
    "periods": 40,
    "periods_per_year": 252,
    "trials": [{"params": {"fast": 5}, "sharpe": 0.01}, {"params": {"fast": 6}, "sharpe": None}],
}


async def test_trials_are_on_the_log_as_they_were_told(
    log_settings: Settings, client: httpx.AsyncClient
) -> None:
    placed = await client.post("/v1/trials", json=TRIALS)
    assert placed.status_code == 201, placed.text
    made = await written(log_settings, placed.json())
    assert isinstance(made, TrialsMade)
    assert (made.begin_ts, made.end_ts) == (1_704_153_600_000_000, 1_709_251_200_000_000)
    assert [trial.sharpe for trial in made.trials] == [0.01, None]
    assert made.author == views.AUTHOR_DEFAULT


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"trials": []}, "trials"),
        ({"trials": [{"params": {}, "sharpe": "high"}]}, "trials.0.sharpe"),
        ({"wasm_sha256": "short"}, "wasm_sha256"),
        ({"periods_per_year": 0}, "periods_per_year"),
        ({"from": "2500-01-01"}, "begin_ts"),
        ({"kind": "guess"}, "kind"),
    ],
)
async def test_trials_that_cannot_be_are_refused(
    client: httpx.AsyncClient, changed: dict[str, Any], field: str
) -> None:
    found = problem(await client.post("/v1/trials", json=TRIALS | changed), 422, "invalid-body")
    assert field in [error["field"] for error in found["errors"]]


async def test_status_counts_the_dead_letters_that_nobody_has_decided_about(
    log_settings: Settings, client: httpx.AsyncClient
) -> None:
    async def undecided(known: Callable[[int], bool]) -> int:
        """The number once it is as it should be; -1 is not counted yet."""
        for _ in range(400):
            status = status_views.StatusView(**(await client.get("/v1/status")).json())
            found = -1 if status.dead_letters is None else status.dead_letters.get(BARS.name, 0)
            if known(found):
                return found
            await asyncio.sleep(0.05)
        raise AssertionError(found)

    before = await undecided(lambda count: count >= 0)
    publisher = Publisher(log_settings, "test-letters")
    await publisher.start()
    try:
        now_ms = int(time.time() * 1000)
        letters = [
            dead_letter(BARS.name, 0, offset, b"k", b"x", [], now_ms, reason="r", message="m")
            for offset in (0, 1, 2, 0, 1)
        ]
        places = [await publisher.publish(BARS.dlq, letter, 0) for letter in letters]
        await undecided(lambda count: count == before + 3)
        dropped = DeadLetterDropped(
            letter=f"{BARS.dlq}/0/{places[0].offset}", decided_by="t", decided_ts=0, why="w"
        )
        decision = encode(dropped, key=dropped.letter, event_id="1", source="/test", ts_us=0)
        await publisher.publish(LETTER_DECISIONS.name, decision, 0)
        await undecided(lambda count: count == before + 2)
    finally:
        await publisher.stop()


async def test_status_counts_what_is_on_the_log_and_not_in_the_view(
    log_settings: Settings, client: httpx.AsyncClient
) -> None:
    async def edits() -> tuple[int, dict[str, int]]:
        status = status_views.StatusView(**(await client.get("/v1/status")).json())
        assert status.topics is not None and status.consumers is not None
        assert status.lag == sum(lag.lag for lag in status.consumers)
        behind = {lag.consumer: lag.lag for lag in status.consumers if lag.topic == EDITS.name}
        return status.topics[EDITS.name], behind

    before = await edits()
    await client.post("/v1/strategies", json={"id": "counted", "name": "C", "source": "1"})
    after = await edits()
    assert after[0] - before[0] == 1
    assert set(after[1]) == {"projections", "compilation"}
    assert all(after[1][name] - before[1][name] == 1 for name in after[1])
