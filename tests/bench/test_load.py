"""Batches that were built beforehand are on a real log as the same records, and nothing more."""

from __future__ import annotations

from bench.load import Load
from bench.market import random_walks
from streams.catalog import BARS
from streams.reader import read_topic
from streams.settings import Settings
from streams.topics import ensure_topics


async def test_what_was_built_is_on_the_log(live_settings: Settings) -> None:
    await ensure_topics(live_settings)
    market = random_walks("bench-load", symbols=4, bars=700)
    async with Load(live_settings) as load:
        load.build(market)
        await load.send()
    log = await read_topic(live_settings, BARS.name)
    keys = {series.key.encode() for series in market.series}
    found = [
        (partition, r.key, r.value, list(r.headers))
        for partition, records in log.items()
        for r in records
        if r.key in keys
    ]
    sent = [
        (partition, r.key, r.value, r.headers)
        for partition, r in market.records(live_settings.kafka.partitions)
    ]
    # A sort by partition keeps the order within each.
    assert found == sorted(sent, key=lambda item: item[0])
