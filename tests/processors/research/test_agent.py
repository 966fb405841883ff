"""Requests on a real log, worked at by real processes, or by ones that do as they are told."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

import psycopg
import pytest

from processors.research.agent import Research, make_agent, make_batch_agent
from processors.research.frames import Config
from processors.research.pool import Pool
from schemas.events.research import (
    CancelResearch,
    ResearchCancelled,
    ResearchCompleted,
    ResearchEnd,
    ResearchFailed,
    ResearchProgressed,
    ResearchResult,
    ResearchStarted,
    RunBacktest,
)
from schemas.events.trials import TrialsMade
from schemas.series import Series
from streams.admission import admit
from streams.catalog import (
    RESEARCH_BATCH,
    RESEARCH_REQUESTS,
    RESEARCH_RESULTS,
    RESEARCH_TRIALS,
    Topic,
)
from streams.codec import encode
from streams.producer import Publisher, partition_of
from streams.reader import read_partition
from streams.settings import ResearchSettings, Settings, WorkerSettings
from streams.topics import ensure_topics
from tests.feeding import running
from tests.processors.research.bars import insert_bars
from tests.stack import open_stack

WAIT_S = 30.0
STAND_IN = (sys.executable, "-m", "tests.processors.research.stand_in")
CROSS = Path(__file__).parents[3].joinpath("docs/strategies/ema_cross_rsi.py").read_text()


@pytest.fixture(scope="module")
def stack_settings() -> Iterator[Settings]:
    """A stack for these tests alone, with bars: an agent works at every request that it finds."""
    with open_stack(research=ResearchSettings(lease_s=1.5)) as stack:
        asyncio.run(ensure_topics(stack.settings))
        insert_bars(stack.settings.database_url, Series("test", "AAA", "1m"), 2_500)
        insert_bars(stack.settings.database_url, Series("test", "BBB", "1m"), 2_500, seed=2)
        yield stack.settings


def stand_in(settings: Settings, topic: Topic = RESEARCH_REQUESTS, size: int = 1) -> Research:
    return Research(settings, topic, Pool(size, Config("", ""), STAND_IN), keep_warm=True)


def request(request_id: str, source: str = CROSS, **fields: Any) -> RunBacktest:
    given = {"feed": "test", "symbols": ("AAA",), "interval": "1m", **fields}
    return RunBacktest(request_id=request_id, author="me", source=source, **given)


async def write(
    settings: Settings,
    *events: RunBacktest | CancelResearch | ResearchResult,
    topic: Topic = RESEARCH_REQUESTS,
    at_ms: int | None = None,
) -> None:
    """at_ms: the time that the producer's clock shows, where not ours."""
    publisher = Publisher(settings, "test")
    await publisher.start()
    for event in events:
        name = topic.name if isinstance(event, topic.events) else RESEARCH_RESULTS.name
        record = encode(
            event, key=event.request_id, event_id="e", source="/test", ts_us=0, timestamp_ms=at_ms
        )
        await publisher.publish(name, record)
    await publisher.stop()


async def log_of(settings: Settings, request_id: str) -> list[ResearchResult]:
    """The request's results, in order."""
    partitions = settings.kafka.partitions
    home = partition_of(request_id.encode(), partitions)
    found = []
    for record in await read_partition(settings, RESEARCH_RESULTS.name, home):
        event = admit(record, RESEARCH_RESULTS, partitions)
        assert isinstance(event, ResearchResult)
        if event.request_id == request_id:
            found.append(event)
    return found


Met = Callable[[Sequence[ResearchResult]], bool]


async def until(settings: Settings, request_id: str, met: Met) -> list[ResearchResult]:
    """The request's results once they meet a condition."""
    async with asyncio.timeout(WAIT_S):
        while not met(found := await log_of(settings, request_id)):  # noqa: ASYNC110  # a log
            await asyncio.sleep(0.05)
    return found


def ended(events: Sequence[ResearchResult]) -> bool:
    return any(isinstance(event, ResearchEnd) for event in events)


def progressing(events: Sequence[ResearchResult]) -> bool:
    return any(isinstance(event, ResearchProgressed) for event in events)


def kinds(events: Sequence[ResearchResult]) -> list[str]:
    """Without progress, which depends on the machine."""
    names = [type(event).__name__ for event in events]
    return [name for name in names if name != "ResearchProgressed"]


