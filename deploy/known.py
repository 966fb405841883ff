"""What is already there of a series: the time of its last bar, from the view and the log's tail.

The database knows the last bar of each series up to the offset that its projection has reached;
the rest is read from the log. Without a database all of the log is read, which is as exact.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import psycopg
from aiokafka import TopicPartition

from schemas.series import Series
from streams.bars import BarDecoder
from streams.catalog import BARS
from streams.producer import partition_of
from streams.reader import LogReader
from streams.settings import Settings

CONNECT_LIMIT_S = 3

LAST_TIMES = """
SELECT series_id, (extract(epoch FROM last_ts) * 1000000)::bigint FROM series
WHERE series_id = ANY(%s)
"""
SYMBOLS = "SELECT DISTINCT symbol FROM series WHERE feed = %s"
REACHED = "SELECT partition, min(next_offset) FROM consumer_offsets WHERE topic = %s GROUP BY 1"


async def last_times(
    settings: Settings, series: Sequence[Series]
) -> tuple[dict[Series, int], list[str]]:
    """The ts of the last bar of each series that has one, and what a person should know of it."""
    try:
        known, reached = from_database(settings, series)
        said = []
    except psycopg.Error:
        known, reached = {}, {}
        said = ["the database can't be reached, so all of the log was read for what is there"]
    for one, ts in (await from_log(settings, series, reached)).items():
        known[one] = max(ts, known.get(one, ts))
    return known, said


def from_database(
    settings: Settings, series: Sequence[Series]
) -> tuple[dict[Series, int], dict[int, int]]:
    """Last times, and the offset per partition up to which they hold. Raises psycopg.Error."""
    by_id = {one.id: one for one in series}
    with psycopg.connect(settings.database_url, connect_timeout=CONNECT_LIMIT_S) as connection:
        # The offsets first: should the projection move on, the times are newer, never older.
        reached = connection.execute(REACHED, [BARS.name]).fetchall()
        times = connection.execute(LAST_TIMES, [list(by_id)]).fetchall()
    return {by_id[number]: ts for number, ts in times}, dict(reached)


def symbols_with_bars(settings: Settings, feed: str) -> set[str]:
    """The symbols of a feed, as far as the database is. Raises psycopg.Error."""
    with psycopg.connect(settings.database_url, connect_timeout=CONNECT_LIMIT_S) as connection:
        return {symbol for (symbol,) in connection.execute(SYMBOLS, [feed])}


async def from_log(
    settings: Settings, series: Sequence[Series], reached: Mapping[int, int]
) -> dict[Series, int]:
    """The latest ts of each series among the valid bars from these offsets on."""
    partitions = settings.kafka.partitions
    wanted = {one.key.encode(): one for one in series}
    homes = {partition_of(key, partitions) for key in wanted}
    tps = [TopicPartition(BARS.name, partition) for partition in sorted(homes)]
    decoders = {tp: BarDecoder(tp.partition, partitions) for tp in tps}
    found: dict[Series, int] = {}
    reader = LogReader(settings, {tp: reached.get(tp.partition, 0) for tp in tps})
    await reader.start()
    try:
        async for batches in reader.to_end():
            for tp, records in batches.items():
                ours = [record for record in records if record.key in wanted]
                batch = decoders[tp].decode(ours)
                for code, ts in zip(batch.codes.tolist(), batch.columns.ts.tolist(), strict=True):
                    one = batch.series[code]
                    found[one] = max(ts, found.get(one, ts))
        return found
    finally:
        await reader.stop()
