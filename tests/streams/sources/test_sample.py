"""The sample feed's bars, and its going on exactly after any end of its process."""

from __future__ import annotations

import asyncio
import random
import subprocess
import sys
import time
from collections import defaultdict

import pytest

from deploy.environment import child_environment
from schemas.events.market import BarClosed
from schemas.series import Series
from streams.catalog import BARS, FEEDS
from streams.codec import Outgoing, decode
from streams.producer import Publisher, partition_of
from streams.reader import read_topic
from streams.settings import FeedSettings, Settings
from streams.sources.encoding import BarEncoder
from streams.sources.resumption import ResumableFeed
from streams.sources.sample import describe, last_year, read_sample, round_records
from streams.topics import ensure_topics

KILLS = 4
FEED_PROCESS = [sys.executable, "-c", "from streams.sources.sample import run;"
                "from streams.settings import Settings; run(Settings())"]  # fmt: skip


def test_the_sample_is_five_adjusted_stocks() -> None:
    bars = read_sample()
    assert describe(bars).startswith(
        "12,154 real daily bars of AAPL, FB, GOOG, IBM, MSFT, 2000-03-01 to 2013-03-01, adjusted"
    )
    assert all(bar.low <= min(bar.open, bar.close) for bar in bars)
    assert all(bar.high >= max(bar.open, bar.close) for bar in bars)
    split = [
        bar.close for bar in bars if bar.symbol == "AAPL" and 0 < bar.ts - 1_109_289_600e6 < 4e11
    ]
    assert 0.9 < split[1] / split[0] < 1.1, "AAPL's split of 2005-02-28 is adjusted away"


