"""Quiet system, one bar at a time: how long until an SSE client has it, and what follows from it.

The clock starts before the bar is given to the producer and is read when the event's bytes have
come. Beside it: when a bare aiokafka consumer has the same records.
"""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import httpx
import msgspec

from bench.market import Market, random_walks
from deploy.api_client import api_url
from streams.catalog import BARS, INDICATORS, SIGNALS
from streams.producer import Publisher
from streams.reader import LogReader, partitions_of
from streams.settings import Settings

FEED = "latency"
SERIES = 5
INTERVAL_S = 0.05
WARM_UP_SAMPLES = 20
TAIL_LIMIT_S = 5.0
PROBE = {
    "id": "probe",
    "name": "Says something at every bar",
    "source": '"""Says something at every bar."""\n\n\n'
    "def on_bar(bar):\n"
    "    if bar.close > bar.open:\n        enter_long()\n    else:\n        exit()\n",
}
EVENTS = ("BarClosed", "IndicatorsComputed", "SignalEmitted")
TOPIC_EVENTS = {BARS.name: EVENTS[0], INDICATORS.name: EVENTS[1], SIGNALS.name: EVENTS[2]}


class Place(msgspec.Struct, frozen=True):
    """Which bar an event is about."""

    feed: str
    symbol: str
    ts: int


_place = msgspec.json.Decoder(Place).decode


@dataclass
class Sightings:
    """When each event was seen first, by its name and bar; seconds of `time.monotonic`."""

    at_s: dict[tuple[str, Place], float] = field(default_factory=dict)

    def see(self, event: str, value: bytes) -> None:
        self.at_s.setdefault((event, _place(value)), time.monotonic())


@dataclass(frozen=True, slots=True)
class Latencies:
    """Milliseconds from produce to sight, by event: at an SSE client and at a Kafka consumer."""

    sse: dict[str, list[float]]
    kafka: dict[str, list[float]]


def deploy_probe(client: httpx.Client) -> None:
    """Run a strategy that signals at every bar on the latency feed alone."""
    answer = client.post("/v1/strategies", json=PROBE)
    assert answer.status_code == 201, answer.text
    body = {"id": "probe-live", "strategy_id": "probe", "series": {"feed": FEED}}
    answer = client.post("/v1/deployments", json=body)
    assert answer.is_success, answer.text


def undeploy_probe(client: httpx.Client) -> None:
    """End it, so that it costs nothing any more."""
    answer = client.delete("/v1/deployments/probe-live")
    assert answer.is_success, answer.text


def rounds_of_bars(rounds: int, samples: int) -> list[Market]:
    """The bars of so many rounds, each with `samples` of them after its warm-up."""
    size = WARM_UP_SAMPLES + samples
    market = random_walks(FEED, SERIES, rounds * size // SERIES + 1)
    return [market.part(start, start + size) for start in range(0, rounds * size, size)]


async def latencies(settings: Settings, market: Market) -> Latencies:
    """Send the bars, one every INTERVAL_S, and see where they and their events come."""
    by_sse, by_kafka = Sightings(), Sightings()
    async with sse_client(settings, by_sse), kafka_client(settings, by_kafka):
        sent_s = await send(settings, market)
        await seen_all(len(sent_s) * len(EVENTS), by_sse, by_kafka)
    measured = list(sent_s)[WARM_UP_SAMPLES:]
    return Latencies(*(delays(measured, sent_s, seen) for seen in (by_sse, by_kafka)))


async def send(settings: Settings, market: Market) -> dict[Place, float]:
    """Publish the bars one by one; when each was given to the producer."""
    records = list(market.records(settings.kafka.partitions))
    publisher = Publisher(settings, "bench")
    await publisher.start()
    sent_s: dict[Place, float] = {}
    try:
        for partition, record in records:
            assert record.value is not None
            place = _place(record.value)
            began_s = sent_s[place] = time.monotonic()
            await publisher.publish(BARS.name, record, partition)
            await asyncio.sleep(max(0.0, began_s + INTERVAL_S - time.monotonic()))
    finally:
        await publisher.stop()
    return sent_s


async def seen_all(count: int, *sightings: Sightings) -> None:
    """Wait until each has seen `count` events. Raises TimeoutError."""
    async with asyncio.timeout(TAIL_LIMIT_S):
        while any(len(seen.at_s) < count for seen in sightings):  # noqa: ASYNC110  # a dict's size
            await asyncio.sleep(INTERVAL_S)


def delays(
    measured: Sequence[Place], sent_s: dict[Place, float], seen: Sightings
) -> dict[str, list[float]]:
    """Milliseconds from sent to seen, by event, in the order of sending."""
    return {
        event: [(seen.at_s[event, place] - sent_s[place]) * 1e3 for place in measured]
        for event in EVENTS
    }


@asynccontextmanager
async def sse_client(settings: Settings, seen: Sightings) -> Any:
    """An httpx client on the live stream while inside."""
    params = {"types": ",".join(EVENTS), "feed": FEED}
    async with (
        httpx.AsyncClient(base_url=api_url(settings), timeout=None) as client,
        client.stream("GET", "/v1/stream", params=params) as response,
    ):
        response.raise_for_status()
        lines = response.aiter_lines()
        await anext(lines)  # the greeting: from here on nothing is missed

        async def listen() -> None:
            event = ""
            async for line in lines:
                if line.startswith("event: "):
                    event = line[len("event: ") :]
                elif line.startswith("data: "):
                    seen.see(event, line[len("data: ") :].encode())

        async with alongside(listen()):
            yield


@asynccontextmanager
async def kafka_client(settings: Settings, seen: Sightings) -> Any:
    """A consumer without a group on the three topics while inside."""
    tps = [tp for topic in TOPIC_EVENTS for tp in partitions_of(topic, settings.kafka.partitions)]
    reader = LogReader(settings, dict.fromkeys(tps, LogReader.END_OF_LOG))
    await reader.start()

    async def listen() -> None:
        while True:
            for tp, records in (await reader.batches()).items():
                for record in records:
                    assert record.value is not None
                    seen.see(TOPIC_EVENTS[tp.topic], record.value)

    try:
        async with alongside(listen()):
            yield
    finally:
        await reader.stop()


@asynccontextmanager
async def alongside(work: Any) -> Any:
    """A task that runs while inside."""
    task = asyncio.create_task(work)
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


def percentile(values: Sequence[float], percent: int) -> float:
    """By linear interpolation between samples."""
    return statistics.quantiles(values, n=100, method="inclusive")[percent - 1]