async def result(settings: Settings, run: RunBacktest) -> ResearchResult:
    """What a real worker makes of a request."""
    async with running(settings, make_agent(settings)):
        await write(settings, run)
        return (await until(settings, run.request_id, ended))[-1]


async def test_a_backtest_of_a_source_comes_back_with_its_report(stack_settings: Settings) -> None:
    end = await result(stack_settings, request("source", equity=False))
    assert isinstance(end, ResearchCompleted), end
    assert end.bars == 2_500
    assert end.report is not None
    report = json.loads(end.report)
    assert {name: report[name] for name in end.summary} == end.summary
    assert sha256(end.report.encode()).hexdigest() == end.report_sha256
    assert report["symbols"] == ["AAA"]


async def trials_of(settings: Settings, strategy_id: str) -> list[TrialsMade]:
    """What is on the log of a search."""
    partitions = settings.kafka.partitions
    home = partition_of(strategy_id.encode(), partitions)
    records = await read_partition(settings, RESEARCH_TRIALS.name, home)
    events = (admit(record, RESEARCH_TRIALS, partitions) for record in records)
    return [
        each for each in events if isinstance(each, TrialsMade) and each.strategy_id == strategy_id
    ]


async def test_what_was_tried_is_on_the_log_before_its_result(stack_settings: Settings) -> None:
    source = CROSS + "# tried\n"
    end = await result(stack_settings, request("tried", source, params={"fast_length": 7.0}))
    assert isinstance(end, ResearchCompleted), end
    (made,) = await trials_of(stack_settings, f"source-{sha256(source.encode()).hexdigest()[:16]}")
    assert (made.wasm_sha256, made.symbols, made.author) == (end.wasm_sha256, ("AAA",), "me")
    (trial,) = made.trials
    assert trial.params["fast_length"] == 7.0
    assert trial.params.keys() > {"slow_length"}, "defaults too"
    sharpe = end.summary["sharpe"]
    assert sharpe is not None and trial.sharpe is not None
    assert trial.sharpe * made.periods_per_year**0.5 == pytest.approx(sharpe)
    assert made.periods == end.summary["periods"]


async def test_a_large_report_lies_in_the_database_under_its_hash(
    stack_settings: Settings,
) -> None:
    end = await result(stack_settings, request("large", symbols=("AAA", "BBB"), page=True))
    assert isinstance(end, ResearchCompleted), end
    assert end.report is None
    assert end.bars == 5_000
    with psycopg.connect(stack_settings.database_url) as connection:
        rows = connection.execute("SELECT sha256, content FROM research_files").fetchall()
    files = {name: bytes(content) for name, content in rows}
    assert all(sha256(content).hexdigest() == name for name, content in files.items())
    assert len(files[end.report_sha256]) == end.report_bytes
    assert len(json.loads(files[end.report_sha256])["equity"]) == 2_500
    assert end.page_sha256 is not None
    assert files[end.page_sha256].startswith(b"<!doctype html>")


async def test_a_repeated_request_gives_the_same_report(stack_settings: Settings) -> None:
    async with running(stack_settings, make_agent(stack_settings)):
        await write(stack_settings, request("same-1"), request("same-2"))
        ends = [(await until(stack_settings, f"same-{n}", ended))[-1] for n in (1, 2)]
    assert len({end.report_sha256 for end in ends if isinstance(end, ResearchCompleted)}) == 1


@pytest.mark.parametrize(
    ("name", "fields", "reason", "says"),
    [
        ("symbol", {"symbols": ("AAA", "NONE")}, "no_bars", "no 1m bars of NONE from the feed"),
        ("period", {"begin_ts": 4 * 10**15}, "no_bars", "no bars from begin_ts on"),
        ("param", {"params": {"nope": 1.0}}, "params", "params.nope"),
        ("code", {"source": '"""Wrong."""\ndef on_bar(bar):\n    foo()\n'}, "rejected", "line 3"),
        (
            "version",
            {"source": None, "strategy_id": "s", "version": 3},
            "unknown_version",
            "has no version 3",
        ),
    ],
)
async def test_what_cannot_be_met_fails_with_a_reason(
    stack_settings: Settings, name: str, fields: dict[str, Any], reason: str, says: str
) -> None:
    end = await result(stack_settings, request(f"bad-{name}", **{"source": CROSS, **fields}))
    assert isinstance(end, ResearchFailed)
    assert (end.reason, says in end.message) == (reason, True), end.message
    assert bool(end.diagnostics) == (reason == "rejected")


