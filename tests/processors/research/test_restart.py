"""What an owner reads when it starts, and whose requests it takes first, on a real log."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence

import pytest

from processors.research.ledger import REMEMBERED_MAX
from processors.research.owned import Owned
from schemas.events.base import Event
from schemas.events.research import (
    ResearchCancelled,
    ResearchCompleted,
    ResearchEnd,
    ResearchResult,
    ResearchStarted,
)
from streams.admission import admit
from streams.catalog import RESEARCH_REQUESTS, RESEARCH_RESULTS
from streams.codec import encode
from streams.producer import Publisher, partition_of
from streams.reader import read_topic
from streams.records import Record
from streams.settings import ResearchSettings, Settings
from streams.topics import ensure_topics
from tests.feeding import running
from tests.processors.research.test_agent import (
    ended,
    kinds,
    log_of,
    request,
    stand_in,
    until,
    write,
)
from tests.stack import open_stack

FINISHED = 10_000


@pytest.fixture
def empty_log() -> Iterator[Settings]:
    with open_stack(research=ResearchSettings(lease_s=1.5)) as stack:
        asyncio.run(ensure_topics(stack.settings))
        yield stack.settings


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[Record]:
    """The records that owners have read."""
    seen: list[Record] = []
    real = Owned.read

    def noting(self: Owned, topic: str, record: Record) -> str | None:
        seen.append(record)
        return real(self, topic, record)

    monkeypatch.setattr(Owned, "read", noting)
    return seen


async def write_finished(settings: Settings, count: int) -> None:
    """So many requests that have been worked at, whose ends are on the log."""
    publisher = Publisher(settings, "test")
    await publisher.start()
    partitions = settings.kafka.partitions
    names = [f"old-{number}" for number in range(count)]
    for partition in range(partitions):
        mine = [name for name in names if partition_of(name.encode(), partitions) == partition]
        asked: list[Event] = [request(name, "done") for name in mine]
        said: list[Event] = []
        for name in mine:
            said.append(ResearchStarted(request_id=name, attempt=1, worker="before/1", lease_s=9.0))
            said.append(ResearchCancelled(request_id=name, attempt=1))
        for topic, events in ((RESEARCH_REQUESTS, asked), (RESEARCH_RESULTS, said)):
            records = [
                encode(event, key=event.request_id, event_id="e", source="/test", ts_us=0)  # type: ignore[attr-defined]  # all are of research
                for event in events
            ]
            await asyncio.gather(*await publisher.publish_many(topic.name, partition, records))
    await publisher.stop()


async def test_after_thousands_of_finished_requests_a_start_reads_the_last_ones_only(
    empty_log: Settings, read: list[Record]
) -> None:
    settings = empty_log
    await write_finished(settings, FINISHED)
    async with running(settings, stand_in(settings)) as agent:
        await agent.checkpoint()
    assert len(read) == 3 * FINISHED, "nobody has left word of where to begin"
    results = await read_topic(settings, RESEARCH_RESULTS.name)
    assert sum(map(len, results.values())) == 2 * FINISHED, "what has ended is begun by nobody"

    await write(settings, request("left", "done"))
    read.clear()
    async with running(settings, stand_in(settings)) as agent:
        assert isinstance((await until(settings, "left", ended))[-1], ResearchCompleted)
        await agent.checkpoint()
        again = request("old-9999", "done")  # somebody sends one again that has ended
        await write(settings, again, request("behind", "done"))
        await until(settings, "behind", ended)
    most = settings.kafka.partitions * 3 * REMEMBERED_MAX
    assert 3 * REMEMBERED_MAX <= len(read) <= most + 20 < 3 * FINISHED
    assert kinds(await log_of(settings, "old-9999")) == ["ResearchStarted", "ResearchCancelled"]


async def test_an_owner_that_ends_without_a_word_is_followed_from_the_word_before(
    empty_log: Settings,
) -> None:
    settings = empty_log
    async with running(settings, stand_in(settings)) as agent:
        await write(settings, request("first", "done"))
        await until(settings, "first", ended)
        await agent.checkpoint()
        await write(settings, request("second", "done"), request("cut", "slow"))
        await until(settings, "cut", lambda events: bool(events))
    async with running(settings, stand_in(settings, size=2)):
        await until(settings, "second", ended)
        await until(settings, "cut", lambda events: kinds(events).count("ResearchStarted") == 2)
    for name in ("first", "second"):
        found = kinds(await log_of(settings, name))
        assert found == ["ResearchStarted", "ResearchCompleted"], (name, found)


async def test_one_request_does_not_wait_for_all_of_another_authors(empty_log: Settings) -> None:
    settings = empty_log
    busy = [request(f"busy-{number}", "nap 0.1") for number in range(40)]
    single = request("single", "nap 0.1").model_copy(update={"author": "you"})
    await write(settings, *busy, single)
    async with running(settings, stand_in(settings)):
        await until(settings, "single", ended)
        before = await ends(settings)
        await until(settings, "busy-39", ended)
    assert len(before) < 20, "one author's forty hold up the other's one"


async def ends(settings: Settings) -> Sequence[ResearchResult]:
    """The ends that are on the log, of all requests."""
    partitions = settings.kafka.partitions
    found = []
    for records in (await read_topic(settings, RESEARCH_RESULTS.name)).values():
        for record in records:
            event = admit(record, RESEARCH_RESULTS, partitions)
            if isinstance(event, ResearchEnd):
                found.append(event)
    return found
