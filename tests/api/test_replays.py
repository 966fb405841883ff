"""On a real broker: whoever begins to read while all is written again takes no repeat for new."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence

import pytest

from api.log import tail as tail_module
from api.log.tail import Tail
from api.reads.protocol import NextOffset
from api.stream.hub import Hub
from schemas.events.signals import AlertRaised
from schemas.series import Series
from streams.catalog import ALERTS
from streams.codec import encode
from streams.producer import Publisher, partition_of
from streams.settings import Settings
from streams.topics import ensure_topics
from tests.stack import open_stack

HISTORY = 300
WAIT_S = 30.0


@pytest.fixture(scope="module")
def settings() -> Iterator[Settings]:
    with open_stack() as stack:
        asyncio.run(ensure_topics(stack.settings))
        yield stack.settings


async def raise_alerts(settings: Settings, symbol: str, offsets: Sequence[int]) -> int:
    """Write an alert at each of these bars; the partition."""
    series = Series("replays", symbol, "1d")
    partition = partition_of(series.key.encode(), settings.kafka.partitions)
    records = [
        encode(
            AlertRaised(
                feed=series.feed,
                symbol=series.symbol,
                interval=series.interval,
                ts=offset * 86_400_000_000,
                deployment_id="d",
                strategy_id="s",
                version=1,
                alert=0,
                message="m",
                source_offset=offset,
                seq=0,
            ),
            key=series.key,
            event_id=f"{offset}",
            source="/test",
            ts_us=0,
        )
        for offset in offsets
    ]
    publisher = Publisher(settings, "test")
    await publisher.start()
    await asyncio.gather(*await publisher.publish_many(ALERTS.name, partition, records))
    await publisher.stop()
    return partition


async def taken(settings: Settings, found: NextOffset, until: int) -> list[int]:
    """The bars of the alerts that a process takes for new, once it has read so far."""

    async def projected() -> list[NextOffset]:
        return [found]

    tail = Tail(settings, Hub(), projected)
    tail.start()
    try:
        async with asyncio.timeout(WAIT_S):
            while tail.ring.vector[ALERTS.name, found.partition] < until:  # noqa: ASYNC110
                await asyncio.sleep(0.05)
    finally:
        await tail.stop()
        assert tail._task is not None
        await asyncio.wait([tail._task])  # its connections close
    return [
        event.labels.source_offset
        for event, _ in tail.ring.since(tail.ring.first)
        if event.partition == (ALERTS.name, found.partition)
    ]


@pytest.mark.parametrize(("symbol", "reached"), [("B", 590), ("C", 480)])
async def test_repeats_of_long_ago_are_told_by_the_marks_of_the_database(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, symbol: str, reached: int
) -> None:
    monkeypatch.setattr(tail_module, "BACKLOG_RECORDS", 50)
    await raise_alerts(settings, symbol, range(HISTORY))
    partition = await raise_alerts(settings, symbol, range(HISTORY + 2))  # an agent began anew
    projected = NextOffset("tables", ALERTS.name, partition, reached, (HISTORY - 1, 0))
    assert await taken(settings, projected, HISTORY + 302) == [HISTORY, HISTORY + 1]


async def test_where_nothing_is_written_again_the_backlog_is_whole(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tail_module, "BACKLOG_RECORDS", 50)
    partition = await raise_alerts(settings, "ONCE", range(HISTORY))
    projected = NextOffset("tables", ALERTS.name, partition, 290, (289, 0))
    assert await taken(settings, projected, HISTORY) == list(range(250, HISTORY))
