"""Universes, screens and standing screens over REST and the stream, on real processes."""

from __future__ import annotations

import asyncio
import hashlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from click.testing import CliRunner
from httpx_sse import connect_sse

from deploy.cli import peripheral
from deploy.environment import settings_variables
from processors.research.screen import Screened, screen
from sandbox.compiler.driver import compile_source
from schemas.columns import BarColumns
from schemas.events.market import BarClosed
from schemas.events.screens import ScreenClosed, ScreenEvent, ScreenMatch, ScreenRegistered
from schemas.research_views import ScreenDetail, ScreenResult
from schemas.standing_views import CloseView, StandingView
from schemas.universe_views import UniverseMembers
from streams.catalog import SCREENS, STANDING, Topic
from streams.codec import encode, rfc3339
from streams.producer import Publisher
from streams.settings import ResearchSettings
from tests.e2e.compare import assert_database_is_fold_of_log
from tests.e2e.market import DAY_US, market
from tests.e2e.system import System, open_system, publish_bars, wait_until
from tests.sandbox.running import module_of

FEED = "screened"
SYMBOLS = tuple(f"SYM{number}" for number in range(6))
DAYS = 300
BARS = market(len(SYMBOLS), DAYS + 40, feed=FEED)
PAST = BARS[: DAYS * len(SYMBOLS)]
MOMENTUM = (
    '"""Momentum."""\n\nlength = param(20, low=2, high=100)\n\n\ndef on_bar(bar):\n'
    '    plot("mean", ta.sma(bar.close, length))\n'
    "    score(ta.roc(bar.close, length))\n"
)
LIMIT_S = 60.0


@pytest.fixture(scope="module")
def lab() -> Iterator[System]:
    """A system of its own with a past, a strategy and universes."""
    with open_system(research=ResearchSettings(lease_s=2.0)) as running:
        running.register("momentum", MOMENTUM)
        asyncio.run(publish_bars(running.settings, PAST))
        wait_until(lambda: last_open(running) == rfc3339((DAYS - 1) * DAY_US), LIMIT_S)
        define(running, "some", symbols=SYMBOLS[:4], effective="1970-01-01")
        define(running, "busy", rule={"dollar_volume_min": 4e7, "window_bars": 5})
        yield running


def last_open(system: System) -> str | None:
    """Of the feed, once all of its symbols have it."""
    listed = system.ask("/v1/series").json()["series"]
    last = {each["last_ts"] for each in listed if each["feed"] == FEED}
    return last.pop() if len(last) == 1 else None


def define(system: System, name: str, **kind: Any) -> httpx.Response:
    body = {"name": name, "feed": FEED, "interval": "1d", **kind}
    answer = httpx.post(system.url + "/v1/universes", json=body, timeout=20.0)
    assert answer.status_code == 201, answer.text
    return answer


def members(system: System, name: str, close_us: int | None = None) -> list[str]:
    as_of = {} if close_us is None else {"as_of": rfc3339(close_us)}
    answer = system.ask(f"/v1/universes/{name}", **as_of)
    assert answer.status_code == 200, answer.text
    return UniverseMembers(**answer.json()).members


def offline(symbols: list[str], close_us: int, bars: list[BarClosed] = BARS) -> Screened:
    """The screen as the plain core has it."""
    seen = {}
    for symbol in symbols:
        rows = [b for b in bars if b.symbol == symbol and b.ts + DAY_US <= close_us]
        names = ("open", "high", "low", "close", "volume")
        prices = (np.array([getattr(row, name) for row in rows]) for name in names)
        seen[symbol] = BarColumns(np.array([row.ts for row in rows], np.int64), *prices)
    wasm = compile_source(MOMENTUM).wasm
    return screen(module_of(MOMENTUM), hashlib.sha256(wasm).hexdigest(), seen, {"length": 20.0})


def ask(system: System, **fields: Any) -> httpx.Response:
    body = {"strategy_id": "momentum", "wait_s": 20.0, **fields}
    return httpx.post(system.url + "/v1/screens", json=body, timeout=30.0)


@contextmanager
def listening(
    system: System, until: str, **wanted: str
) -> Iterator[list[tuple[str, dict[str, Any]]]]:
    """The stream's events that are wanted, up to one of the kind `until`, or until it is let go."""
    events: list[tuple[str, dict[str, Any]]] = []
    opened = threading.Event()
    stop = threading.Event()

    def listen() -> None:
        with (
            httpx.Client(timeout=httpx.Timeout(5.0, read=60.0)) as client,
            connect_sse(client, "GET", system.url + "/v1/stream", params=wanted) as source,
        ):
            opened.set()
            for sse in source.iter_sse():
                if sse.data:
                    events.append((sse.event, sse.json()))
                if sse.event == until or stop.is_set():
                    return

    thread = threading.Thread(target=listen, daemon=True)
    thread.start()
    assert opened.wait(10.0), "the stream does not open"
    yield events
    stop.set()
    thread.join(LIMIT_S)
    assert not thread.is_alive(), f"no {until} came"


