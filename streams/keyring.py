"""The keys of people, as the log has them: what one writes is sealed with them, and opened again.

A key is on the log before the first record under it, so who meets an unknown one reads the topic to
its end; what is not there then has been erased. All keys of a person lie on one partition, and the
first that is left is the one to seal with, so that all processes use the same.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from itertools import chain
from typing import Any, NamedTuple

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaTimeoutError

from schemas.events.people import KeyIssued
from streams.catalog import KEYS
from streams.codec import Outgoing, RecordError, decode, encode
from streams.records import Record
from streams.sealing import new_secret, opened, seal, sealed_by
from streams.settings import Settings

SOURCE = "/peripheral/streams/keyring"
STALE_S = 30.0
"""For so long at most a process that has read a key goes on with it once it was erased."""
SILENCE_MAX_S = 60.0


class KeysLostError(RuntimeError):
    """The topic of keys lacks what was on it: it was deleted, or made again."""

    def __init__(self) -> None:
        super().__init__(
            f"{KEYS.name} lost its records: its broker lost them, or the topic was deleted and made"
            " again; restore it from a backup, or nothing that people wrote can be read again"
        )


class Keyring:
    """What this process knows of a log's keys, by their ids.

    servers, partitions: of the log.
    """

    def __init__(self, servers: str, partitions: int) -> None:
        self._log = (servers, partitions)
        self._issued: dict[str, KeyIssued] = {}
        self._first: dict[str, str] = {}
        self._gone: set[str] = set()
        self._ends: Mapping[TopicPartition, int] = {}
        self._read_s = float("-inf")

    @property
    def is_new(self) -> bool:
        """Whether the topic of keys has never had a record, as of the last read."""
        return not any(self._ends.values())

    def unknown(self, owners: Iterable[str]) -> list[str]:
        """Of these people, those who have no key, as of a moment ago."""
        return [owner for owner in owners if self._is_stale or owner not in self._first]

    def sealed(self, outgoing: Outgoing) -> Outgoing:
        """The record as it is written; its owner must be known."""
        if outgoing.owner is None or outgoing.value is None:
            return outgoing
        key_id = self._first[outgoing.owner]
        return seal(outgoing, key_id, self._issued[key_id].secret)

    async def opened(self, records: Sequence[Record]) -> Sequence[Record]:
        """The records as they were before they were sealed. Those whose key is gone stay as they
        are, and are no events.

        Raises KafkaError while the broker is away, and KeysLostError.
        """
        names = {name for each in records if (name := sealed_by(each)) is not None}
        if not names:
            return records
        if self._is_stale or not names <= self._issued.keys() | self._gone:
            await self.read()
            if self.is_new:
                raise KeysLostError
            self._gone |= names - self._issued.keys()
        return [self._opened(each) for each in records]

    def _opened(self, record: Record) -> Record:
        name = sealed_by(record)
        if name is None:
            return record
        issued = self._issued.get(name)
        return opened(record, None if issued is None else issued.secret)

    def owner_of(self, record: Record) -> str | None:
        """Whose key a record is sealed under, as far as this process has read."""
        issued = self._issued.get(sealed_by(record) or "")
        return None if issued is None else issued.user

    @property
    def _is_stale(self) -> bool:
        return time.monotonic() - self._read_s > STALE_S

    async def read(self) -> None:
        """Take in what the log has by now, all of it: a tombstone goes, too.

        Raises KafkaError while the broker is away, and KeysLostError.
        """
        at_s = time.monotonic()
        found = await read_keys(*self._log)
        if at_s < self._read_s:
            return  # somebody else began later, and has ended
        if any(found.ends[tp] < end for tp, end in self._ends.items()):
            raise KeysLostError
        self._issued = found.issued
        self._first = first_of_each(found.issued)
        self._gone -= found.issued.keys()
        self._ends, self._read_s = found.ends, at_s


class FoundKeys(NamedTuple):
    """issued: keys that count, by id, in the order of the log. readable: also those with a
    tombstone that are not compacted yet. ends: of the partitions."""

    issued: dict[str, KeyIssued]
    readable: dict[str, KeyIssued]
    ends: Mapping[TopicPartition, int]


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


async def read_keys(servers: str, partitions: int) -> FoundKeys:
    """All that the topic of keys has. Raises KafkaError while the broker is away."""
    consumer: Any = AIOKafkaConsumer(
        bootstrap_servers=servers,
        group_id=None,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        fetch_max_wait_ms=10,
    )
    tps = [TopicPartition(KEYS.name, number) for number in range(partitions)]
    issued: dict[str, KeyIssued] = {}
    readable: dict[str, KeyIssued] = {}
    await consumer.start()
    try:
        consumer.assign(tps)
        await consumer.seek_to_beginning(*tps)
        ends = await consumer.end_offsets(tps)
        heard_s = time.monotonic()
        while any([await consumer.position(tp) < end for tp, end in ends.items()]):
            fetched = (await consumer.getmany(timeout_ms=500)).values()
            for record in chain.from_iterable(fetched):
                heard_s = time.monotonic()
                key_id = (record.key or b"").decode(errors="replace")
                issued.pop(key_id, None)
                if (event := issued_by(record)) is not None:
                    issued[key_id] = readable[key_id] = event
            if time.monotonic() - heard_s > SILENCE_MAX_S:
                raise KafkaTimeoutError(f"{KEYS.name} gave nothing for {SILENCE_MAX_S:g} s")
    finally:
        await consumer.stop()
    return FoundKeys(issued, readable, ends)


def keyring_of(settings: Settings) -> Keyring:
    """A log's keyring, the same one for all readers and writers of the process: each would read
    all keys anew."""
    return _keyring(settings.bootstrap_servers, settings.kafka.partitions)


@lru_cache(maxsize=16)
def _keyring(servers: str, partitions: int) -> Keyring:
    return Keyring(servers, partitions)
