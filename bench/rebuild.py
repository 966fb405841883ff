"""Tables made anew from a log with a history, beside a consumer that only reads the same log."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import Iterator

from bench.chain import our_chain
from bench.figures import Figure, Peer
from bench.system import our_programs, pids, running
from deploy.environment import child_environment
from processors.projections.topics import PROJECTED
from streams.reader import LogReader, partitions_of
from streams.settings import Settings

CHAIN_BUDGET_S = 120.0
RUNS = 3
BARS = 200_000
COMMAND = (sys.executable, "-m", "deploy.cli", "rebuild", "--json")
FOLDING = "one core: aiokafka unpacks a record in 7 µs, the fold takes 5; PostgreSQL has the other"
WHOLE = "the same, then a digest of each table, live and rebuilt, row by row in Python"
READING = "one core: aiokafka's fetching"


def rebuild_figures() -> Iterator[Figure]:
    """Events a second: folded, and of the whole command."""
    folded, whole, read = [], [], []
    with running(our_programs) as supervisor:
        settings = supervisor.settings
        asyncio.run(our_chain(settings, pids(supervisor)).runs(BARS, 1, CHAIN_BUDGET_S))
        for _ in range(RUNS):
            read.append(asyncio.run(_read(settings)))
            events, fold_s, whole_s = _rebuild(settings)
            folded.append(events / fold_s)
            whole.append(events / whole_s)
    peer = Peer("a bare consumer", sorted(read)[len(read) // 2])
    yield Figure("rebuild", "reading alone", "events/s", read, READING)
    yield Figure("rebuild", "folded", "events/s", folded, FOLDING, [peer], {"events": events})
    yield Figure("rebuild", "folded, compared, switched", "events/s", whole, WHOLE, [peer])


def _rebuild(settings: Settings) -> tuple[int, float, float]:
    """Events, seconds of their folding, and of the whole command."""
    began_s = time.monotonic()
    done = subprocess.run(
        COMMAND, env=child_environment(settings), check=True, capture_output=True, text=True
    )
    whole_s = time.monotonic() - began_s
    told = json.loads(done.stdout)
    return told["events"], told["seconds"], whole_s


async def _read(settings: Settings) -> float:
    """Records a second of all that a rebuild reads, as fast as they can be had."""
    count = settings.kafka.partitions
    starts = {tp: 0 for topic in PROJECTED for tp in partitions_of(topic.name, count)}
    reader = LogReader(settings, starts)
    await reader.start()
    try:
        began_s, records = time.monotonic(), 0
        async for batches in reader.to_end():
            records += sum(map(len, batches.values()))
        return records / (time.monotonic() - began_s)
    finally:
        await reader.stop()
