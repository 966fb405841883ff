"""Backtests over REST: asked for, followed, cancelled, and whole in spite of kill -9."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import psutil
import psycopg
import pytest
from httpx_sse import connect_sse

from schemas.events.research import REPORT_INLINE_BYTES_MAX
from schemas.research_views import BacktestDetail, BacktestPlaced
from streams.settings import ResearchSettings
from tests.e2e.compare import assert_database_is_fold_of_log
from tests.e2e.market import market
from tests.e2e.system import EXAMPLES, System, open_system, publish_bars, wait_until

FEED = "study"
SYMBOLS = 4
BARS_EACH = 2_500
CROSS = (EXAMPLES / "ema_cross_rsi.py").read_text()
HEAVY = (
    '"""Takes about a millisecond a bar."""\n'
    "def on_bar(bar):\n"
    "    total = 0.0\n"
    "    for i in range(400):\n"
    "        for j in range(500):\n"
    "            total = total + bar.close * j\n"
    "    score(total)\n"
)
LIMIT_S = 60.0


@pytest.fixture(scope="module")
def lab() -> Iterator[System]:
    """A system of its own with bars, whose research processes may be killed."""
    with open_system(research=ResearchSettings(lease_s=2.0)) as running:
        asyncio.run(publish_bars(running.settings, market(SYMBOLS, BARS_EACH, feed=FEED)))
        wait_until(lambda: bars_of(running) == SYMBOLS, LIMIT_S)
        yield running


def bars_of(system: System) -> int:
    """Series whose last bar is in the database."""
    listed = system.ask("/v1/series").json()["series"]
    last = f"{1970 + BARS_EACH // 366}"
    return sum(each["feed"] == FEED and each["last_ts"] >= last for each in listed)


def symbols(count: int) -> list[str]:
    return [f"SYM{number}" for number in range(count)]


def ask(system: System, source: str = CROSS, count: int = 1, **fields: Any) -> httpx.Response:
    body = {"source": source, "feed": FEED, "symbols": symbols(count), "wait_s": 20.0, **fields}
    if "strategy_id" in fields:
        del body["source"]
    return httpx.post(system.url + "/v1/backtests", json=body, timeout=30.0)


def heavy(system: System, request_id: str, queue: str = "interactive") -> None:
    """A request that takes some ten seconds, once it is worked at."""
    answer = ask(system, HEAVY, SYMBOLS, id=request_id, wait_s=0, queue=queue)
    assert answer.status_code == 202, answer.text
    wait_until(lambda: item(system, request_id)["state"] == "running", LIMIT_S)


def item(system: System, request_id: str) -> dict[str, Any]:
    answer = system.ask(f"/v1/backtests/{request_id}")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    BacktestDetail.model_validate(found)
    return found


def ended(system: System, request_id: str) -> dict[str, Any]:
    final = ("completed", "failed", "cancelled")
    wait_until(lambda: item(system, request_id)["state"] in final, LIMIT_S)
    return item(system, request_id)


@contextmanager
def listening(system: System, request_id: str) -> Iterator[list[tuple[str, dict[str, Any]]]]:
    """The stream's events of one request, as they come."""
    events: list[tuple[str, dict[str, Any]]] = []
    opened = threading.Event()

    def listen() -> None:
        with (
            httpx.Client(timeout=httpx.Timeout(5.0, read=60.0)) as client,
            connect_sse(
                client, "GET", system.url + "/v1/stream", params={"request": request_id}
            ) as source,
        ):
            opened.set()
            for sse in source.iter_sse():
                if sse.data:
                    events.append((sse.event, sse.json()))
                if sse.event in ("ResearchCompleted", "ResearchFailed", "ResearchCancelled"):
                    return

    thread = threading.Thread(target=listen, daemon=True)
    thread.start()
    assert opened.wait(10.0), "the stream does not open"
    yield events
    thread.join(LIMIT_S)
    assert not thread.is_alive(), "no end came"


