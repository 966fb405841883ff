"""The live stream on a real broker, through `httpx-sse`: no gap, no repeat, whatever happens."""

from __future__ import annotations

import asyncio
import itertools
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
from httpx_sse import ServerSentEvent, aconnect_sse

from api.stream.ring import EVENTS_MAX
from schemas.events.chat import TurnPosted
from schemas.events.market import BarClosed
from schemas.events.signals import SignalEmitted
from streams.catalog import BARS, CHAT, SIGNALS
from streams.codec import Outgoing
from streams.producer import Publisher, partition_of
from streams.settings import Settings
from tests.api.made import bar, outgoing, signal
from tests.api.serving import live, problem

ANSWER_LIMIT_S = 15.0
offsets = itertools.count(1)
"""Marks of signals have to rise within their partition, over all tests of the run."""


async def publish(settings: Settings, *events: BarClosed | SignalEmitted | TurnPosted) -> None:
    """Each event to its key's partition, in order, acknowledged."""
    publisher = Publisher(settings, "test")
    await publisher.start()
    try:
        groups: dict[tuple[str, int], list[Outgoing]] = {}
        for event in events:
            topic, key = place_of(event)
            partition = partition_of(key.encode(), settings.kafka.partitions)
            groups.setdefault((topic, partition), []).append(outgoing(event, key))
        for (topic, partition), records in groups.items():
            for future in await publisher.publish_many(topic, partition, records):
                await future
    finally:
        await publisher.stop()


def place_of(event: BarClosed | SignalEmitted | TurnPosted) -> tuple[str, str]:
    if isinstance(event, TurnPosted):
        return CHAT.name, event.conversation_id
    return BARS.name if isinstance(event, BarClosed) else SIGNALS.name, event.series.key


class Listener:
    """One SSE client; `last_id` is what it would resume with."""

    def __init__(self, events: AsyncIterator[ServerSentEvent]) -> None:
        self._events = events
        self.last_id = ""

    async def take(self, count: int) -> list[dict[str, Any]]:
        """The next events' data."""
        found: list[dict[str, Any]] = []
        async with asyncio.timeout(ANSWER_LIMIT_S):
            while len(found) < count:
                event = await anext(self._events)
                self.last_id = event.id
                if event.data:
                    found.append(json.loads(event.data))
        return found

    async def greeted(self) -> None:
        """Return once the stream has said where it begins."""
        self.last_id = (await anext(self._events)).id
        assert self.last_id

    async def silent(self, for_s: float = 0.4) -> bool:
        try:
            async with asyncio.timeout(for_s):
                await self.take(1)
        except TimeoutError:
            return True
        return False


@asynccontextmanager
async def listening(
    base: str, query: str = "", resume: str | None = None
) -> AsyncIterator[Listener]:
    headers = {} if resume is None else {"Last-Event-ID": resume}
    async with (
        httpx.AsyncClient(base_url=base, timeout=ANSWER_LIMIT_S) as client,
        aconnect_sse(client, "GET", f"/v1/stream?{query}", headers=headers) as source,
    ):
        source.response.raise_for_status()
        listener = Listener(source.aiter_sse())
        await listener.greeted()
        yield listener


def volumes(found: Sequence[dict[str, Any]]) -> list[int]:
    return [int(item["volume"]) for item in found]


@pytest.fixture(scope="module")
def base(log_settings: Settings) -> Any:
    with live(log_settings) as url:
        yield url


async def test_a_new_client_gets_what_comes_from_now_on(log_settings: Settings, base: str) -> None:
    await publish(log_settings, bar(1, feed="now"))
    async with listening(base, "feed=now") as listener:
        await publish(log_settings, bar(2, feed="now"), bar(3, feed="now"))
        found = await listener.take(2)
    assert volumes(found) == [2, 3]
    assert found[0] == bar(2, feed="now").model_dump(mode="json")


async def test_filters_pass_what_was_asked_for(log_settings: Settings, base: str) -> None:
    mark = next(offsets)
    turn = TurnPosted(conversation_id="filters", turn_id="t", author="a", text="hi")
    events = (
        bar(1, feed="filters"),
        bar(2, feed="filters", symbol="BBB"),
        signal((mark, 0), strategy="filters"),
        turn,
    )
    async with (
        listening(base, "feed=filters&symbol=BBB,CCC") as by_symbol,
        listening(base, "types=SignalEmitted&types=TurnPosted&strategy=filters") as by_strategy,
        listening(base, "conversation=filters") as by_conversation,
    ):
        await publish(log_settings, *events)
        assert volumes(await by_symbol.take(1)) == [2]
        assert (await by_strategy.take(1))[0]["source_offset"] == mark
        assert (await by_conversation.take(1))[0]["text"] == "hi"
        assert await by_symbol.silent()
        assert await by_strategy.silent(0.1)


