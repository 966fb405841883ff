"""The records of a stretch of the log: from given offsets up to a cut."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, Mapping, Sequence

from aiokafka import TopicPartition
from aiokafka.errors import KafkaTimeoutError

from deploy.errors import UserError
from deploy.worlds.cut import Cut
from streams.reader import SILENCE_MAX_S, LogReader
from streams.records import Record
from streams.settings import Settings


async def records_within(
    settings: Settings, starts: Mapping[TopicPartition, int], cut: Cut
) -> AsyncGenerator[tuple[TopicPartition, Sequence[Record]], None]:
    """What counts of each partition, in order, as it is fetched.

    Raises `UserError` where the log begins behind a start, LogCutShortError where it ends
    before one, and KafkaTimeoutError where the broker goes away meanwhile, and stays away.
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
        heard_s = time.monotonic()
        while waiting:
            over = set()
            batches = await reader.batches()
            if batches:
                heard_s = time.monotonic()
            elif time.monotonic() - heard_s > SILENCE_MAX_S:
                raise KafkaTimeoutError(f"the broker gave nothing for {SILENCE_MAX_S:g} s")
            for tp, records in batches.items():
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
