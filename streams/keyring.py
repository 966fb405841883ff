"""The keys of people, as the log has them: what one writes is sealed with them, and opened again.

A key is on the log before the first record under it, so who meets an unknown one reads the topic to
its end; what is not there then has been erased. All keys of a person lie on one partition, and the
first that is left is the one to seal with, so that all processes use the same.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition

from schemas.events.people import KeyIssued
from streams.catalog import KEYS
from streams.codec import SEALED_BY, Outgoing, RecordError, decode, encode, header
from streams.records import Record
from streams.sealing import new_secret, opened, seal
from streams.settings import Settings

SOURCE = "/peripheral/streams/keyring"
STALE_S = 30.0
"""For so long at most a process that has read a key goes on with it once it was erased."""


class Keyring:
    """What this process knows of a log's keys, by their ids."""

    def __init__(self, servers: str, partitions: int) -> None:
        self._log = (servers, partitions)
        self._issued: dict[str, KeyIssued] = {}
        self._first: dict[str, str] = {}
        self._gone: set[str] = set()
        self._next: dict[TopicPartition, int] = {}
        self._read_s = float("-inf")

    def knows(self, owner: str) -> bool:
        """Whether there is a key of theirs, as of a moment ago."""
        return owner in self._first and not self._is_stale

    def sealed(self, outgoing: Outgoing) -> Outgoing:
        """The record as it is written; its owner must be known."""
        if outgoing.owner is None or outgoing.value is None:
            return outgoing
        key_id = self._first[outgoing.owner]
        return seal(outgoing, key_id, self._issued[key_id].secret)

    async def opened(self, records: Sequence[Record]) -> Sequence[Record]:
        """The records as they were before they were sealed. Those whose key is gone, or whose seal
        is broken, stay as they are, and are no events."""
        names = {name for each in records if (name := sealed_by(each)) is not None}
        if not names:
            return records
        if self._is_stale or not names <= self._issued.keys() | self._gone:
            await self.read()
            self._gone |= names - self._issued.keys()
        return [self._opened(record) for record in records]

    def _opened(self, record: Record) -> Record:
        issued = self._issued.get(sealed_by(record) or "")
        if issued is None:
            return record
        try:
            return opened(record, issued.secret)
        except RecordError:
            return record

    @property
    def _is_stale(self) -> bool:
        return time.monotonic() - self._read_s > STALE_S

    async def read(self) -> None:
        """Take in what has come on the log."""
        for record in await read_keys(*self._log, self._next):
            key_id = (record.key or b"").decode(errors="replace")
            self._issued.pop(key_id, None)
            if (issued := issued_by(record)) is not None:
                self._issued[key_id] = issued
        self._first = first_of_each(self._issued)
        self._read_s = time.monotonic()


def sealed_by(record: Record) -> str | None:
    """The id of the key that a record's value is sealed under, None where it is not."""
    name = header(record.headers, SEALED_BY)
    return None if name is None else name.decode(errors="replace")


def issued_by(record: Record) -> KeyIssued | None:
    """The key of a record, None where it says that one is gone."""
    try:
        event = decode(record.value, record.headers, KEYS.events)
    except RecordError:
        return None
    assert isinstance(event, KeyIssued)
    return event


def first_of_each(issued: Mapping[str, KeyIssued]) -> dict[str, str]:
    """The id of each person's first key, of keys in the order of the log."""
    first: dict[str, str] = {}
    for key_id, each in issued.items():
        first.setdefault(each.user, key_id)
    return first


def new_key(owner: str) -> Outgoing:
    """A new key of a person, as a record."""
    event = KeyIssued(user=owner, secret=new_secret())
    key_id = uuid.uuid4().hex
    return encode(event, key=key_id, event_id=key_id, source=SOURCE, ts_us=time.time_ns() // 1_000)


async def read_keys(
    servers: str, partitions: int, starts: dict[TopicPartition, int]
) -> list[Record]:
    """The records of the topic of keys from `starts` to its end; moves `starts` there."""
    consumer: Any = AIOKafkaConsumer(
        bootstrap_servers=servers,
        group_id=None,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        fetch_max_wait_ms=10,
    )
    tps = [TopicPartition(KEYS.name, number) for number in range(partitions)]
    found: list[Record] = []
    await consumer.start()
    try:
        consumer.assign(tps)
        for tp in tps:
            consumer.seek(tp, starts.get(tp, 0))
        ends = await consumer.end_offsets(tps)
        while any([await consumer.position(tp) < end for tp, end in ends.items()]):
            for records in (await consumer.getmany(timeout_ms=500)).values():
                found.extend(records)
        starts.update({tp: await consumer.position(tp) for tp in tps})
    finally:
        await consumer.stop()
    return found


def keyring_of(settings: Settings) -> Keyring:
    """A log's keyring, the same one for all readers and writers of the process: what a key is does
    not change, and each would read all of them anew."""
    return _keyring(settings.bootstrap_servers, settings.kafka.partitions)


@lru_cache(maxsize=16)
def _keyring(servers: str, partitions: int) -> Keyring:
    return Keyring(servers, partitions)
