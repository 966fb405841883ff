"""Moments → cuts, as the broker knows them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from aiokafka import TopicPartition

from deploy.errors import UserError
from deploy.worlds.cut import Cut
from deploy.worlds.moment import EPOCH, Place
from processors.projections.topics import PROJECTED
from streams.reader import LogBounds, SpotReader, partitions_of
from streams.settings import Settings

MILLISECOND = timedelta(milliseconds=1)
CLOCKS_APART = timedelta(minutes=1)
"""So much at most, this machine's clock and the broker's."""


async def cut_at(settings: Settings, moment: datetime | Place) -> Cut:
    """What had been written before a time, or when a record had just been written.

    Raises `UserError` where there is no such record, or the time has yet to come.
    """
    if isinstance(moment, datetime):
        if moment > datetime.now(UTC) + CLOCKS_APART:
            raise UserError(f"{moment.isoformat()} lies in the future: nothing is known of it.")
        return await _cut(settings, -((EPOCH - moment) // MILLISECOND))
    own = TopicPartition(moment.topic, moment.partition)
    spots = SpotReader(settings)
    await spots.start()
    try:
        record = await spots.at(own, moment.offset)
    finally:
        await spots.stop()
    if record is None:
        raise UserError(f"There is no record {moment} on the log.")
    cut = await _cut(settings, record.timestamp + 1)
    if own not in cut.ends or own in cut.sources:
        return cut
    ends = {**cut.ends, own: moment.offset + 1}
    return Cut(ends, {**cut.sources, **_sources({own: moment.offset + 1})})


async def _cut(settings: Settings, ts_ms: int) -> Cut:
    count = settings.kafka.partitions
    async with LogBounds(
        settings, [tp for t in PROJECTED for tp in partitions_of(t.name, count)]
    ) as bounds:
        written, ends = await bounds.from_time(max(ts_ms, 0)), await bounds.ends()
    sources = _sources(written)
    return Cut({tp: ends[tp] if tp in sources else end for tp, end in written.items()}, sources)


def _sources(ends: Mapping[TopicPartition, int]) -> dict[TopicPartition, int]:
    """Where each partition of a derived topic ends by its source, which has the same number."""
    return {
        TopicPartition(topic.name, tp.partition): end
        for topic in PROJECTED
        for tp, end in ends.items()
        if topic.derived_from == tp.topic
    }
