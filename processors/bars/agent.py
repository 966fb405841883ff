"""Binds the bars fold to the log."""

from __future__ import annotations

from processors.bars.core import BarsFold
from streams.catalog import BARS, BARS_SNAPSHOTS
from streams.compute import ComputeAgent
from streams.settings import Settings
from streams.snapshots import Snapshot


def make_agent(settings: Settings) -> ComputeAgent:
    """The agent that judges bars."""

    async def make_fold(partition: int, snapshot: Snapshot) -> BarsFold:
        return BarsFold(partition, settings.kafka.partitions, snapshot)

    return ComputeAgent(settings, BARS, BARS_SNAPSHOTS, make_fold, version="bars/1")