def test_a_source_is_run_and_its_result_read_at_once(lab: System) -> None:
    answer = ask(lab)
    assert answer.status_code == 201, answer.text
    placed = BacktestPlaced.model_validate(answer.json())
    assert placed.state == "completed"
    assert placed.summary is not None
    found = lab.ask(answer.headers["location"]).json()
    assert found["state"] == "completed"
    assert found["summary"] == placed.summary
    assert (found["done"], found["total"]) == (BARS_EACH, BARS_EACH)
    assert placed.report is not None
    report = lab.ask(placed.report)
    assert report.headers["content-type"] == "application/json"
    body = report.json()
    assert body["symbols"] == ["SYM0"]
    assert len(body["equity"]) == BARS_EACH
    assert {name: body[name] for name in placed.summary} == placed.summary
    again = {"If-None-Match": report.headers["etag"]}
    unchanged = httpx.get(lab.url + placed.report, headers=again)
    assert (unchanged.status_code, unchanged.content) == (304, b"")
    assert placed.id in [each["id"] for each in lab.ask("/v1/backtests").json()["backtests"]]
    page = lab.ask(placed.report, form="html")
    assert page.status_code == 404
    assert "`page`" in page.json()["detail"]


def test_a_report_that_a_rebuilt_database_lacks_is_made_again(lab: System) -> None:
    asked: dict[str, Any] = {"params": {"fast_length": 9}, "rules": {"rate": 0.002}, "page": True}
    placed = ask(lab, count=2, **asked).json()
    address = placed["report"]
    kept = {form: lab.ask(address, form=form).content for form in ("json", "html")}
    assert len(kept["json"]) > REPORT_INLINE_BYTES_MAX
    with psycopg.connect(lab.settings.database_url) as connection:
        connection.execute("DELETE FROM research_files")
    for form in kept:
        answer = lab.ask(address, form=form)
        assert (answer.status_code, answer.json()["type"]) == (410, "/docs#gone"), answer.text
    again = answer.json()["again"]
    assert again["rules"]["rate"] == 0.002 and "id" not in again
    made = httpx.post(lab.url + "/v1/backtests", json=again | {"wait_s": 20.0}, timeout=30.0)
    assert made.json()["state"] == "completed", made.text
    assert {form: lab.ask(address, form=form).content for form in kept} == kept


def test_a_version_just_compiled_is_run_and_has_its_page(lab: System) -> None:
    lab.register("cross", CROSS)
    answer = ask(lab, strategy_id="cross", page=True, rules={"rate": 0.001, "cash": 5_000})
    assert answer.status_code == 201, answer.text
    request_id = answer.json()["id"]
    found = item(lab, request_id)
    assert (found["strategy_id"], found["version"]) == ("cross", 1)
    assert found["params"] and found["rules"]["rate"] == 0.001
    page = lab.ask(f"/v1/backtests/{request_id}/report", form="html")
    assert page.headers["content-type"].startswith("text/html")
    assert "sandbox" in page.headers["content-security-policy"]
    assert page.text.startswith("<!doctype html>")
    listed = lab.ask("/v1/backtests", strategy="cross").json()["backtests"]
    assert [each["id"] for each in listed] == [request_id]


@pytest.mark.parametrize(
    ("fields", "status", "says"),
    [
        ({"symbols": ["NOPE"]}, 201, "no 1d bars of NOPE from the feed study"),
        ({"symbols": []}, 422, "symbols"),
        ({"strategy_id": "unheard-of"}, 422, "there is no strategy"),
        ({"version": 1}, 422, "name the strategy too"),
        ({"rules": {"nope": 1}}, 422, "rules.nope"),
        ({"from": "2020-01-01", "to": "2019-01-01"}, 422, "ends before it begins"),
        ({"source": "x ="}, 201, "does not compile"),
    ],
)
def test_a_bad_request_says_why(
    lab: System, fields: dict[str, Any], status: int, says: str
) -> None:
    answer = ask(lab, **fields)
    assert answer.status_code == status, answer.text
    if status == 201:
        assert answer.json()["state"] == "failed"
        assert says in answer.json()["message"]
        report = lab.ask(f"/v1/backtests/{answer.json()['id']}/report")
        assert report.status_code == 409
        assert says in report.json()["detail"]
    else:
        assert answer.headers["content-type"] == "application/problem+json"
        assert says in answer.json()["detail"]


