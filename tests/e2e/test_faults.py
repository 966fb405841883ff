"""What fails, and what is too much, ends by itself: on every partition, and its author is told."""

from __future__ import annotations

import asyncio
import subprocess
import threading
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from httpx_sse import connect_sse

from deploy.environment import child_environment
from deploy.services import PERIPHERAL
from streams.catalog import FAULTS
from streams.settings import EvaluationSettings
from tests.e2e.compare import assert_database_is_fold_of_log
from tests.e2e.market import DAY_US, market
from tests.e2e.strategies import FRAGILE, FRAGILE_LINE, TIRELESS
from tests.e2e.system import (
    EXAMPLES,
    SETTLE_LIMIT_S,
    System,
    open_system,
    publish_bars,
    wait_until,
)

BUDGET = EvaluationSettings(author_state_bytes_max=400_000, author_steps_per_bar_max=40_000)


@pytest.fixture(scope="module")
def small() -> Iterator[System]:
    """A system in which an author may have 100,000 bytes and 40,000 steps on a partition."""
    with open_system(evaluation=BUDGET) as running:
        yield running


def deploy(system: System, name: str, strategy_id: str, author: str) -> httpx.Response:
    return system.deploy(name, strategy_id, author=author, traps_max=5)


def deployment(system: System, name: str) -> dict[str, Any]:
    found: dict[str, Any] = system.ask(f"/v1/deployments/{name}").json()
    return found


def is_over(system: System, name: str) -> bool:
    """Whether it is silent on every partition."""
    ends = [a["until_offset"] for a in deployment(system, name).get("activations", ())]
    return len(ends) == system.settings.kafka.partitions and None not in ends


def listed(system: System) -> str:
    return subprocess.run(
        [*PERIPHERAL, "strategy", "list"],
        env=child_environment(system.settings),
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    ).stdout


class Listener(threading.Thread):
    """An SSE client that keeps what it is told of some kinds of events, from the beginning."""

    def __init__(self, system: System, *kinds: str) -> None:
        super().__init__(name="sse", daemon=True)
        self.events: list[tuple[str, dict[str, Any]]] = []
        self._url = system.url + "/v1/stream"
        self._params = {"types": ",".join(kinds), "from": "earliest"}

    def run(self) -> None:
        with (
            httpx.Client(timeout=httpx.Timeout(5.0, read=60.0)) as client,
            connect_sse(client, "GET", self._url, params=self._params) as source,
        ):
            for sse in source.iter_sse():
                if sse.data:
                    self.events.append((sse.event, sse.json()))

    def count(self, kind: str) -> int:
        return sum(name == kind for name, _ in self.events)


@pytest.mark.timeout(240)
def test_a_deployment_that_keeps_trapping_is_suspended_everywhere_and_may_be_deployed_again(
    small: System,
) -> None:
    small.register("fragile", FRAGILE)
    assert deploy(small, "clumsy", "fragile", "clumsy").status_code == 201
    bars = market(8, 60, feed="faults")
    asyncio.run(publish_bars(small.settings, bars[:240]))
    wait_until(lambda: is_over(small, "clumsy"), SETTLE_LIMIT_S)
    asyncio.run(publish_bars(small.settings, bars[240:]))
    assert_database_is_fold_of_log(small.settings)

    found = deployment(small, "clumsy")
    assert (found["state"], found["suspension"]["reason"]) == ("suspended", "division")
    assert found["suspension"]["line"] == FRAGILE_LINE
    traps = small.ask("/v1/deployments/clumsy/traps").json()["traps"]
    assert len(traps) == found["traps"] >= 5
    assert {trap["traps"] for trap in traps} == {1, 2, 3, 4, 5}
    alerts = small.ask("/v1/alerts", deployment="clumsy").json()["alerts"]
    assert {alert["message"] for alert in alerts} == {"a fifth day"}
    orders = small.ask("/v1/signals", deployment="clumsy").json()["signals"]
    assert {(order["action"], order["size"]) for order in orders} == {("order", -1.0)}
    assert all(order["limit"] is not None for order in orders)
    assert "suspended clumsy" in listed(small)

    listener = Listener(
        small, "StrategyTrapped", "DeploymentSuspended", "AlertRaised", "OrderEmitted"
    )
    listener.start()
    counts = {
        "StrategyTrapped": len(traps),
        "AlertRaised": len(alerts),
        "OrderEmitted": len(orders),
    }
    wait_until(
        lambda: all(listener.count(kind) >= count for kind, count in counts.items()),
        SETTLE_LIMIT_S,
        lambda: str([(kind, listener.count(kind)) for kind in counts]),
    )
    assert listener.count("DeploymentSuspended") >= 1
    assert {event["author"] for name, event in listener.events if "author" in event} == {"clumsy"}

    assert deploy(small, "clumsy-again", "fragile", "clumsy").status_code == 201
    ended = httpx.delete(small.url + "/v1/deployments/clumsy", timeout=20)
    assert ended.status_code == 200, ended.text
    assert deployment(small, "clumsy-again")["state"] == "active"
    small.kill("evaluation-1")
    small.restart("evaluation-1")
    asyncio.run(publish_bars(small.settings, market(8, 60, feed="faults-again")))
    wait_until(lambda: is_over(small, "clumsy-again"), SETTLE_LIMIT_S)
    assert_database_is_fold_of_log(small.settings)


@pytest.mark.timeout(240)
def test_what_is_more_than_an_author_may_have_is_refused_and_others_go_on(small: System) -> None:
    asyncio.run(publish_bars(small.settings, market(60, 2, feed="wide")))
    assert_database_is_fold_of_log(small.settings)
    source = (EXAMPLES / "donchian_breakout.py").read_text()
    small.register("wide", source)
    answers = [deploy(small, f"greedy-{n}", "wide", "greedy") for n in range(4)]
    refused = next(answer for answer in answers if answer.status_code == 409)
    problem = refused.json()
    assert (problem["type"], problem["reason"]) == ("/docs#refused", "state_budget")
    name = problem["deployment_id"]
    wait_until(lambda: deployment(small, name).get("state") == "refused", SETTLE_LIMIT_S)
    assert deployment(small, name)["refusal"]["message"] == problem["detail"]
    assert f"refused {name}" in listed(small)
    assert deployment(small, "greedy-0")["state"] == "active"
    assert deploy(small, "modest", "wide", "modest").status_code == 201

    small.register("tireless", TIRELESS)
    deploy(small, "busy", "tireless", "busy")
    asyncio.run(publish_bars(small.settings, market(60, 100, feed="wide", start_ts=10 * DAY_US)))
    wait_until(lambda: deployment(small, "busy").get("state") == "refused", SETTLE_LIMIT_S)
    assert deployment(small, "busy")["refusal"]["reason"] == "work_budget"
    assert deployment(small, "modest")["state"] == "active"
    assert_database_is_fold_of_log(small.settings)
    assert FAULTS.name in small.ask("/v1/status").json()["topics"]