async def test_batch_requests_have_workers_of_their_own(stack_settings: Settings) -> None:
    settings = stack_settings
    async with (
        running(settings, stand_in(settings, RESEARCH_BATCH)),
        running(settings, stand_in(settings)),
    ):
        await write(settings, request("long", "slow"), topic=RESEARCH_BATCH)
        await until(settings, "long", progressing)
        await write(settings, request("short", "done"))
        assert kinds(await until(settings, "short", ended)) == [
            "ResearchStarted",
            "ResearchCompleted",
        ]
        assert not ended(await log_of(settings, "long"))
        await write(settings, CancelResearch(request_id="long", author=""), topic=RESEARCH_BATCH)
        await until(settings, "long", ended)


async def test_the_batch_agent_does_the_same_work(stack_settings: Settings) -> None:
    async with running(stack_settings, make_batch_agent(stack_settings)):
        await write(stack_settings, request("batch"), topic=RESEARCH_BATCH)
        end = (await until(stack_settings, "batch", ended))[-1]
    assert isinstance(end, ResearchCompleted)


async def test_two_requests_of_one_id_are_worked_at_once(stack_settings: Settings) -> None:
    async with running(stack_settings, stand_in(stack_settings)):
        twice = (request("twice", "done"), request("twice", "die"))
        await write(stack_settings, *twice)
        await until(stack_settings, "twice", ended)
        await write(stack_settings, *twice, request("behind", "done"))
        await until(stack_settings, "behind", ended)
    assert kinds(await log_of(stack_settings, "twice")) == ["ResearchStarted", "ResearchCompleted"]


async def test_cancelling_ends_the_work_and_what_waits(stack_settings: Settings) -> None:
    settings = stack_settings
    loop = asyncio.get_running_loop()
    async with running(settings, stand_in(settings)):
        await write(settings, request("works", "slow"), request("waits", "slow"))
        await until(settings, "works", progressing)
        at_s = loop.time()
        for name in ("waits", "works"):
            await write(settings, CancelResearch(request_id=name, author="me"))
            end = (await until(settings, name, ended))[-1]
            assert end == ResearchCancelled(request_id=name, attempt=int(name == "works"))
        assert loop.time() - at_s < 2.0
        await write(settings, request("next", "done"))
        assert isinstance((await until(settings, "next", ended))[-1], ResearchCompleted)


async def test_progress_is_told_no_more_than_four_times_a_second(
    stack_settings: Settings,
) -> None:
    async with running(stack_settings, stand_in(stack_settings)):
        await write(stack_settings, request("told", "slow"))
        await asyncio.sleep(2.0)
        events = await log_of(stack_settings, "told")
        await write(stack_settings, CancelResearch(request_id="told", author="me"))
        await until(stack_settings, "told", ended)
    told = [event for event in events if isinstance(event, ResearchProgressed)]
    assert 3 <= len(told) <= 9
    assert [event.done for event in told] == sorted({event.done for event in told})
    assert {event.total for event in told} == {600}


async def test_a_dead_worker_is_followed_at_once(stack_settings: Settings, tmp_path: Path) -> None:
    async with running(stack_settings, stand_in(stack_settings)):
        await write(stack_settings, request("phoenix", f"die once {tmp_path / 'died'}"))
        events = await until(stack_settings, "phoenix", ended)
    assert kinds(events) == ["ResearchStarted", "ResearchStarted", "ResearchCompleted"]
    assert isinstance(events[-1], ResearchCompleted)
    assert events[-1].attempt == 2


async def test_a_worker_killed_in_its_work_is_followed(stack_settings: Settings) -> None:
    settings = stack_settings
    async with running(settings, stand_in(settings)):
        await write(settings, request("killed", "slow"))
        await until(settings, "killed", progressing)
        children = await asyncio.to_thread(pids_of_workers)
        for pid in children:
            os.kill(pid, signal.SIGKILL)
        await until(settings, "killed", lambda events: kinds(events).count("ResearchStarted") == 2)
        await write(settings, CancelResearch(request_id="killed", author="me"))
        await until(settings, "killed", ended)