def test_a_universe_is_as_it_was_then(lab: System) -> None:
    assert members(lab, "some") == list(SYMBOLS[:4])
    now, then = members(lab, "busy"), members(lab, "busy", 100 * DAY_US)
    assert now and then and now != then
    for symbols, close_us in ((now, DAYS * DAY_US), (then, 100 * DAY_US)):
        for symbol in SYMBOLS:
            known = [b for b in PAST if b.symbol == symbol and b.ts + DAY_US <= close_us]
            worth = np.mean([b.close * b.volume for b in known[-5:]])
            assert (symbol in symbols) == (worth >= 4e7)


def test_a_screen_of_a_universe_is_the_offline_one_as_of_then(lab: System) -> None:
    close_us = 200 * DAY_US
    for name in ("some", "busy"):
        with listening(lab, "ResearchCompleted", request=f"of-{name}") as events:
            answer = ask(lab, id=f"of-{name}", universe=name, as_of=rfc3339(close_us), top=2)
            assert answer.status_code == 201, answer.text
        assert "RunScreen" in [kind for kind, _ in events]
        wanted = offline(members(lab, name, close_us), close_us)
        placed = answer.json()
        assert placed["state"] == "completed"
        assert placed["summary"] == {
            "symbols": wanted.symbols,
            "matched": len(wanted.matches),
            "stale": len(wanted.stale),
        }
        detail = ScreenDetail(**lab.ask(f"/v1/screens/of-{name}").json())
        assert detail.result is not None
        assert detail.result.receipt == wanted.receipt
        assert [(m.symbol, m.score) for m in detail.result.matches] == [
            (m.symbol, m.score) for m in wanted.matches[:2]
        ]
        assert ScreenResult(**lab.ask(placed["report"]).json()) == detail.result
    listed = lab.ask("/v1/screens", strategy="momentum").json()["screens"]
    assert {each["id"] for each in listed} >= {"of-some", "of-busy"}
    assert lab.ask("/v1/backtests/of-some").status_code == 404


def test_without_a_time_all_that_has_closed_is_seen(lab: System) -> None:
    by_name = ask(lab, universe="some")
    by_list = ask(lab, symbols=list(SYMBOLS[:4]), feed=FEED)
    receipts = set()
    for answer in (by_name, by_list):
        result = lab.ask(answer.json()["report"]).json()
        receipts.add(result["receipt"])
        assert result["matches"][0]["ts"] == rfc3339((DAYS - 1) * DAY_US)
    assert len(receipts) == 1


@pytest.mark.parametrize(
    ("fields", "status", "says"),
    [
        ({"universe": "nobodys"}, 201, "There is no universe nobodys"),
        ({"symbols": ["NOPE"]}, 201, "There are no bars"),
        ({}, 422, "either a universe or symbols"),
        ({"universe": "some", "symbols": ["SYM0"]}, 422, "either a universe or symbols"),
        ({"universe": "some", "feed": "other"}, 422, "feed and interval come with symbols"),
        ({"universe": "some", "params": {"length": 1}}, 422, "a whole number from 2 to 100"),
        ({"strategy_id": "unheard-of", "universe": "some"}, 422, "there is no strategy"),
    ],
)
def test_a_bad_request_says_why(
    lab: System, fields: dict[str, Any], status: int, says: str
) -> None:
    answer = ask(lab, **fields)
    assert answer.status_code == status, answer.text
    assert says in answer.json()["message" if status == 201 else "detail"]