async def test_a_client_resumes_in_the_ring_without_gap_or_repeat(
    log_settings: Settings, base: str
) -> None:
    symbols = [f"R{n}" for n in range(6)]
    async with listening(base, "feed=ring") as listener:
        await publish(
            log_settings, *(bar(n, feed="ring", symbol=s) for n in range(5) for s in symbols)
        )
        found = await listener.take(12)
        resume = listener.last_id
    await publish(log_settings, *(bar(5, feed="ring", symbol=s) for s in symbols))
    async with listening(base, "feed=ring", resume) as listener:
        found += await listener.take(24)
        assert await listener.silent()
    for symbol in symbols:
        assert volumes([item for item in found if item["symbol"] == symbol]) == list(range(6))


async def test_repeats_of_a_derived_topic_are_dropped(log_settings: Settings, base: str) -> None:
    first, second, third = ((next(offsets), 0) for _ in range(3))
    async with listening(base, "types=SignalEmitted&strategy=repeats") as listener:
        for mark in (first, second, first, second, third):
            await publish(log_settings, signal(mark, strategy="repeats"))
        found = await listener.take(3)
        assert [item["source_offset"] for item in found] == [first[0], second[0], third[0]]
        assert await listener.silent()


async def test_a_client_resumes_beyond_the_ring_and_across_a_restart(
    log_settings: Settings,
) -> None:
    """Bars enough to fill the ring come between; signals repeat around the place of the cut."""
    feed, count = "beyond", EVENTS_MAX + 2_000
    marks = [(next(offsets), 0) for _ in range(4)]
    query = f"feed={feed},test&types=BarClosed,SignalEmitted&symbol=ZZZ"
    with live(log_settings) as base:
        async with listening(base, query) as listener:
            await publish(
                log_settings, *(signal(mark, symbol="ZZZ") for mark in marks[:2]),
                bar(0, feed=feed, symbol="ZZZ"), bar(1, feed=feed, symbol="ZZZ"),
            )  # fmt: skip
            found = await listener.take(4)
            resume = listener.last_id
    await publish(
        log_settings,
        *(signal(mark, symbol="ZZZ") for mark in (marks[0], marks[1], *marks[2:])),
        *(bar(n, feed=feed, symbol="ZZZ") for n in range(2, count)),
    )
    with live(log_settings) as base:
        async with listening(base, query, resume) as listener:
            found += await listener.take(count - 2 + 2)
            await publish(log_settings, bar(count, feed=feed, symbol="ZZZ"))
            found += await listener.take(1)
            assert await listener.silent()
    bars = [item for item in found if "volume" in item]
    assert volumes(bars) == list(range(count + 1))
    signals = [item["source_offset"] for item in found if "volume" not in item]
    assert signals == [mark[0] for mark in marks]


async def test_replay_from_the_beginning_gives_all_there_is(
    log_settings: Settings, base: str
) -> None:
    await publish(log_settings, *(bar(n, feed="replay") for n in range(3)))
    async with listening(base, "feed=replay&from=earliest") as listener:
        assert volumes(await listener.take(3)) == [0, 1, 2]
        resume = listener.last_id
    async with listening(base, "feed=replay&from=earliest", resume) as listener:
        assert await listener.silent(), "a client that reconnects goes on where it was"


async def test_an_id_may_come_in_the_query(log_settings: Settings, base: str) -> None:
    async with listening(base, "feed=query") as listener:
        await publish(log_settings, bar(1, feed="query"))
    async with listening(base, f"feed=query&last_event_id={listener.last_id}") as again:
        assert volumes(await again.take(1)) == [1]


async def test_an_id_of_another_log_is_refused(base: str) -> None:
    async with httpx.AsyncClient(base_url=base) as client:
        response = await client.get("/v1/stream?last_event_id=1-bffffff")
        assert problem(response, 400, "invalid-parameter")["parameter"] == "last_event_id"


async def test_a_malformed_bar_is_no_event(log_settings: Settings, base: str) -> None:
    publisher = Publisher(log_settings, "test")
    await publisher.start()
    broken = Outgoing(b"bad/AAA/1d", b'{"feed": "bad"}', [])
    async with listening(base, "feed=bad") as listener:
        await publisher.publish(BARS.name, broken)
        await publisher.stop()
        await publish(log_settings, bar(1, feed="bad"))
        assert volumes(await listener.take(1)) == [1]


async def test_headers_alone_are_answered_and_end(base: str) -> None:
    async with httpx.AsyncClient(base_url=base) as client:
        response = await client.head("/v1/stream")
    assert response.headers["content-type"].startswith("text/event-stream")
