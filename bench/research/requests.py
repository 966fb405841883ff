"""A backtest asked for over REST, through Kafka and the pool, until its result can be read."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator

import httpx

from bench.figures import Figure
from bench.latency import percentile
from bench.market import Market, random_walks
from bench.research.ours import SMA_CROSS
from deploy.api_client import api_url
from streams.catalog import BARS
from streams.producer import Publisher
from streams.settings import Settings

PART = "research"
FEED, BARS_EACH = "requests", 2_500
WARM_UP, SAMPLES, ROUNDS = 10, 60, 3
BODY = {"source": SMA_CROSS, "feed": FEED, "symbols": ["SYM0"], "interval": "1m", "wait_s": 20.0}
SETTLE_LIMIT_S = 60.0


def request_figures(settings: Settings) -> Iterator[Figure]:
    """One after the other, on a system that does nothing else."""
    asyncio.run(publish(settings, random_walks(FEED, 1, BARS_EACH)))
    with httpx.Client(base_url=api_url(settings), timeout=30.0) as client:
        wait_for_bars(client)
        for _ in range(WARM_UP):
            asked_ms(client)
        rounds = [[asked_ms(client) for _ in range(SAMPLES)] for _ in range(ROUNDS)]
    name = "backtest of 1 symbol × 2,500 bars over REST and Kafka, until its result is read"
    limit = (
        "four hops through the log (request, start, progress and result) and two processes of ours"
    )
    for percent, target in ((50, 50.0), (99, None)):
        samples = [percentile(taken, percent) for taken in rounds]
        details = {"target": target, "samples": SAMPLES * ROUNDS}
        yield Figure(PART, f"{name}, p{percent}", "ms", samples, limit, (), details)


def asked_ms(client: httpx.Client) -> float:
    """From the question to the whole report, read."""
    began = time.perf_counter()
    answer = client.post("/v1/backtests", json=BODY)
    placed = answer.json()
    assert placed["state"] == "completed", answer.text
    report = client.get(placed["report"])
    taken = time.perf_counter() - began
    assert len(report.json()["equity"]) == BARS_EACH
    return taken * 1e3


async def publish(settings: Settings, market: Market) -> None:
    """The bars onto the log."""
    publisher = Publisher(settings, "bench")
    await publisher.start()
    try:
        for partition, record in list(market.records(settings.kafka.partitions)):
            await publisher.publish(BARS.name, record, partition)
    finally:
        await publisher.stop()


def wait_for_bars(client: httpx.Client) -> None:
    """Until a backtest sees all of them."""
    deadline = time.monotonic() + SETTLE_LIMIT_S
    while True:
        answer = client.post("/v1/backtests", json=BODY).json()
        if answer["state"] == "completed":
            found = client.get(f"/v1/backtests/{answer['id']}").json()
            if found["total"] == BARS_EACH:
                return
        assert time.monotonic() < deadline, answer
        time.sleep(0.2)
