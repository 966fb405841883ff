"""Bars that are gone through, not held: how many a second, and how much memory they take.

Each run is a process of its own, which goes through all bars in the order of time and says its
highest memory. Called with where they are, a file or `database`, it is that process.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import polars as pl
import psutil
import psycopg

from bench.figures import Figure
from bench.market import FIRST_TS
from bench.research.bars import trending
from bench.system import ROOT
from deploy.research.bar_files import opened_files
from processors.projections.core.quarters import missing_quarters
from processors.projections.quarters import MAKE_QUARTERS
from processors.research.merged import streamed
from processors.research.stored_streams import stored_streams
from schemas.columns import BarColumns
from schemas.series import Series, interval_us
from streams.settings import Settings

FEW, MANY = 4_000_000, 12_000_000
BLOCK = 500_000
DATABASE = "database"
FOLDER = ROOT / ".data" / "bench"
SERIES = Series("streamed", "ONE", "1m")
URL = "PERIPHERAL_BENCH_URL"
MIB = 1 << 20
LOOKS_S = 0.02
_INSERT = """
INSERT INTO bars SELECT %s, to_timestamp(%s) + n * interval '1 minute',
100 + n %% 7, 110 + n %% 7, 90 - n %% 5, 100 + n %% 3, n %% 1000, n FROM generate_series(%s, %s) n
"""


def stream_figures(settings: Settings, few: int = FEW, many: int = MANY) -> Iterator[Figure]:
    """By how much memory grows from few bars to many, of one symbol."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=FOLDER) as folder:
        for ending in (".csv", ".parquet"):
            paths = {count: Path(folder) / f"{count}{ending}" for count in (few, many)}
            for count, path in paths.items():
                write(path, count)
            yield _figure(ending, {count: run(str(path)) for count, path in paths.items()})
    found = {}
    with psycopg.connect(settings.database_url, autocommit=True) as connection:
        first = 0
        days = missing_quarters(FIRST_TS + np.arange(many) * interval_us("1m"), ())
        connection.execute(MAKE_QUARTERS, ("bars", days))
        for count in (few, many):
            where = (SERIES.id, FIRST_TS / 1e6, first, count - 1)
            connection.execute(_INSERT, where)
            first = count
            connection.execute("VACUUM ANALYZE bars")
            found[count] = run(DATABASE, settings.database_url)
    yield _figure(DATABASE, found)


def _figure(where: str, told: dict[int, dict[str, float]]) -> Figure:
    (few, least), (many, most) = told.items()
    bytes_a_bar = (most["bytes"] - least["bytes"]) / (many - few)
    runs = "; ".join(
        f"{bars:,} bars: {each['bytes'] / MIB:,.0f} MiB, {each['rate'] / 1e6:.1f} M a second"
        for bars, each in told.items()
    )
    name = f"memory of bars that are gone through ({where}), for each further one"
    return Figure("research", name, "bytes", [bytes_a_bar], runs, (), {"target": 0})


def write(path: Path, count: int) -> None:
    """Rows as people have them, a block at a time."""
    lines = path.with_suffix(".csv")
    with lines.open("wb") as file:
        for first in range(0, count, BLOCK):
            bars = trending(min(BLOCK, count - first), digits=2)
            frame = pl.DataFrame({name: getattr(bars, name) for name in BarColumns.__slots__})
            moved = pl.from_epoch(pl.col("ts") + first * interval_us("1m"), "us")
            text = moved.dt.strftime("%Y-%m-%dT%H:%M:%SZ")
            frame.with_columns(text).write_csv(file, include_header=not first)
    if path != lines:
        table = pl.scan_csv(lines).with_columns(pl.col("ts").str.to_datetime("%Y-%m-%dT%H:%M:%SZ"))
        table.sink_parquet(path)


def run(where: str, url: str = "") -> dict[str, float]:
    """In a process of its own: bars, their rate a second, and bytes."""
    command = [sys.executable, "-m", "bench.research.streams", where]
    environment = {**os.environ, URL: url}
    done = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    )
    told: dict[str, float] = json.loads(done.stdout)
    return told


def main() -> None:
    """Prints them."""
    highest = Highest()
    highest.start()
    where, began = sys.argv[1], time.perf_counter()
    if where == DATABASE:
        with (
            psycopg.connect(os.environ[URL], autocommit=True) as connection,
            stored_streams(connection, [SERIES]) as streams,
        ):
            bars = sum(len(rows.symbol) for rows in streamed(streams))
    else:
        with opened_files([Path(where)], None, 0) as market:
            streams = [each.stream() for each in market.bars.values()]
            bars = sum(len(rows.symbol) for rows in streamed(streams))
    taken_s = time.perf_counter() - began
    print(json.dumps({"bars": bars, "rate": bars / taken_s, "bytes": highest.bytes}))


class Highest(threading.Thread):
    """Looks at this process's memory again and again: what the system itself keeps as its highest
    is, on Linux, also that of the process which started it."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.bytes = 0

    def run(self) -> None:
        """Until the process ends."""
        while True:
            self.bytes = max(self.bytes, psutil.Process().memory_info().rss)
            time.sleep(LOOKS_S)


if __name__ == "__main__":
    main()
