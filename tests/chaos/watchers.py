"""SSE clients over HTTP that are cut off again and again, and go on by their `Last-Event-ID`."""

from __future__ import annotations

import asyncio
import hashlib
import random
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx
import orjson
from httpx_sse import aconnect_sse

from schemas.series import Series
from streams.catalog import EVENT_TOPICS
from streams.producer import partition_of

RETRY_S = 0.3
CUT_AFTER_S = (0.5, 12.0)
SILENCE_LIMIT_S = 20.0
"""A stream without an event has a ping more often than that; one without is a dead connection."""

TOPIC_OF = {event.__name__: topic.name for topic in EVENT_TOPICS for event in topic.events}

Place = tuple[str, int]
"""A topic and a partition."""
Seen = dict[Place, list[bytes]]
"""What came of each partition, in order: a digest of kind and value."""


def digest(kind: str, value: bytes) -> bytes:
    return hashlib.blake2b(kind.encode() + b"\n" + value, digest_size=12).digest()


@dataclass
class Watcher:
    """One client. query: its filter; from the beginning of the log on."""

    name: str
    query: Mapping[str, str]
    partitions: int
    seen: Seen = field(default_factory=dict)
    resumes: int = 0
    refused: list[str] = field(default_factory=list)
    last_id: str = ""

    @property
    def count(self) -> int:
        return sum(map(len, self.seen.values()))

    def wants(self, kind: str, event: Mapping[str, Any]) -> bool:
        """Whether an event is of its filter."""
        types, symbol = self.query.get("types"), self.query.get("symbol")
        return (types is None or kind in types.split(",")) and (
            symbol is None or event.get("symbol") == symbol
        )

    def take(self, kind: str, data: str) -> None:
        value = data.encode()
        topic = TOPIC_OF[kind]
        place = (topic, partition_of_event(topic, orjson.loads(value), self.partitions))
        self.seen.setdefault(place, []).append(digest(kind, value))

    async def follow(self, url: str, dice: random.Random, hold: asyncio.Event) -> None:
        """Listen on and on. hold: cut nothing while it is set."""
        while True:
            headers = {"Last-Event-ID": self.last_id} if self.last_id else {}
            params = {**self.query, "from": "earliest"}
            limit = httpx.Timeout(5.0, read=SILENCE_LIMIT_S)
            try:
                async with (
                    httpx.AsyncClient(base_url=url, timeout=limit) as client,
                    aconnect_sse(
                        client, "GET", "/v1/stream", params=params, headers=headers
                    ) as source,
                ):
                    if 400 <= source.response.status_code < 500:
                        await source.response.aread()
                        self.refused.append(source.response.text)
                    source.response.raise_for_status()
                    self.resumes += 1
                    until_s = asyncio.get_running_loop().time() + dice.uniform(*CUT_AFTER_S)
                    async for sse in source.aiter_sse():
                        if sse.data:
                            self.take(sse.event, sse.data)
                        self.last_id = sse.id
                        if asyncio.get_running_loop().time() > until_s and not hold.is_set():
                            break
            except httpx.HTTPError:
                await asyncio.sleep(RETRY_S)


def partition_of_event(topic: str, event: Mapping[str, Any], partitions: int) -> int:
    """Where an event of the load lies."""
    if topic == "strategies.activations.v1":
        return int(event["partition"])
    if "symbol" in event:
        key = Series(event["feed"], event["symbol"], event["interval"]).key
    else:
        key = event["strategy_id"] if "strategy_id" in event else event["conversation_id"]
    return partition_of(key.encode(), partitions)


class Audience:
    """The watchers, in a thread of their own."""

    def __init__(self, url: str, seed: int, partitions: int) -> None:
        self._url = url
        self._seed = seed
        self.watchers = [
            Watcher("everything", {}, partitions),
            Watcher("signals", {"types": "SignalEmitted,OrderEmitted,AlertRaised"}, partitions),
            Watcher("one symbol", {"symbol": "SYM1"}, partitions),
            Watcher("bars", {"types": "BarClosed,BarCorrected", "symbol": "SYM2"}, partitions),
        ]
        self._loop = asyncio.new_event_loop()
        self._hold = asyncio.Event()
        self._thread = threading.Thread(target=self._run, name="audience", daemon=True)
        self._task: asyncio.Task[None] | None = None
        self._error: BaseException | None = None

    def __enter__(self) -> Audience:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._cancel)
        self._thread.join(30.0)

    def hold(self, on: bool) -> None:
        """Cut no connection for a while."""
        self._loop.call_soon_threadsafe(self._hold.set if on else self._hold.clear)

    def check(self) -> None:
        """Raise what a watcher ended with."""
        if self._error is not None:
            raise self._error

    def _cancel(self) -> None:
        if self._task is not None:
            self._task.cancel()

    def _run(self) -> None:
        try:
            self._loop.run_until_complete(self._watch())
        except asyncio.CancelledError:
            pass
        except BaseException as error:
            self._error = error
        finally:
            self._loop.close()

    async def _watch(self) -> None:
        self._task = asyncio.current_task()
        follows = (
            each.follow(self._url, random.Random(f"watch/{self._seed}/{each.name}"), self._hold)
            for each in self.watchers
        )
        await asyncio.gather(*follows)