def test_reading_the_sample_loads_neither_pandas_nor_polars() -> None:
    code = (
        "import sys; from streams.sources.sample import read_sample; read_sample();"
        "assert not {'pandas', 'polars', 'bokeh_sampledata'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_a_later_round_is_the_last_year_under_another_name() -> None:
    bars = read_sample()
    first, history = round_records(bars, 1)
    second, none = round_records(bars, 2)
    assert (len(first), history, none) == (len(bars), last_year(bars), 0)
    assert len(second) == len(first) - history
    assert {record.key for record in second} == {
        f"sample-2/{symbol}/1d".encode() for symbol in ("AAPL", "FB", "GOOG", "IBM", "MSFT")
    }


def run_feed(settings: Settings, until: str, seconds: float) -> None:
    """Kill the feed's process so long after it has logged `until`."""
    with subprocess.Popen(
        FEED_PROCESS, env=child_environment(settings), stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stderr is not None
        assert any(until in line for line in process.stderr), f"it ended without saying {until}"
        time.sleep(seconds)
        process.kill()


async def bars_of(settings: Settings, prefix: str) -> dict[str, list[int]]:
    """The ts of every bar on the log, in its order, by series."""
    found = defaultdict(list)
    for records in (await read_topic(settings, BARS.name)).values():
        for record in records:
            if (record.key or b"").startswith(prefix.encode()):
                bar = decode(record.value, record.headers, (BarClosed,))
                assert isinstance(bar, BarClosed)
                found[bar.series.key].append(bar.ts)
    return found


def test_kill_nine_loses_nothing_and_repeats_nothing(live_settings: Settings) -> None:
    asyncio.run(ensure_topics(live_settings))
    settings = live_settings.model_copy(update={"feed": FeedSettings(bars_per_s=1500)})
    expected: dict[str, list[int]] = defaultdict(list)
    for number in (1, 2):
        for record in round_records(read_sample(), number)[0]:
            key, _, ts = dict(record.headers)["ce_id"].decode().rpartition("/")
            expected[key].append(int(ts))
    rng = random.Random(7)
    for kill in range(KILLS + 1):
        until = "goes on at" if kill < KILLS else "round 3 goes on at"
        run_feed(settings, until, rng.uniform(0.0, 0.6))
        found = asyncio.run(bars_of(live_settings, "sample"))
        for key, times in found.items():
            if key in expected:
                assert times == expected[key][: len(times)], key
    assert {key: found[key] for key in expected} == expected


@pytest.mark.parametrize("missing", [set(), {3}, {0, 1}, {0, 3, 7}])
async def test_holes_are_filled_before_the_feed_goes_on(
    live_settings: Settings, missing: set[int]
) -> None:
    """A batch for one partition can arrive, and an earlier bar for another not."""
    await ensure_topics(live_settings)
    name = f"holes-{'-'.join(map(str, sorted(missing)))}"
    days = [1_000_000_000_000_000 + day * 86_400_000_000 for day in range(6)]
    partitions = live_settings.kafka.partitions
    by_partition = {
        partition_of(encoder.key, partitions): encoder
        for encoder in (BarEncoder(Series(name, s, "1d"), f"/test/{name}") for s in "ABCDEFGHIJ")
    }
    encoders = list(by_partition.values())[:2]
    assert len(encoders) == 2
    records = [encoder.encode(ts, 1, 1, 1, 1, 1) for ts in days for encoder in encoders]
    publisher = Publisher(live_settings, name)
    await publisher.start()
    try:
        for index, record in enumerate(records[:8]):
            if index not in missing and not later_of_its_series(index, missing):
                await publisher.publish(BARS.name, record)
        for _ in range(2):
            feed = ResumableFeed(live_settings, publisher, name, f"/test/{name}")
            await feed.resume()
            await feed.fill(records)
            await feed.publish(records[feed.published :])
    finally:
        await publisher.stop()
    assert dict(await bars_of(live_settings, name + "/")) == {
        encoder.series.key: days for encoder in encoders
    }


async def test_a_feed_whose_place_was_lost_writes_nothing_again(live_settings: Settings) -> None:
    """As where the topic of places was deleted: the second round was half on the log."""
    await ensure_topics(live_settings)
    name, source = "lost-place", "/test/lost-place"
    days = [1_000_000_000_000_000 + day * 86_400_000_000 for day in range(6)]
    rounds = [
        [BarEncoder(Series(feed, "A", "1d"), source).encode(ts, 1, 1, 1, 1, 1) for ts in days]
        for feed in (name, f"{name}-2", f"{name}-3")
    ]
    publisher = Publisher(live_settings, name)
    await publisher.start()
    try:
        feed = ResumableFeed(live_settings, publisher, name, source)
        await feed.resume()
        await feed.publish([*rounds[0], *rounds[1][:3]])
        again = ResumableFeed(live_settings, publisher, name, source)
        assert (await again.resume(), again.published) == (1, 0)
        for number, records in enumerate(rounds, start=1):
            await again.fill(records)
            await again.publish(records[again.published :])
            await again.begin(number + 1)
    finally:
        await publisher.stop()
    found = await bars_of(live_settings, name)
    assert found == {f"{feed}/A/1d": days for feed in (name, f"{name}-2", f"{name}-3")}


async def test_a_place_that_nobody_can_read_is_passed_over(live_settings: Settings) -> None:
    await ensure_topics(live_settings)
    name = "unreadable"
    publisher = Publisher(live_settings, name)
    await publisher.start()
    try:
        left = ResumableFeed(live_settings, publisher, name, f"/test/{name}")
        left.published = 7
        await left.save()
        for nonsense in (b"{", None, b'{"feed":"unreadable","round":1,"published":9,"offsets":[]}'):
            await publisher.publish(FEEDS.name, Outgoing(name.encode(), nonsense, []))
        found = ResumableFeed(live_settings, publisher, name, f"/test/{name}")
        assert (await found.resume(), found.published) == (1, 7)
    finally:
        await publisher.stop()


def later_of_its_series(index: int, missing: set[int]) -> bool:
    """Whether an earlier record of the same partition is missing: then so is this one."""
    return any(other < index and (index - other) % 2 == 0 for other in missing)
