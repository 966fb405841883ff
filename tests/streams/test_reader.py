"""The log is read from where the caller says to its end, without a group and in order."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator

import pytest
from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient

from streams.catalog import Topic
from streams.codec import Outgoing
from streams.producer import Publisher
from streams.reader import (
    LogCutShortError,
    LogReader,
    first_offset,
    partitions_of,
    read_partition,
)
from streams.settings import Settings
from streams.topics import new_topic


@pytest.fixture
async def topic(live_settings: Settings) -> AsyncIterator[str]:
    """A topic with ten records on partition 1 and three on partition 3."""
    name = f"reader-test-{uuid.uuid4().hex[:8]}"
    admin = AIOKafkaAdminClient(bootstrap_servers=live_settings.bootstrap_servers)
    await admin.start()
    await admin.create_topics([new_topic(Topic(name, "", "", ()), live_settings)])
    await admin.close()
    publisher = Publisher(live_settings, "test-reader")
    await publisher.start()
    for partition, count in ((1, 10), (3, 3)):
        records = [Outgoing(b"k", str(number).encode(), []) for number in range(count)]
        await publisher.publish_many(name, partition, records)
    await publisher.stop()
    yield name


async def test_a_partition_is_read_from_an_offset_to_its_end(
    live_settings: Settings, topic: str
) -> None:
    whole = await read_partition(live_settings, topic, 1)
    assert [(record.offset, record.value) for record in whole] == [
        (number, str(number).encode()) for number in range(10)
    ]
    assert [r.offset for r in await read_partition(live_settings, topic, 1, 7)] == [7, 8, 9]
    assert await read_partition(live_settings, topic, 1, 10) == []
    assert await read_partition(live_settings, topic, 0) == []


async def test_all_partitions_are_read_to_the_end_each_from_its_own_start(
    live_settings: Settings, topic: str
) -> None:
    starts = dict.fromkeys(partitions_of(topic, 4), 0) | {TopicPartition(topic, 1): 8}
    reader = LogReader(live_settings, starts)
    await reader.start()
    found: dict[int, list[int]] = {}
    async for batches in reader.to_end():
        for tp, records in batches.items():
            found.setdefault(tp.partition, []).extend(record.offset for record in records)
    assert found == {1: [8, 9], 3: [0, 1, 2]}
    assert await reader.position(TopicPartition(topic, 1)) == 10
    assert (await reader.ends())[TopicPartition(topic, 3)] == 3
    assert set((await reader.begins()).values()) == {0}
    await reader.stop()


async def test_a_reader_at_the_end_sees_only_what_comes(
    live_settings: Settings, topic: str
) -> None:
    tp = TopicPartition(topic, 1)
    reader = LogReader(live_settings, {tp: LogReader.END_OF_LOG})
    await reader.start()
    assert await reader.position(tp) == 10
    assert not await reader.batches(timeout_s=0.1)
    publisher = Publisher(live_settings, "test-reader")
    await publisher.start()
    await publisher.publish(topic, Outgoing(b"k", b"new", []), 1)
    await publisher.stop()
    batches = await reader.batches(timeout_s=10)
    assert [record.value for record in batches[tp]] == [b"new"]
    await reader.stop()


async def test_no_more_records_come_at_once_than_asked_for(
    live_settings: Settings, topic: str
) -> None:
    tp = TopicPartition(topic, 1)
    reader = LogReader(live_settings, {tp: 0})
    await reader.start()
    assert len((await reader.batches(timeout_s=10, records_max=4))[tp]) == 4
    await reader.stop()


async def test_offsets_that_hold_no_record_end_no_reading(
    live_settings: Settings, topic: str
) -> None:
    producer = AIOKafkaProducer(
        bootstrap_servers=live_settings.bootstrap_servers, transactional_id=f"tx-{topic}"
    )
    await producer.start()
    for value in (b"a", b"b"):
        async with producer.transaction():
            await producer.send(topic, value, partition=3)
    await producer.stop()
    records = await read_partition(live_settings, topic, 3, 3)
    assert [(record.offset, record.value) for record in records] == [(3, b"a"), (5, b"b")]
    assert await first_offset(live_settings, topic, 3, 4) == 5
    assert await first_offset(live_settings, topic, 3, 6) is None
    assert await first_offset(live_settings, topic, 3, 7) is None


async def test_a_partition_that_ends_before_the_place_to_read_from_is_told(
    live_settings: Settings, topic: str
) -> None:
    with pytest.raises(LogCutShortError, match=r"ends at offset 3.* stands at 4.*backup"):
        await read_partition(live_settings, topic, 3, 4)


@pytest.mark.parametrize("codec", ["gzip", "snappy", "lz4", "zstd"])
async def test_what_other_producers_compress_is_read(
    live_settings: Settings, topic: str, codec: str
) -> None:
    servers = live_settings.bootstrap_servers
    producer = AIOKafkaProducer(bootstrap_servers=servers, compression_type=codec)
    await producer.start()
    for number in range(3):
        await producer.send_and_wait(topic, b"%d" % number * 1_000, partition=2)
    await producer.stop()
    found = await read_partition(live_settings, topic, 2)
    assert [record.value for record in found] == [b"%d" % number * 1_000 for number in range(3)]
