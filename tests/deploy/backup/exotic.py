"""Whatever can lie on a log: written to a real one by other producers than ours."""

from __future__ import annotations

import asyncio
import hashlib
from typing import Any

from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.admin.records_to_delete import RecordsToDelete

from deploy.backup.admin import open_admin, set_configs
from streams.catalog import (
    ACTIVATIONS,
    ALERTS,
    BARS,
    CHAT,
    CORRECTIONS,
    EDITS,
    FEEDS,
    INDICATORS,
    SIGNALS,
)
from streams.settings import Settings
from streams.topics import MESSAGE_BYTES_MAX, ensure_topics

Row = tuple[int, bytes | None, bytes | None, list[tuple[str, bytes | None]]]
"""Timestamp, key, value and headers."""

DUPLICATES: list[tuple[str, bytes | None]] = [
    ("b", b"1"),
    ("a", b""),
    ("b", b"2"),
    ("b", None),
    ("é", b"\xff\x00"),
]
ODD: list[Row] = [
    (1_700_000_000_000, b"key", b"value", []),
    (1_600_000_000_000, b"key", b"older", DUPLICATES),  # timestamps need not rise
    (0, None, b"no key", []),
    (1, b"no value", None, [("h", None)]),
    (2, None, None, []),
    (3, b"", b"", [("", b"")]),
    (4, b"\xff", b"\x00" * 3, []),
    (4_102_444_800_000 - 1, b"ahead", b"of our time", []),
]
SETTLE_S = 0.5
"""A broker writes a transaction's marker a moment after it has said so."""
CONFIG = {
    "cleanup.policy": "delete",
    "retention.ms": "-1",
    "max.message.bytes": str(MESSAGE_BYTES_MAX),
    "message.timestamp.after.max.ms": str(2**62),
    "segment.bytes": str(5 << 20),
}


async def write_exotic_log(settings: Settings) -> None:
    """Topics of the catalog with contents that a restore must bring back."""
    await ensure_topics(settings)
    async with open_admin(settings) as admin:
        await set_configs(admin, {topic.name: CONFIG for topic in (BARS, CHAT)})
        await _odd_records(settings)
        await _compressed_records(settings)
        await _large_records(settings)
        await _deleted_beginnings(settings, admin)
        await _transactions(settings)
        await _compacted(settings)
        stamped = {**CONFIG, "message.timestamp.type": "LogAppendTime", "retention.ms": "5000"}
        await set_configs(admin, {ALERTS.name: stamped})
        await write(settings, ALERTS.name, 0, [(7, b"k", b"stamped by the broker", [])])


async def write(
    settings: Settings, topic: str, partition: int, rows: list[Row], **options: Any
) -> None:
    """Rows as one batch of a producer with these options."""
    options = {"max_request_size": 8 * MESSAGE_BYTES_MAX, **options}
    options.setdefault("max_batch_size", 8 * MESSAGE_BYTES_MAX)
    producer = AIOKafkaProducer(bootstrap_servers=settings.bootstrap_servers, **options)
    await producer.start()
    try:
        await send(producer, topic, partition, rows)
    finally:
        await producer.stop()


async def send(producer: Any, topic: str, partition: int, rows: list[Row]) -> None:
    batch = producer.create_batch()
    for timestamp, key, value, headers in rows:
        batch.append(timestamp=timestamp, key=key, value=value, headers=headers)
    batch.close()
    await (await producer.send_batch(batch, topic, partition=partition))


def numbered(count: int, start: int = 0) -> list[Row]:
    return [
        (1_700_000_000_000 + n, b"%d" % (n % 7), b"row %d" % n, []) for n in range(start, count)
    ]


async def _odd_records(settings: Settings) -> None:
    await write(settings, BARS.name, 0, ODD)
    await write(settings, BARS.name, 1, numbered(3_000))


async def _compressed_records(settings: Settings) -> None:
    """A record that is too large for its topic when it is not compressed, and other codecs."""
    plenty: list[Row] = [(0, b"k", b"x" * 6_000_000, [])]
    await write(settings, CHAT.name, 0, plenty, compression_type="gzip")
    for partition, codec in ((1, "lz4"), (2, "zstd"), (3, "snappy")):
        await write(settings, CHAT.name, partition, ODD, compression_type=codec)


async def _large_records(settings: Settings) -> None:
    """As large as the topic takes, of what does not compress."""
    for size in (MESSAGE_BYTES_MAX - 200, 600_000):
        value = hashlib.shake_256(b"seed").digest(size)
        await write(settings, BARS.name, 2, [(5, b"large", value, DUPLICATES)])


async def _deleted_beginnings(settings: Settings, admin: Any) -> None:
    await write(settings, SIGNALS.name, 0, numbered(2_000))
    await write(settings, SIGNALS.name, 1, numbered(50))
    await write(settings, SIGNALS.name, 2, numbered(1_500))
    for partition, before in ((0, 1_234), (1, 50), (2, 1)):
        tp = TopicPartition(SIGNALS.name, partition)
        await admin.delete_records({tp: RecordsToDelete(before)})


async def _transactions(settings: Settings) -> None:
    """Of producers that commit and abort, one at a time and at once; markers take offsets."""
    producers = [
        AIOKafkaProducer(bootstrap_servers=settings.bootstrap_servers, transactional_id=f"tx{n}")
        for n in range(3)
    ]
    for producer in producers:
        await producer.start()
    one, two, three = producers
    try:
        for n in range(4):
            async with one.transaction():
                await send(one, INDICATORS.name, 0, numbered(n + 3, n))
        await write(settings, INDICATORS.name, 0, numbered(20, 10))
        await _interleaved(settings, one, two, three)
        await one.begin_transaction()  # its records are there for readers like ours
        await send(one, EDITS.name, 0, numbered(3))
        await one.abort_transaction()
        await _behind_a_deleted_beginning(settings, one, two)
    finally:
        for producer in producers:
            await producer.stop()


async def _interleaved(settings: Settings, one: Any, two: Any, three: Any) -> None:
    """a(1) b(2) 1 c(3) 2 3, with a marker of width two at the end."""
    for producer in (one, two, three):
        await producer.begin_transaction()
    await send(one, CORRECTIONS.name, 0, numbered(1))
    await send(two, CORRECTIONS.name, 0, numbered(2, 1))
    await one.commit_transaction()
    await asyncio.sleep(SETTLE_S)
    await send(three, CORRECTIONS.name, 0, numbered(3, 2))
    await two.commit_transaction()
    await three.commit_transaction()
    await asyncio.sleep(SETTLE_S)


async def _behind_a_deleted_beginning(settings: Settings, one: Any, two: Any) -> None:
    """Markers of transactions whose records are deleted but for one."""
    for producer in (one, two):
        await producer.begin_transaction()
        await send(producer, ACTIVATIONS.name, 0, numbered(40))
    for producer in (one, two):
        await producer.commit_transaction()
    await asyncio.sleep(SETTLE_S)
    await write(settings, ACTIVATIONS.name, 0, numbered(45, 40))
    async with open_admin(settings) as admin:
        tp = TopicPartition(ACTIVATIONS.name, 0)
        await admin.delete_records({tp: RecordsToDelete(79)})


async def _compacted(settings: Settings) -> None:
    rows: list[Row] = [(n, b"key %d" % (n % 3), b"%d" % n, []) for n in range(20)]
    await write(settings, FEEDS.name, 0, [*rows, (20, b"key 1", None, [])])
