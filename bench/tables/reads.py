"""The reads that a page makes, through the API's own layer and by plain psycopg, row by row.

Each is of a series at random, one after the other: what one reader waits.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import psycopg

from api.reads.postgres import PostgresReads
from api.reads.protocol import Page, SignalFilter, Window
from bench.figures import Figure, Peer
from bench.latency import percentile
from bench.processes import Pids, cpu_seconds
from schemas.series import Series
from streams.settings import Settings

PART = "tables"
SAMPLES = 400
WARM_UP = 20
TARGET_MS = 10.0

SIGNALS = """
    INSERT INTO signals (series_id, source_offset, seq, ts, deployment_id, strategy_id, version,
                         action, price, size, plots, receipt)
    SELECT series_id, source_offset, 0, ts, 'bench', 'bench-' || abs(series_id % 9), 1,
           'enter_long', close, 1, '{}', '{}'
    FROM bars WHERE source_offset % 20 = 0
"""
BARS_OF = "SELECT ts, open, high, low, close, volume FROM"
PLAIN_LAST = f"{BARS_OF} bars WHERE series_id = %(id)s ORDER BY ts DESC LIMIT 500"
PLAIN_DAYS = f"{BARS_OF} bars_1d WHERE series_id = %(id)s AND ts >= %(since)s ORDER BY ts"
PLAIN_ALL = f"""
    SELECT s.symbol, b.* FROM series s CROSS JOIN LATERAL
        ({BARS_OF} bars WHERE series_id = s.series_id ORDER BY ts DESC LIMIT 1) AS b
    ORDER BY s.symbol
"""
PLAIN_SIGNALS = "SELECT * FROM signals ORDER BY ts DESC, series_id, source_offset, seq LIMIT 500"


@dataclass(frozen=True)
class Read:
    """One kind of read; ours and the peer's, of a series and what is 90 days before the newest
    bar."""

    name: str
    ours: Callable[[PostgresReads, Series, datetime], Awaitable[Page]]
    peer: str
    limit: str


READS = (
    Read(
        "last 500 bars of a series",
        lambda reads, series, _: reads.series_page("bars", series, Window(500)),
        PLAIN_LAST,
        "to_json of 500 rows, in one core of the database",
    ),
    Read(
        "90 days of hours rolled up to days",
        lambda reads, series, since: reads.series_page(
            "bars_1d", series, Window(500, since, forward=True)
        ),
        PLAIN_DAYS,
        "planning over the quarters, and the bars that are not rolled up yet",
    ),
    Read(
        "newest bars of all 500 series",
        lambda reads, *_: reads.series(Window(500)),
        PLAIN_ALL,
        "a look-up in the key for each series, and to_json",
    ),
    Read(
        "a page of 500 signals",
        lambda reads, *_: reads.signals(SignalFilter(), Window(500)),
        PLAIN_SIGNALS,
        "to_json of 500 rows, in one core of the database",
    ),
)


def read_figures(settings: Settings, pids: Pids) -> Iterator[Figure]:
    """Of tables that hold bars; their database is one of pids."""
    with psycopg.connect(settings.database_url, autocommit=True) as connection:
        connection.execute(SIGNALS)
        for table in ("bars", "signals", "series", "rollups"):
            connection.execute(f"ANALYZE {table}".encode())
        row = connection.execute("SELECT count(*), max(ts) FROM bars").fetchone()
        assert row is not None
        series = [
            Series(*names)
            for names in connection.execute("SELECT feed, symbol, interval FROM series")
        ]
        bars, since = row[0], row[1] - timedelta(days=90)
        for read in READS:
            before_s, own_s = cpu_seconds(pids)["database"], time.process_time()
            ours = asyncio.run(ours_ms(settings, read, series, since))
            spent_s = cpu_seconds(pids)["database"] - before_s + time.process_time() - own_s
            plain = plain_ms(connection, read, series, since)
            for percent in (50, 99):
                yield Figure(
                    PART,
                    f"{read.name} of {bars / 1e6:.0f} M bars, p{percent}",
                    "ms",
                    [percentile(ours, percent)],
                    read.limit,
                    [Peer("plain psycopg", percentile(plain, percent))],
                    {
                        "samples": SAMPLES,
                        "target_p99": TARGET_MS,
                        "cpu_ms": spent_s / (SAMPLES + WARM_UP) * 1e3,
                    },
                )


async def ours_ms(
    settings: Settings, read: Read, series: list[Series], since: datetime
) -> list[float]:
    """Milliseconds of each read by the API's layer."""
    reads, dice, found = PostgresReads(settings), random.Random(1), []
    await reads.open()
    try:
        for _ in range(WARM_UP + SAMPLES):
            one = dice.choice(series)
            began = time.perf_counter()
            page = await read.ours(reads, one, since)
            found.append((time.perf_counter() - began) * 1e3)
            assert len(page.items) > 1_000, f"{read.name} found next to nothing"
    finally:
        await reads.close()
    return found[WARM_UP:]


def plain_ms(
    connection: psycopg.Connection[Any], read: Read, series: list[Series], since: datetime
) -> list[float]:
    """Milliseconds of the like, prepared, its rows as Python's."""
    dice, found = random.Random(1), []
    for _ in range(WARM_UP + SAMPLES):
        params = {"id": dice.choice(series).id, "since": since}
        began = time.perf_counter()
        connection.execute(read.peer.encode(), params, prepare=True, binary=True).fetchall()
        found.append((time.perf_counter() - began) * 1e3)
    return found[WARM_UP:]
