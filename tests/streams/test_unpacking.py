"""Records are read as aiokafka itself reads them, field by field, whatever a partition holds."""

from __future__ import annotations

from typing import Any

import pytest
from aiokafka.consumer import fetcher
from aiokafka.record.default_records import DefaultRecordBatchBuilder
from aiokafka.record.memory_records import MemoryRecords
from aiokafka.structs import TopicPartition

from streams.unpacking import AS_IT_CAME, QuickRecords, unpack_quickly

TP = TopicPartition("t", 3)
FIELDS = ("topic", "partition", "offset", "timestamp", "key", "value")
HEADERS = [("ce_type", b"x"), ("twice", b"1"), ("twice", b"2"), ("none", None)]


def batch(base: int, keys: list[bytes | None], *, compressed: bool = False) -> bytes:
    """A record batch as it lies on the log, from an offset on."""
    builder = DefaultRecordBatchBuilder(2, int(compressed), 0, -1, -1, -1, 1 << 20)
    for place, key in enumerate(keys):
        value = None if place == 1 else b"v%d" % place
        builder.append(place, 1_000 + place, key, value, HEADERS[: place + 1])
    raw = bytearray(builder.build())
    raw[:8] = base.to_bytes(8, "big")  # which no checksum covers
    return bytes(raw)


SECOND = batch(20, [b"e", b"f"], compressed=True)
LOG = batch(10, [b"a", None, b"c", b"d"]) + SECOND


def records_of(kind: Any, log: bytes, start: int) -> Any:
    return kind(TP, MemoryRecords(log), [], start, None, None, True, 0)


def seen(record: Any) -> tuple[Any, ...]:
    return (*(getattr(record, name) for name in FIELDS), [tuple(each) for each in record.headers])


@pytest.mark.parametrize(
    ("log", "start", "offsets"),
    [
        (LOG, 0, [10, 11, 12, 13, 20, 21]),
        (LOG, 12, [12, 13, 20, 21]),
        (SECOND, 21, [21]),
    ],
)
def test_all_at_once_and_one_by_one_are_what_aiokafka_reads(
    log: bytes, start: int, offsets: list[int]
) -> None:
    wanted = list(map(seen, records_of(AS_IT_CAME, log, start)))
    assert [record[2] for record in wanted] == offsets
    assert list(map(seen, records_of(QuickRecords, log, start))) == wanted
    single = records_of(QuickRecords, log, start)
    assert [seen(next(single)) for _ in wanted] == wanted


def test_who_stops_in_between_goes_on_there() -> None:
    records = records_of(QuickRecords, LOG, 0)
    for record in records:
        if record.offset == 12:
            break
    assert records.next_fetch_offset == 13
    assert [record.offset for record in records] == [13, 20, 21]
    assert records.next_fetch_offset == 22


def test_a_broken_batch_is_refused() -> None:
    broken = LOG[:-1] + bytes([LOG[-1] ^ 1])
    records = records_of(QuickRecords, broken, 0)
    with pytest.raises(fetcher.Errors.CorruptRecordException):
        list(records)


def test_consumers_read_so() -> None:
    try:
        unpack_quickly(quickly=False)
        assert fetcher.PartitionRecords is AS_IT_CAME
    finally:
        unpack_quickly()
    assert fetcher.PartitionRecords is QuickRecords
