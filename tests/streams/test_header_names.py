"""A header's name may be any bytes: its record is read like any other, and those behind it too."""

from __future__ import annotations

import uuid

import pytest
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.consumer import fetcher

from streams.catalog import Topic
from streams.codec import Outgoing
from streams.header_names import _LenientRecords
from streams.producer import Publisher
from streams.reader import read_partition
from streams.settings import Settings
from streams.topics import new_topic
from tests.streams.odd_headers import READ_AS, batch_of, write_batch

RECORDS = [
    Outgoing(b"a", b"1", [("ce_id", b"x")]),
    Outgoing(b"b", b"2", [("ce_id", b"y"), ("odd?name", b"\xff"), ("after", b"z")]),
    Outgoing(None, None, []),
]
READ = [
    (b"a", b"1", (("ce_id", b"x"),)),
    (b"b", b"2", (("ce_id", b"y"), (READ_AS, b"\xff"), ("after", b"z"))),
    (None, None, ()),
]


async def test_records_with_odd_header_names_are_read_in_their_place(
    live_settings: Settings,
) -> None:
    name = f"odd-headers-{uuid.uuid4().hex[:8]}"
    admin = AIOKafkaAdminClient(bootstrap_servers=live_settings.bootstrap_servers)
    await admin.start()
    await admin.create_topics([new_topic(Topic(name, "", "", ()), live_settings)])
    await admin.close()
    publisher = Publisher(live_settings, "test")
    await publisher.start()
    await publisher.publish(name, Outgoing(b"k", b"before", []), 1)
    await write_batch(live_settings, name, 1, batch_of(RECORDS))
    await write_batch(live_settings, name, 1, batch_of(RECORDS[:1]))
    await write_batch(live_settings, name, 1, batch_of(RECORDS))
    await publisher.publish(name, Outgoing(b"k", b"after", []), 1)
    await publisher.stop()
    found = await read_partition(live_settings, name, 1)
    assert [record.offset for record in found] == list(range(9))
    assert [(each.key, each.value, tuple(each.headers)) for each in found[1:8]] == [
        *READ,
        READ[0],
        *READ,
    ]
    assert [record.offset for record in await read_partition(live_settings, name, 1, 6)] == [
        6,
        7,
        8,
    ]


def test_a_batch_that_was_cut_short_is_left_to_the_next_fetch() -> None:
    whole = batch_of(RECORDS)
    records = _LenientRecords(whole + whole[:-1])
    assert records.has_next()
    assert [record.offset for record in records.next_batch()] == [0, 1, 2]
    assert not records.has_next()


def test_what_is_really_broken_is_still_refused() -> None:
    batch = bytearray(batch_of(RECORDS))
    batch[-1] ^= 0x55
    reading = fetcher.PartitionRecords(
        None, fetcher.MemoryRecords(bytes(batch)), [], 0, None, None, True, 0
    )
    with pytest.raises(fetcher.Errors.CorruptRecordException):
        list(reading)