def test_the_command_screens_a_universe_of_the_database(lab: System, tmp_path: Path) -> None:
    (tmp_path / "momentum.py").write_text(MOMENTUM)
    arguments = ["screen", str(tmp_path / "momentum.py"), "--universe", "busy"]
    where = ["--data-dir", str(lab.settings.data_dir)]
    variables = settings_variables(lab.settings)

    def run(*arguments: str) -> str:
        done = CliRunner().invoke(peripheral, [*arguments, *where], env=variables)
        assert done.exit_code == 0, (done.output, done.exception)
        return done.output

    day = np.datetime_as_string(np.datetime64(199 * DAY_US, "us"), "D")
    out = run(*arguments, "--as-of", day, "--json")
    symbols = members(lab, "busy", 200 * DAY_US)
    assert ScreenResult.model_validate_json(out).symbols == len(symbols)
    assert f"has {len(symbols)} symbols" in run(*arguments, "--as-of", day)
    assert ", ".join(symbols) in run("universe", "show", "busy", "--as-of", day)
    assert "a rule: dollar_volume_min 4e+07" in run("universe", "list")
    run("universe", "set", "mine", "--symbols", "SYM0,SYM5", "--feed", FEED, "--effective", day)
    assert members(lab, "mine") == ["SYM0", "SYM5"]
    late = CliRunner().invoke(
        peripheral,
        ["universe", "show", "mine", "--as-of", "1970-02-01", *where],
        env=variables,
    )
    assert late.exit_code != 0 and "define what it was then" in str(late.exception)


def register(system: System, name: str, **fields: Any) -> httpx.Response:
    body = {"id": name, "strategy_id": "momentum", **fields}
    return httpx.post(system.url + "/v1/screens/standing", json=body, timeout=20.0)


def closes(system: System, name: str) -> list[CloseView]:
    """Oldest first."""
    answer = system.ask(f"/v1/screens/standing/{name}/closes")
    assert answer.status_code == 200, answer.text
    return [CloseView(**each) for each in answer.json()["closes"]][::-1]


def closed_at(day: int) -> str:
    return rfc3339((day + 1) * DAY_US)


def publish_days(system: System, first: int, until: int) -> None:
    size = len(SYMBOLS)
    asyncio.run(publish_bars(system.settings, BARS[first * size : until * size]))


def assert_as_offline(system: System, name: str, universe: str, top: int) -> None:
    """Each close is the offline screen of its members, and who entered and left follows."""
    before: set[str] = set()
    for event in closes(system, name):
        close_us = int(event.close.timestamp()) * 1_000_000
        wanted = offline(members(system, universe, close_us), close_us)
        now = [match.symbol for match in event.matches]
        assert now == [match.symbol for match in wanted.matches[:top]]
        assert event.receipt == wanted.receipt
        assert event.entered == [symbol for symbol in now if symbol not in before]
        assert event.left == sorted(before - set(now))
        before = set(now)


@pytest.mark.timeout(300)
def test_a_standing_screen_says_who_enters_and_leaves_and_survives_kill_9(lab: System) -> None:
    past = rfc3339((DAYS - 20) * DAY_US)
    answer = register(lab, "watch", universe="busy", top=3, begin=past)
    assert answer.status_code == 201, answer.text
    newest = register(lab, "newest", universe="some", top=2)
    assert newest.status_code == 201, newest.text
    wait_until(lambda: len(closes(lab, "watch")) == 21, LIMIT_S)
    wait_until(lambda: len(closes(lab, "newest")) == 1, LIMIT_S)
    assert [each.close for each in closes(lab, "newest")] == [closes(lab, "watch")[-1].close]
    with listening(lab, "never", screen="watch", types="ScreenClosed") as events:
        publish_days(lab, DAYS, DAYS + 5)
        wait_until(lambda: len(events) == 5, LIMIT_S, lambda: str(events))
        lab.kill("screens")
        publish_days(lab, DAYS + 5, DAYS + 10)
        lab.restart("screens")
        wait_until(lambda: len(events) == 10, LIMIT_S, lambda: str(len(events)))
        lab.kill("screens")  # again, at once, with bars on the way
        lab.restart("screens")
        publish_days(lab, DAYS + 10, DAYS + 20)
        wait_until(lambda: len(events) >= 20, LIMIT_S, lambda: str(len(events)))
        on_stream = [(kind, event["close_ts"]) for kind, event in events]
        assert on_stream == [
            ("ScreenClosed", (day + 1) * DAY_US) for day in range(DAYS, DAYS + 20)
        ], "each once, in order"
        publish_days(lab, DAYS + 20, DAYS + 21)  # lets the listener go
    wait_until(lambda: len(closes(lab, "watch")) == 42, LIMIT_S)
    wait_until(lambda: len(closes(lab, "newest")) == 22, LIMIT_S)
    assert_as_offline(lab, "watch", "busy", 3)
    assert_as_offline(lab, "newest", "some", 2)
    moved = [event for event in closes(lab, "watch")[1:] if event.entered or event.left]
    assert len(moved) > 3
    answer = httpx.delete(lab.url + "/v1/screens/standing/watch", timeout=20.0)
    assert answer.status_code == 200, answer.text
    found = StandingView(**lab.ask("/v1/screens/standing/watch").json())
    assert (found.state, str(found.last_close)[:10]) == ("ended", closed_at(DAYS + 20)[:10])
    assert httpx.delete(lab.url + "/v1/screens/standing/watch").status_code == 409
    publish_days(lab, DAYS + 21, DAYS + 22)
    wait_until(lambda: len(closes(lab, "newest")) == 23, LIMIT_S)
    assert len(closes(lab, "watch")) == 42, "an end is an end"
    assert_database_is_fold_of_log(lab.settings)


