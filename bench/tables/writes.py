"""Bars through the projection into the database, beside a bare COPY of the same rows.

The records are built before the clock runs and handed to the worker's own agent in batches, as it
fetches them; it keeps up the rollups meanwhile.
"""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import psycopg

from bench.figures import Figure, Peer
from bench.market import Market
from bench.processes import Pids, cpu_seconds
from bench.records import Fetched
from processors.projections.agent import ProjectionsAgent
from streams.catalog import BARS
from streams.settings import Settings

PART = "tables"
FETCHED_BARS = 2_000
"""Of a partition at a time: some 400 KiB."""
BUILT_BARS = 250_000
TARGET = 100_000

PLAIN = "CREATE TABLE plain_bars (LIKE bars, PRIMARY KEY (series_id, ts))"
COPY_OUT = "COPY (SELECT * FROM bars ORDER BY ts) TO STDOUT (FORMAT binary)"
COPY_IN = "COPY plain_bars FROM STDIN (FORMAT binary)"


@dataclass(frozen=True, slots=True)
class Written:
    """A part of the market: seconds, and those of CPU, of this process and of the database."""

    bars: int
    seconds: float
    worker_s: float
    database_s: float


def write_figures(settings: Settings, market: Market, pids: Pids) -> Iterator[Figure]:
    """Leaves the bars in the tables, rolled up. pids: of a system that runs, which it takes the
    broker and the database of."""
    parts = asyncio.run(project(settings, market, pids))
    bare = copied_bars_per_s(settings)
    yield Figure(
        PART,
        f"{len(market) / 1e6:.0f} M bars through the projection",
        "bars/s",
        [part.bars / part.seconds for part in parts],
        "PostgreSQL's COPY of a batch into the quarter and its key, one core; on the other one the "
        "worker decodes the next batch meanwhile",
        [Peer("one bare COPY of the rows, without partitions", bare)],
        {"target": TARGET, "bars_per_sample": BUILT_BARS},
    )
    yield Figure(
        PART,
        "CPU of the projection's worker and of the database with the rollups",
        "µs/bar",
        [(part.worker_s + part.database_s) / part.bars * 1e6 for part in parts],
        "the same, and less moved by what else the machine does",
        details={
            "worker": [part.worker_s / part.bars * 1e6 for part in parts],
            "database": [part.database_s / part.bars * 1e6 for part in parts],
        },
    )


async def project(settings: Settings, market: Market, pids: Pids) -> list[Written]:
    """What each part of the market took."""
    agent = ProjectionsAgent(settings)
    await agent.start()
    ends: dict[int, int] = defaultdict(int)
    written = []
    try:
        for start in range(0, len(market), BUILT_BARS):
            part = market.part(start, min(start + BUILT_BARS, len(market)))
            batches = fetched(part, settings.kafka.partitions, ends)
            database_s, worker_s = cpu_seconds(pids)["database"], time.process_time()
            began = time.perf_counter()
            for batch in batches:
                await agent.handle(BARS.name, batch[0].partition, batch)
            await agent.release()  # once all is written
            seconds = time.perf_counter() - began
            worker_s = time.process_time() - worker_s
            database_s = cpu_seconds(pids)["database"] - database_s
            written.append(Written(len(part), seconds, worker_s, database_s))
    finally:
        await agent.stop()
    return written


def fetched(market: Market, partitions: int, ends: dict[int, int]) -> list[Sequence[Fetched]]:
    """Records in batches, the partitions by turns. ends: by partition, moved behind them."""
    parts: dict[int, list[Fetched]] = defaultdict(list)
    for home, record in market.records(partitions):
        assert record.key is not None and record.value is not None
        offset, ends[home] = ends[home], ends[home] + 1
        parts[home].append(
            Fetched(BARS.name, home, offset, 0, record.key, record.value, record.headers)
        )
    longest = max(map(len, parts.values()))
    turns = range(0, longest, FETCHED_BARS)
    found = [part[at : at + FETCHED_BARS] for at in turns for part in parts.values()]
    return [batch for batch in found if batch]


def copied_bars_per_s(settings: Settings) -> float:
    """Bars a second of one COPY of all rows into a table that has the same key alone."""
    with psycopg.connect(settings.database_url, autocommit=True) as connection:
        connection.execute(PLAIN)
        with connection.cursor().copy(COPY_OUT) as source:
            data = [bytes(piece) for piece in source]
        began = time.perf_counter()
        with connection.cursor() as cursor:
            with cursor.copy(COPY_IN) as target:
                for piece in data:
                    target.write(piece)
            bars = cursor.rowcount
        seconds = time.perf_counter() - began
        connection.execute("DROP TABLE plain_bars")
    return bars / seconds
