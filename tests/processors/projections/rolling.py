"""Bars of several series through the projection's own code into a database without a broker, and
what its rollups must be then."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from processors.projections.bars import BarsProjection
from processors.projections.core.times import utc
from processors.projections.sink import Connection, Position, connect
from schemas.events.market import BarClosed
from schemas.series import ROLLUPS, SECOND_US, Series, interval_us
from streams import catalog
from streams.marks import NO_MARK
from streams.producer import partition_of
from tests.processors.projections.memory_log import PARTITIONS, MemoryLog
from tests.rollups import Bar, rolled

INTERVALS = ("20s", "1m", "7m", "1h", "1d", "2d", "1w")
FIRST_US = int(datetime(1900, 1, 1, tzinfo=UTC).timestamp()) * SECOND_US
LAST_US = int(datetime(2150, 1, 1, tzinfo=UTC).timestamp()) * SECOND_US


@dataclass
class Walk:
    """A seeded series' bars as they came, with corrections of the newest one, repeats and
    stragglers."""

    series: Series
    rng: random.Random
    ts: int = 0
    last: BarClosed | None = None

    def __post_init__(self) -> None:
        self.ts = self.rng.randrange(FIRST_US, LAST_US)

    def next(self) -> BarClosed:
        """The next bar to come."""
        what = self.rng.random()
        if self.last is not None and what < 0.25:
            if what < 0.1:
                return self.last
            ts = self.last.ts if what < 0.2 else self.last.ts - interval_us(self.series.interval)
            made = self._made(max(ts, FIRST_US))
            self.last = made if what < 0.2 else self.last
            return made
        gap_us = interval_us(self.series.interval) * self.rng.choice((1, 1, 1, 1, 1, 2, 40, 700))
        self.ts += min(gap_us, interval_us("30w"))
        self.last = self._made(self.ts)
        return self.last

    def _made(self, ts: int) -> BarClosed:
        low, open_, close, high = sorted(self.rng.uniform(0.001, 1000.0) for _ in range(4))
        if self.rng.random() < 0.5:
            open_, close = close, open_
        values = {"open": open_, "high": high, "low": low, "close": close}
        volume = self.rng.choice((0.0, 1e-3, 1e9)) + self.rng.random()
        names = {"feed": self.series.feed, "symbol": self.series.symbol}
        return BarClosed(**names, interval=self.series.interval, ts=ts, **values, volume=volume)


@dataclass
class Market:
    """A log of walks, and how far each of its partitions is in the database."""

    symbol: str
    seed: int
    log: MemoryLog = field(default_factory=MemoryLog)
    done: dict[int, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.rng = random.Random(self.seed)
        self.walks = [
            Walk(Series("rolled", f"{self.symbol}{n}", interval), random.Random(self.seed + n))
            for n, interval in enumerate(INTERVALS)
        ]
        self.projections = {p: BarsProjection(p, PARTITIONS) for p in range(PARTITIONS)}

    async def advance(self, connection: Connection, bars: int, batch_max: int) -> None:
        """Let so many bars come, and write them in batches of seeded sizes."""
        for _ in range(bars):
            walk = self.rng.choice(self.walks)
            self.log.append(catalog.BARS, walk.next(), walk.series.key)
        for partition, records in self.log.topics[catalog.BARS.name].items():
            at = self.done.get(partition, 0)
            while at < len(records):
                part = records[at : at + self.rng.randint(1, batch_max)]
                async with connection.transaction():
                    work = self.projections[partition].prepare(part, NO_MARK)
                    await work.write(connection)
                at += len(part)
                if self.rng.random() < 0.1:
                    self.projections[partition] = BarsProjection(partition, PARTITIONS)
                    await self.projections[partition].load(connection, Position(at))
            self.done[partition] = at

    def bars(self, walk: Walk) -> list[Bar]:
        """A series' bars as the log has them, by the plainest fold."""
        found: dict[datetime, Bar] = {}
        partition = partition_of(walk.series.key.encode(), PARTITIONS)
        for record in self.log.topics[catalog.BARS.name][partition]:
            assert record.value is not None
            event = BarClosed.model_validate_json(record.value)
            ts = utc(event.ts)
            if record.key == walk.series.key.encode() and (not found or ts >= max(found)):
                found[ts] = Bar(ts, event.open, event.high, event.low, event.close, event.volume)
        return list(found.values())

    async def assert_rolled_up(self, connection: Connection) -> int:
        """Every view has, of every series, what the fold gives; says how many buckets that were."""
        buckets = 0
        for walk in self.walks:
            bars = self.bars(walk)
            for rollup in ROLLUPS:
                width_us = interval_us(rollup)
                wanted = rolled(bars, width_us // SECOND_US)
                if interval_us(walk.series.interval) >= width_us:
                    wanted = []
                found = await buckets_of(connection, rollup, walk.series.id)
                assert list(map(repr, found)) == list(map(repr, wanted)), (walk.series, rollup)
                buckets += len(found)
        return buckets


async def buckets_of(connection: Connection, rollup: str, series_id: int) -> list[Bar]:
    """A view's bars of a series, in the order of time."""
    cursor = await connection.execute(
        f"SELECT ts, open, high, low, close, volume FROM bars_{rollup}"
        " WHERE series_id = %s ORDER BY ts".encode(),
        (series_id,),
    )
    rows: Sequence[tuple[Any, ...]] = await cursor.fetchall()
    return [Bar(row[0].astimezone(UTC), *row[1:]) for row in rows]


@asynccontextmanager
async def connected(url: str) -> AsyncIterator[Connection]:
    """A projection's connection, without prepared statements: those of TimescaleDB in WebAssembly
    outlive it."""
    connection = await connect(url)
    connection.prepare_threshold = None
    try:
        yield connection
    finally:
        await connection.close()
