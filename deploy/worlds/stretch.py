"""The records of a stretch of the log: from given offsets up to a cut."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping, Sequence

from aiokafka import TopicPartition

from deploy.errors import UserError
from deploy.worlds.cut import Cut
from streams.reader import LogReader
from streams.records import Record
from streams.settings import Settings


async def records_within(
    settings: Settings, starts: Mapping[TopicPartition, int], cut: Cut
) -> AsyncGenerator[tuple[TopicPartition, Sequence[Record]], None]:
    """What counts of each partition, in order, as it is fetched.

    Raises `UserError` where the log begins behind a start, and LogCutShortError where it ends
    before one.
    """
    waiting = {tp for tp, start in starts.items() if start < cut.ends[tp]}
    if not waiting:
        return
    reader = LogReader(settings, {tp: starts[tp] for tp in waiting})
    await reader.start()
    try:
        for tp, begin in (await reader.begins()).items():
            if begin > starts[tp]:
                raise UserError(
                    f"The log of {tp.topic}/{tp.partition} begins at offset {begin}: what lay "
                    "before is gone, and nothing can be made of it. Restore it from a backup."
                )
        while waiting:
            over = set()
            for tp, records in (await reader.batches()).items():
                counted = cut.within(tp, records)
                if counted.over:
                    over.add(tp)
                if counted.records:
                    yield tp, counted.records
            for tp in list(waiting):
                if tp in over or await reader.position(tp) >= cut.ends[tp]:
                    reader.pause(tp)
                    waiting.remove(tp)
    finally:
        await reader.stop()
