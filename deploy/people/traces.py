"""What the log still has of a person: records that other programs wrote in the clear."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass

from processors.projections.erasures import is_owned
from streams.catalog import DLQ_SUFFIX, OWNED_TOPICS
from streams.reader import LogReader, partitions_of
from streams.records import Record
from streams.settings import Settings

SEARCHED = (*OWNED_TOPICS, *(name + DLQ_SUFFIX for name in OWNED_TOPICS))


@dataclass(frozen=True, slots=True)
class Trace:
    """How many records of a topic name the person. first: partition/offset of the first."""

    topic: str
    records: int
    first: str


async def traces_of(settings: Settings, user: str) -> list[Trace]:
    """Read all that may name people."""
    spelled = (
        json.dumps(user).encode(),
        json.dumps(user, ensure_ascii=False).encode("utf-8", "surrogatepass"),
    )
    found = []
    for topic in SEARCHED:
        places = await _places(settings, topic, spelled)
        if places:
            found.append(Trace(topic, len(places), places[0]))
    return found


async def _places(settings: Settings, topic: str, spelled: Iterable[bytes]) -> list[str]:
    def named(record: Record) -> bool:
        return is_owned(record) and any(name in (record.value or b"") for name in spelled)

    tps = partitions_of(topic, settings.kafka.partitions)
    reader = LogReader(settings, dict.fromkeys(tps, 0))
    await reader.start()
    try:
        return [
            f"{tp.partition}/{record.offset}"
            async for batches in reader.to_end()
            for tp, records in batches.items()
            for record in records
            if named(record)
        ]
    finally:
        await reader.stop()
