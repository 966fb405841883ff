"""Records get to the partition that Kafka's own clients choose, whole and in order."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import AsyncIterator, Callable

import pytest
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import InvalidTimestampError, KafkaTimeoutError, MessageSizeTooLargeError

from streams.catalog import BARS, CHAT, EDITS
from streams.codec import Outgoing
from streams.producer import BATCH_BYTES_MAX, Publisher, partition_of
from streams.reader import read_partition
from streams.records import Record
from streams.settings import Settings
from streams.topics import MESSAGE_BYTES_MAX, ensure_topics
from tests.stack import Stack

# Of Apache Kafka's own UtilsTest.testMurmur2, as Java's signed integers.
MURMUR2 = {
    b"21": -973932308,
    b"foobar": -790332482,
    b"a-little-bit-long-string": -985981536,
    b"a-little-bit-longer-string": -1486304829,
    b"lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8": -58897971,
    b"abc": 479470107,
}


@pytest.mark.parametrize("key", MURMUR2)
@pytest.mark.parametrize("partitions", [1, 3, 4, 256])
def test_a_key_lies_where_kafkas_own_clients_put_it(key: bytes, partitions: int) -> None:
    assert partition_of(key, partitions) == (MURMUR2[key] & 0x7FFFFFFF) % partitions


@pytest.fixture
async def publisher(live_settings: Settings) -> AsyncIterator[Publisher]:
    await ensure_topics(live_settings)
    publisher = Publisher(live_settings, "test-producer")
    await publisher.start()
    yield publisher
    await publisher.stop()


async def since(settings: Settings, topic: str, partition: int, start: int) -> list[Record]:
    return await read_partition(settings, topic, partition, start)


async def end_of(settings: Settings, topic: str, partition: int) -> int:
    records = await read_partition(settings, topic, partition)
    return records[-1].offset + 1 if records else 0


def outgoing(number: int, size: int = 10) -> Outgoing:
    value = f"{number:08d}".encode().ljust(size, b".")
    return Outgoing(b"producer-test", value, [("n", str(number).encode())], 1_000 + number)


async def test_a_record_is_where_its_position_says(
    live_settings: Settings, publisher: Publisher
) -> None:
    position = await publisher.publish(EDITS.name, outgoing(1))
    assert position.partition == partition_of(b"producer-test", live_settings.kafka.partitions)
    (found,) = await since(live_settings, EDITS.name, position.partition, position.offset)
    assert (found.key, found.value) == (b"producer-test", outgoing(1).value)
    assert [tuple(header) for header in found.headers] == [("n", b"1")]
    assert found.timestamp == 1_001


async def test_a_partition_can_be_chosen_and_needs_no_key_then(
    live_settings: Settings, publisher: Publisher
) -> None:
    position = await publisher.publish(EDITS.name, Outgoing(None, b"x", []), partition=3)
    assert position.partition == 3
    with pytest.raises(AssertionError, match="needs a partition"):
        await publisher.publish(EDITS.name, Outgoing(None, b"x", []))


async def test_many_records_stay_in_order_over_several_batches(
    live_settings: Settings, publisher: Publisher
) -> None:
    start = await end_of(live_settings, BARS.name, 2)
    records = [outgoing(number, size=1000) for number in range(2000)]
    futures = await publisher.publish_many(BARS.name, 2, records)
    assert len(futures) == -(-2000 // (BATCH_BYTES_MAX // 1042)), "each batch is nearly full"
    await asyncio.gather(*futures)
    found = await since(live_settings, BARS.name, 2, start)
    assert [record.value for record in found] == [record.value for record in records]
    assert [record.timestamp for record in found] == [record.timestamp_ms for record in records]


async def test_a_record_larger_than_a_batch_keeps_its_place(
    live_settings: Settings, publisher: Publisher
) -> None:
    start = await end_of(live_settings, CHAT.name, 1)
    sizes = [10, BATCH_BYTES_MAX + 1, 10, 3 * BATCH_BYTES_MAX, MESSAGE_BYTES_MAX - 4096, 10]
    records = [outgoing(number, size) for number, size in enumerate(sizes)]
    await asyncio.gather(*await publisher.publish_many(CHAT.name, 1, records))
    found = await since(live_settings, CHAT.name, 1, start)
    assert [len(record.value or b"") for record in found] == sizes
    assert [record.value for record in found] == [record.value for record in records]


async def test_a_record_beyond_the_limit_is_an_error_and_the_next_one_goes_through(
    live_settings: Settings, publisher: Publisher
) -> None:
    start = await end_of(live_settings, CHAT.name, 1)
    (future,) = await publisher.publish_many(CHAT.name, 1, [outgoing(0, MESSAGE_BYTES_MAX + 1)])
    with pytest.raises(MessageSizeTooLargeError):
        await future
    await publisher.publish(CHAT.name, outgoing(1), partition=1)
    found = await since(live_settings, CHAT.name, 1, start)
    assert [record.value for record in found] == [outgoing(1).value]


async def test_after_a_batch_that_the_broker_refuses_the_partition_can_be_written_again(
    live_settings: Settings, publisher: Publisher
) -> None:
    """aiokafka counts a refused batch in its sequence; the broker waits for that number."""
    name = f"producer-test-{uuid.uuid4().hex[:8]}"
    limit = {"message.timestamp.after.max.ms": "60000"}
    admin = AIOKafkaAdminClient(bootstrap_servers=live_settings.bootstrap_servers)
    await admin.start()
    await admin.create_topics([NewTopic(name, 1, 1, topic_configs=limit)])
    await admin.close()
    await publisher.publish(name, outgoing(0), partition=0)
    tomorrow_ms = (time.time_ns() + 86_400_000_000_000) // 1_000_000
    refused = Outgoing(b"k", b"refused", [], tomorrow_ms)
    for _ in range(2):
        with pytest.raises(InvalidTimestampError):
            await publisher.publish(name, refused, partition=0)
        for future in await publisher.publish_many(name, 0, [outgoing(1)]):
            await future
        await publisher.publish(name, outgoing(2), partition=0)
    found = [record.value for record in await read_partition(live_settings, name, 0)]
    assert found == [outgoing(n).value for n in (0, 1, 2, 1, 2)]


async def test_nothing_to_write_writes_nothing(publisher: Publisher) -> None:
    assert await publisher.publish_many(BARS.name, 0, []) == []


async def test_who_stops_while_the_broker_stands_still_does_not_wait_for_ever(
    new_stack: Callable[..., Stack],
) -> None:
    stack = new_stack()
    await ensure_topics(stack.settings)
    publisher = Publisher(stack.settings, "test-producer")
    await publisher.start()
    await publisher.publish(EDITS.name, outgoing(1), partition=0)
    stack.broker.kill()
    (future,) = await publisher.publish_many(EDITS.name, 0, [outgoing(2)])
    with pytest.raises(KafkaTimeoutError, match="took nothing for 1 s"):
        await publisher.stop(1.0)
    with pytest.raises(KafkaTimeoutError):
        await future
