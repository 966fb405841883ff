"""Fetched bytes → records, for two thirds of what aiokafka takes.

aiokafka reads the bytes in C and then makes a frozen dataclass of each record in Python, which is
most of what reading the log costs. Its way through batches, checksums and transactions stays.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec
from aiokafka.consumer import fetcher

from streams.header_names import AnyNameRecords, KeptRecords


class FetchedRecord(msgspec.Struct, frozen=True, gc=False):
    """A record of the log, with nothing but what is asked for."""

    topic: str
    partition: int
    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, bytes]]


class QuickRecords(AnyNameRecords):
    """The records of a fetched partition, in order."""

    def __iter__(self) -> Iterator[FetchedRecord]:
        """The generator itself: who wants all of them need not ask for each."""
        records: Iterator[FetchedRecord] = self._records_iterator
        return records

    def _consumer_record(self, tp: Any, record: Any) -> FetchedRecord:
        return FetchedRecord(
            tp.topic,
            tp.partition,
            record.offset,
            record.timestamp,
            record.key,
            record.value,
            record.headers,
        )


AS_IT_CAME = fetcher.PartitionRecords
BATCHES_AS_THEY_CAME = fetcher.MemoryRecords


def unpack_quickly(*, quickly: bool = True) -> None:
    """Have every consumer of this process read so from now on, or as aiokafka itself does.

    The one place where aiokafka is changed: its fetcher makes both of these by itself and
    offers no other way. tests/streams/test_unpacking.py holds both ways against each other.
    """
    fetcher.PartitionRecords = QuickRecords if quickly else AS_IT_CAME
    fetcher.MemoryRecords = KeptRecords if quickly else BATCHES_AS_THEY_CAME