def pids_of_workers() -> list[int]:
    import psutil

    children = psutil.Process().children()
    return [child.pid for child in children if STAND_IN[-1] in child.cmdline()]


async def test_what_kills_its_worker_each_time_fails(stack_settings: Settings) -> None:
    async with running(stack_settings, stand_in(stack_settings)):
        await write(stack_settings, request("poison", "die"), request("healthy", "done"))
        events = await until(stack_settings, "poison", ended)
        await until(stack_settings, "healthy", ended)
    assert kinds(events) == ["ResearchStarted"] * 3 + ["ResearchFailed"]
    assert isinstance(events[-1], ResearchFailed)
    assert events[-1].reason == "workers_lost"


async def test_an_attempt_takes_no_longer_than_it_may(stack_settings: Settings) -> None:
    research = stack_settings.research.model_copy(update={"timeout_s": 0.5})
    settings = stack_settings.model_copy(update={"research": research})
    async with running(settings, stand_in(settings)):
        await write(settings, request("endless", "slow"))
        end = (await until(settings, "endless", ended))[-1]
    assert isinstance(end, ResearchFailed)
    assert end.reason == "timeout"
    assert "batch queue" in end.message


async def test_the_lease_of_an_owner_that_is_gone_runs_out(stack_settings: Settings) -> None:
    settings = stack_settings
    gone = ResearchStarted(request_id="left", attempt=1, worker="another/1", lease_s=1.5)
    await write(settings, request("left", "done"), gone)
    async with running(settings, stand_in(settings)):
        events = await until(settings, "left", ended)
    assert [event.attempt for event in events] == [1, 2, 2]


HOUR_MS = 3_600_000


async def test_an_owner_whose_clock_was_ahead_is_followed_when_it_has_gone(
    stack_settings: Settings,
) -> None:
    settings, ahead_ms = stack_settings, time.time_ns() // 1_000_000 + HOUR_MS
    gone = ResearchStarted(request_id="fast-clock", attempt=1, worker="another/1", lease_s=1.5)
    await write(settings, request("fast-clock", "done"))
    await write(settings, gone, at_ms=ahead_ms)
    async with running(settings, stand_in(settings)):
        events = await until(settings, "fast-clock", ended)
    assert [event.attempt for event in events] == [1, 2, 2]


async def test_an_owner_whose_clock_is_behind_keeps_its_lease(stack_settings: Settings) -> None:
    settings, behind_ms = stack_settings, time.time_ns() // 1_000_000 - HOUR_MS
    other = ResearchStarted(request_id="slow-clock", attempt=1, worker="another/1", lease_s=60.0)
    await write(settings, request("slow-clock", "done"))
    await write(settings, other, at_ms=behind_ms)
    async with running(settings, stand_in(settings)):
        await write(settings, request("meanwhile", "done"))
        await until(settings, "meanwhile", ended)
        assert kinds(await log_of(settings, "slow-clock")) == ["ResearchStarted"]


async def test_a_restarted_owner_does_not_wait_for_its_own_lease(stack_settings: Settings) -> None:
    worker = WorkerSettings(instance_id="research-7")
    settings = stack_settings.model_copy(update={"worker": worker})
    gone = ResearchStarted(request_id="own", attempt=1, worker="research-7/before", lease_s=60.0)
    await write(settings, request("own", "done"), gone)
    async with running(settings, stand_in(settings)):
        events = await until(settings, "own", ended)
    assert [event.attempt for event in events] == [1, 2, 2]


async def test_what_another_process_has_ended_is_worked_at_no_more(
    stack_settings: Settings,
) -> None:
    settings = stack_settings
    async with running(settings, stand_in(settings)):
        await write(settings, request("raced", "slow"))
        await until(settings, "raced", progressing)
        await write(settings, ResearchCancelled(request_id="raced", attempt=1))
        await write(settings, request("after", "done"))  # the only worker is free again
        await until(settings, "after", ended)
    assert kinds(await log_of(settings, "raced")) == ["ResearchStarted", "ResearchCancelled"]
