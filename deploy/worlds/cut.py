"""A cut of the log: up to where each partition counts.

What people and sources wrote counts up to an offset. What was computed of it (`derived_from`)
counts by the record it was computed from, whenever that was: a worker that was behind, or that
wrote the same again, makes no difference.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import msgspec
from aiokafka import TopicPartition

from streams.records import Record


class Within(NamedTuple):
    """Records that count; over: none behind them does."""

    records: Sequence[Record]
    over: bool


@dataclass(frozen=True, slots=True)
class Cut:
    """ends: the offset behind the last record that is looked at, per partition; sources: of a
    derived topic's, the offset below which its source must lie, where that decides."""

    ends: Mapping[TopicPartition, int]
    sources: Mapping[TopicPartition, int] = field(default_factory=dict)

    def within(self, tp: TopicPartition, records: Sequence[Record]) -> Within:
        """Those of these records, in offset order, that count."""
        end = self.ends[tp]
        if not records or records[-1].offset >= end:
            records = [record for record in records if record.offset < end]
        limit = self.sources.get(tp)
        if limit is None:
            return Within(records, over=False)
        for place, record in enumerate(records):
            if source_offset(record) >= limit:
                return Within(records[:place], over=True)
        return Within(records, over=False)


class _Derived(msgspec.Struct):
    source_offset: int


_DECODER = msgspec.json.Decoder(_Derived)


def source_offset(record: Record) -> int:
    """Of the record that this one was computed from; -1 of what is no event."""
    try:
        return _DECODER.decode(record.value or b"").source_offset
    except (msgspec.DecodeError, RecursionError):
        return -1
