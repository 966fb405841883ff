"""A feed that goes on exactly where it was, however its process ended.

Progress is an event: so many bars of the round are on the log, and of market.bars.v1 only what
lies at or beyond these offsets can be more. A new process reads on from there which of the
round's bars came after, by their CloudEvents id. A batch for one partition may have arrived and
an earlier bar for another not: such holes are filled before anything else. Where the place was
lost, as with its topic, all bars are looked through, and what is there of any round is not written
again.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Sequence
from itertools import groupby

from pydantic import ValidationError

from schemas.events.feeds import FeedProgressed
from streams.catalog import BARS, FEEDS
from streams.codec import Outgoing, encode, header, sentence
from streams.producer import Publisher, partition_of
from streams.reader import LogReader, partitions_of, read_partition
from streams.records import Record
from streams.settings import Settings

logger = logging.getLogger(__name__)


class ResumableFeed:
    """One feed's place: which round, and how many of its records are published.

    source: the CloudEvents source of its bars, by which it knows them again.
    """

    def __init__(self, settings: Settings, publisher: Publisher, name: str, source: str) -> None:
        self._settings = settings
        self._publisher = publisher
        self._name = name
        self._source = source.encode()
        self._partitions = settings.kafka.partitions
        self._offsets = [0] * self._partitions
        self._seen: set[bytes] = set()
        self.round = 1
        self.published = 0
        """All of the round's first so many records are on the log."""

    async def resume(self) -> int:
        """Find the place that the last process left; the number of the round."""
        partition = partition_of(self._name.encode(), self._partitions)
        for record in await read_partition(self._settings, FEEDS.name, partition):
            if record.key == self._name.encode():
                self._go_on_from(record)
        await self._look_back()
        return self.round

    def _go_on_from(self, record: Record) -> None:
        """Take a place over; anybody may write to a topic."""
        try:
            progress = FeedProgressed.read(record.value or b"")
        except ValidationError as error:
            logger.warning("offset %d of %s: %s", record.offset, record.topic, sentence(error))
            return
        if len(progress.offsets) == self._partitions:
            self.round, self.published = progress.round, progress.published
            self._offsets = list(progress.offsets)

    async def _look_back(self) -> None:
        """Collect the ids of our bars from the saved offsets on."""
        tps = partitions_of(BARS.name, self._partitions)
        reader = LogReader(self._settings, {tp: self._offsets[tp.partition] for tp in tps})
        await reader.start()
        try:
            async for batches in reader.to_end():
                for record in (record for batch in batches.values() for record in batch):
                    event_id = header(record.headers, "ce_id")
                    if event_id and header(record.headers, "ce_source") == self._source:
                        self._seen.add(event_id)
            for tp in tps:
                self._offsets[tp.partition] = await reader.position(tp)
        finally:
            await reader.stop()

    async def fill(self, records: Sequence[Outgoing]) -> None:
        """Publish what is missing before the last record of the round that is on the log."""
        ids = [header(record.headers, "ce_id") for record in records]
        there = [index for index, event_id in enumerate(ids) if event_id in self._seen]
        reached = max((self.published, *(index + 1 for index in there)))
        holes = [
            records[index]
            for index in range(self.published, reached)
            if ids[index] not in self._seen
        ]
        await self._write(holes)
        # Those of later rounds are there where the place was lost: they are not written again.
        self._seen.difference_update(filter(None, ids))
        self.published = reached
        logger.info("round %d goes on at bar %d of %d", self.round, reached, len(records))

    async def publish(self, records: Sequence[Outgoing]) -> None:
        """Write the round's next records; once acknowledged, they count."""
        await self._write(records)
        self.published += len(records)

    async def begin(self, number: int) -> None:
        """Begin another round; all of the last one is on the log."""
        self.round, self.published = number, 0
        await self.save()

    async def save(self) -> None:
        """Write the place to the log."""
        event = FeedProgressed(
            feed=self._name,
            round=self.round,
            published=self.published,
            offsets=tuple(self._offsets),
        )
        place = f"{self._name}/{self.round}/{self.published}"
        outgoing = encode(
            event,
            key=self._name,
            event_id=place,
            source=self._source.decode(),
            ts_us=time.time_ns() // 1_000,
        )
        await self._publisher.publish(FEEDS.name, outgoing)

    async def _write(self, records: Sequence[Outgoing]) -> None:
        """Write records, in order per partition, and wait until all are acknowledged."""

        def place(record: Outgoing) -> int:
            assert record.key is not None
            return partition_of(record.key, self._partitions)

        futures = []
        for partition, group in groupby(sorted(records, key=place), key=place):
            futures += await self._publisher.publish_many(BARS.name, partition, list(group))
        for done in await asyncio.gather(*futures):
            # The first offset of a batch is below its end, so reading on from it misses nothing.
            self._offsets[done.partition] = max(self._offsets[done.partition], done.offset)