def test_a_definition_that_adds_a_symbol_counts_from_its_time_on(lab: System) -> None:
    first = int(last_day(lab)) + 1
    define(lab, "grows", symbols=["SYM0"], effective="1970-01-01")
    assert register(lab, "grown", universe="grows").status_code == 201
    wait_until(lambda: len(closes(lab, "grown")) == 1, LIMIT_S)
    define(lab, "grows", symbols=["SYM0", "SYM1"], effective=closed_at(first + 1))
    publish_days(lab, first, first + 3)
    wait_until(lambda: len(closes(lab, "grown")) == 4, LIMIT_S)
    assert [each.members for each in closes(lab, "grown")] == [1, 1, 2, 2]
    assert_as_offline(lab, "grown", "grows", 100)
    other = {"name": "grows", "feed": "other", "interval": "1d", "symbols": ["A"]}
    answer = httpx.post(lab.url + "/v1/universes", json=other)
    assert answer.status_code == 422 and "take another name" in answer.json()["detail"]


def test_what_another_owner_said_first_is_gone_on_from(lab: System) -> None:
    """As when a worker that lost its partition without knowing still wrote a close."""
    assert register(lab, "torn", universe="some", top=2).status_code == 201
    wait_until(lambda: len(closes(lab, "torn")) == 1, LIMIT_S)
    day = last_day(lab) + 1
    foreign = ScreenClosed(
        screen_id="torn",
        close_ts=(day + 1) * DAY_US,
        members=4,
        symbols=4,
        matched=1,
        matches=(ScreenMatch(symbol="ELSE", ts=0, score=1.0, signal="none", alerts=(), plots={}),),
        entered=("ELSE",),
        left=(),
        missing=(),
        wasm_sha256="ab",
        receipt="foreign",
    )
    asyncio.run(write(lab, SCREENS, foreign))
    publish_days(lab, day, day + 3)
    wait_until(lambda: len(closes(lab, "torn")) == 4, LIMIT_S)
    said = closes(lab, "torn")
    assert [each.receipt == "foreign" for each in said] == [False, True, False, False]
    assert said[2].left == ["ELSE"]
    assert said[2].entered == [match.symbol for match in said[2].matches]


def test_a_registration_that_can_t_be_run_is_refused_on_the_log(lab: System) -> None:
    asked = ScreenRegistered(
        screen_id="unfit",
        universe="some",
        strategy_id="momentum",
        version=1,
        params={"length": 1_000.0},
        author="",
    )
    asyncio.run(write(lab, STANDING, asked))

    def found() -> dict[str, Any]:
        answer: dict[str, Any] = lab.ask("/v1/screens/standing/unfit").json()
        return answer

    wait_until(lambda: found().get("state") == "refused", LIMIT_S)
    assert found()["reason"] == "params" and "length" in found()["message"]


async def write(system: System, topic: Topic, event: ScreenEvent) -> None:
    publisher = Publisher(system.settings, "tests")
    await publisher.start()
    record = encode(event, key=event.screen_id, event_id="e", source="/tests", ts_us=0)
    await publisher.publish(topic.name, record)
    await publisher.stop()


def last_day(system: System) -> int:
    found = last_open(system)
    assert found is not None
    return int(np.datetime64(found.rstrip("Z"), "D").astype(int))


@pytest.mark.parametrize(
    ("fields", "status", "says"),
    [
        ({"universe": "nobodys"}, 422, "there is no universe"),
        ({"universe": "some", "strategy_id": "none"}, 422, "there is no strategy"),
        ({"universe": "some", "params": {"length": 1}}, 422, "from 2 to 100"),
        ({"universe": "late"}, 409, "define what it was then"),
        ({"universe": "some", "top": 0}, 422, "top"),
    ],
)
def test_a_registration_that_could_say_nothing_is_refused(
    lab: System, fields: dict[str, Any], status: int, says: str
) -> None:
    if fields["universe"] == "late":
        define(lab, "late", symbols=["SYM0"])
    answer = register(lab, "refused", **fields)
    assert answer.status_code == status, answer.text
    assert says in answer.json()["detail"]
    assert lab.ask("/v1/screens/standing/refused").status_code == 404
