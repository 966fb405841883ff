"""A partition of requests that this process owns: what was read of it and of its results, and the
word that is left for the next owner of where to begin."""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections.abc import Sequence

import msgspec
from aiokafka import TopicPartition

from processors.research.ledger import Ledger, Lows
from schemas.events.research import ResearchEvent
from streams.admission import admit
from streams.catalog import BY_NAME, Topic
from streams.clock import now_ms
from streams.codec import RecordError
from streams.producer import Publisher
from streams.reader import LogReader, read_partition
from streams.records import Record
from streams.settings import Settings
from streams.snapshots import entry_records, owner_name, restore

logger = logging.getLogger(__name__)

VERSION = "research/1"
ENTRY = "lows"
"""Both offsets in one record, since a checkpoint may be cut short between two."""


class Owned:
    """topics: of the requests, and of the results. snapshots: where the word is left."""

    def __init__(
        self, settings: Settings, topics: Sequence[str], snapshots: Topic, partition: int
    ) -> None:
        self.ledger = Ledger()
        self.partition = partition
        self.nexts = dict.fromkeys(topics, 0)
        """The offset that is read next, by topic."""
        self._settings = settings
        self._snapshots = snapshots.name
        self._kept = Lows()
        self._owner = ""
        self._stale: tuple[bytes, ...] = ()

    async def catch_up(self) -> None:
        """Read to the ends of both topics, all requests first, so that results find theirs."""
        records = await read_partition(self._settings, self._snapshots, self.partition)
        snapshot = restore(records, VERSION)
        self._owner = owner_name(snapshot.generation, uuid.uuid4().hex[:12])
        self._stale = snapshot.stale_keys
        if ENTRY in snapshot.entries:
            self._kept = msgspec.msgpack.decode(snapshot.entries[ENTRY], type=Lows)
        for topic, low in zip(self.nexts, self._kept, strict=True):
            await self._read_from(topic, low)

    async def _read_from(self, topic: str, start: int) -> None:
        tp = TopicPartition(topic, self.partition)
        reader = LogReader(self._settings, {tp: start})
        await reader.start()
        try:
            async for batches in reader.to_end():
                for record in batches.get(tp, ()):
                    self.read(topic, record)
            self.nexts[topic] = await reader.position(tp)
        finally:
            await reader.stop()

    def read(self, topic: str, record: Record) -> str | None:
        """Fold a record; the request that it is about."""
        self.nexts[topic] = record.offset + 1
        try:
            event = admit(record, BY_NAME[topic], self._settings.kafka.partitions)
        except RecordError as error:
            # The projections agent writes the dead letter.
            logger.warning("skipped %d/%d: %s", self.partition, record.offset, error.message)
            return None
        assert isinstance(event, ResearchEvent)
        self.ledger.read(event.request_id, event, now_ms(), record.offset)  # type: ignore[arg-type]  # the topics carry no others
        return event.request_id

    async def leave_word(self, publisher: Publisher) -> None:
        """Have it on the log where the next owner is to begin."""
        lows = self.ledger.lows(Lows(*self.nexts.values()))
        if lows == self._kept:
            return
        entry = (ENTRY, msgspec.msgpack.encode(lows))
        records = entry_records(self._owner, VERSION, lows.requests, [entry], self._stale)
        sent = await publisher.publish_many(self._snapshots, self.partition, records)
        await asyncio.gather(*sent)
        self._kept, self._stale = lows, ()
