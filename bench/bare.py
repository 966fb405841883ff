"""The floor beside the chain: an aiokafka consumer that decodes the bars and does nothing else."""

from __future__ import annotations

import time

import msgspec

from streams.bars import BarRecord
from streams.catalog import BARS
from streams.reader import LogReader, partitions_of
from streams.settings import Settings
from streams.unpacking import unpack_quickly


async def bare_bars_per_s(settings: Settings, runs: int) -> list[float]:
    """Bars a second, read from the log's beginning to its end, once a run."""
    unpack_quickly(quickly=False)
    try:
        return [await _read(settings) for _ in range(runs)]
    finally:
        unpack_quickly()


async def _read(settings: Settings) -> float:
    decode = msgspec.json.Decoder(BarRecord).decode
    starts = dict.fromkeys(partitions_of(BARS.name, settings.kafka.partitions), 0)
    reader = LogReader(settings, starts)
    await reader.start()
    try:
        count = 0
        began_s = time.monotonic()
        async for batches in reader.to_end():
            for records in batches.values():
                for record in records:
                    assert record.value is not None
                    decode(record.value)
                count += len(records)
        return count / (time.monotonic() - began_s)
    finally:
        await reader.stop()