def test_an_id_is_taken_once(lab: System) -> None:
    assert ask(lab, id="mine").status_code == 201
    assert ask(lab, id="mine", source=HEAVY).status_code == 409
    assert lab.ask("/v1/backtests/nobodys").status_code == 404


def test_progress_and_result_come_on_the_stream(lab: System) -> None:
    with listening(lab, "followed") as events:
        heavy(lab, "followed")
    kinds = [kind for kind, _ in events]
    assert "RunBacktest" in kinds, "in no order to its results, which are on another topic"
    kinds.remove("RunBacktest")
    assert kinds[0] == "ResearchStarted"
    assert kinds[-1] == "ResearchCompleted"
    told = [event["done"] for kind, event in events if kind == "ResearchProgressed"]
    assert len(told) >= 3
    assert told == sorted(told)
    assert events[-1][1]["summary"] == item(lab, "followed")["summary"]


def test_a_cancelled_backtest_ends_soon_and_frees_its_worker(lab: System) -> None:
    heavy(lab, "unwanted")
    assert ask(lab, id="behind", wait_s=0).status_code == 202
    depth = {each["queue"]: each for each in lab.ask("/v1/status").json()["research"]}
    assert (depth["interactive"]["running"], depth["interactive"]["waiting"]) == (1, 1)
    begun_s = time.monotonic()
    answer = httpx.delete(lab.url + "/v1/backtests/unwanted", timeout=20.0)
    assert (answer.status_code, answer.json()["state"]) == (200, "cancelled"), answer.text
    assert time.monotonic() - begun_s < 2.0
    assert ended(lab, "behind")["state"] == "completed"
    assert item(lab, "unwanted")["cancel_at"] is not None
    assert httpx.delete(lab.url + "/v1/backtests/unwanted").status_code == 409
    assert httpx.delete(lab.url + "/v1/backtests/nobodys").status_code == 404


def test_long_work_in_the_batch_queue_holds_up_nobody(lab: System) -> None:
    heavy(lab, "long", "batch")
    answer = ask(lab)
    assert answer.json()["state"] == "completed"
    assert item(lab, "long")["state"] == "running"
    assert httpx.delete(lab.url + "/v1/backtests/long", timeout=20.0).status_code == 200


def workers_of(system: System, name: str) -> list[psutil.Process]:
    pid = system.programs[name].pid
    assert pid is not None
    return psutil.Process(pid).children()


def test_a_killed_pool_process_is_followed_at_once(lab: System) -> None:
    heavy(lab, "orphan")
    begun_s = time.monotonic()
    for child in workers_of(lab, "research"):
        child.kill()
    wait_until(lambda: item(lab, "orphan")["attempt"] == 2, LIMIT_S)
    assert time.monotonic() - begun_s < 10.0
    assert ended(lab, "orphan")["state"] == "completed"


@pytest.mark.timeout(240)
def test_a_killed_research_worker_is_followed_and_nothing_ends_twice(lab: System) -> None:
    heavy(lab, "survivor")
    children = workers_of(lab, "research")
    lab.kill("research")
    lab.restart("research")
    found = ended(lab, "survivor")
    assert (found["state"], found["attempt"]) == ("completed", 2)
    assert not psutil.wait_procs(children, timeout=20.0)[1], "its processes end with it"
    assert_database_is_fold_of_log(lab.settings)
