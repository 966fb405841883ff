"""A cut of the log: up to where each partition counts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from aiokafka import TopicPartition

from streams.records import Record


@dataclass(frozen=True, slots=True)
class Cut:
    """ends: the offset behind the last record that counts, per partition."""

    ends: Mapping[TopicPartition, int] = field(default_factory=dict)

    def within(self, tp: TopicPartition, records: Sequence[Record]) -> Sequence[Record]:
        """Those of these records, in offset order, that count."""
        end = self.ends[tp]
        if records and records[-1].offset < end:
            return records
        return [record for record in records if record.offset < end]
