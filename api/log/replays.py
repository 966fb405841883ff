"""Which partitions of derived topics are being written again, as the database can tell.

An agent whose state was given up begins at the log's beginning and writes again what it has
written. Whoever begins to read in the midst of that sees marks that rise, and would take repeats
for what is new: the database knows how high they had risen before.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from aiokafka import TopicPartition

from api.reads.protocol import NextOffset
from streams.admission import admit
from streams.catalog import BY_NAME
from streams.codec import RecordError
from streams.marks import NO_MARK, Mark
from streams.reader import LogReader
from streams.records import Record
from streams.settings import Settings

PROBE_RECORDS = 100
LATE_RECORDS_MAX = 1_000_000
"""So far the database may be behind for its place to be read from: half a minute."""

Ends = Mapping[TopicPartition, int]


async def replayed(
    settings: Settings, projected: Sequence[NextOffset], starts: Ends, ends: Ends
) -> dict[TopicPartition, NextOffset]:
    """The partitions that are better read from where the database stands, with its marks: those
    where the last records that it has taken in are repeats, or where it has not come to `starts`.
    """
    marked = {
        TopicPartition(found.topic, found.partition): found
        for found in projected
        if found.mark != NO_MARK
    }
    known = {tp: found for tp, found in marked.items() if tp in starts and found.offset <= ends[tp]}
    late = {tp: found for tp, found in known.items() if found.offset <= starts[tp]}
    behind = {tp: found for tp, found in known.items() if tp not in late}
    highest = await _highest_marks(settings, {tp: found.offset for tp, found in behind.items()})
    return {
        tp: found for tp, found in late.items() if ends[tp] - found.offset <= LATE_RECORDS_MAX
    } | {tp: found for tp, found in behind.items() if highest[tp] < found.mark}


async def _highest_marks(settings: Settings, until: Ends) -> dict[TopicPartition, Mark]:
    """The highest mark of the last records before these offsets."""
    highest = dict.fromkeys(until, NO_MARK)
    if not until:
        return highest
    reader = LogReader(settings, {tp: max(0, end - PROBE_RECORDS) for tp, end in until.items()})
    await reader.start()
    try:
        while any([await reader.position(tp) < end for tp, end in until.items()]):
            for tp, records in (await reader.batches()).items():
                below = [record for record in records if record.offset < until[tp]]
                marks = (_mark(record, settings.kafka.partitions) for record in below)
                highest[tp] = max(highest[tp], *marks, NO_MARK)
    finally:
        await reader.stop()
    return highest


def _mark(record: Record, partitions: int) -> Mark:
    """Where a derived record stands; NO_MARK for what is no event."""
    try:
        event = admit(record, BY_NAME[record.topic], partitions)
    except RecordError:
        return NO_MARK
    return event.source_offset, event.seq  # type: ignore[attr-defined]  # a derived event has both
