"""Binds the bars fold to the log."""

from __future__ import annotations

from processors.bars.core import BarsFold
from streams.catalog import BARS, BARS_SNAPSHOTS
from streams.compute import ComputeAgent
from streams.settings import Settings


def make_agent(settings: Settings) -> ComputeAgent:
    """The agent that judges bars."""
    partitions = settings.kafka.partitions
    return ComputeAgent(
        settings,
        BARS,
        BARS_SNAPSHOTS,
        lambda partition, snapshot: BarsFold(partition, partitions, snapshot),
    )
