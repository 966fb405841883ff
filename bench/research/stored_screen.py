"""A screen of 5,000 symbols × 500 bars: from the database, and over bars that are in memory."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator, Mapping
from contextlib import closing
from functools import partial

import numpy as np
import psycopg

from bench.figures import Figure, Peer
from bench.market import FIRST_TS
from bench.research.bars import trending
from processors.projections.core.quarters import missing_quarters
from processors.projections.quarters import MAKE_QUARTERS
from processors.research.resident import Resident, resident_of
from processors.research.screen import screen
from processors.research.stored_universe import stored_universe
from sandbox.compiler.driver import compile_source
from sandbox.host.engine import SandboxEngine
from sandbox.host.module import load_module
from schemas.columns import BarColumns
from schemas.series import Series, interval_us
from streams.settings import Settings

PART = "research"
SYMBOLS, BARS = 5_000, 500
COLD_ROUNDS, ROUNDS = 3, 9
SOURCE = '''"""The strongest above their average."""


def on_bar(bar):
    average = ta.sma(bar.close, 100)
    plot("rsi", ta.rsi(bar.close, 14))
    if bar.close > average:
        score(bar.close / average - 1.0)
'''
COPY = "COPY bars FROM STDIN (FORMAT binary)"
_EPOCH_US = 946_684_800_000_000  # where PostgreSQL's timestamps begin
_PRICES = ("open", "high", "low", "close", "volume")
_ROW = np.dtype(
    [("fields", ">i2"), ("series_bytes", ">i4"), ("series", ">i8"), ("ts_bytes", ">i4")]
    + [("ts", ">i8")]
    + [part for name in _PRICES for part in ((f"{name}_bytes", ">i4"), (name, ">f8"))]
    + [("offset_bytes", ">i4"), ("offset", ">i8")]
)


def screen_figures(settings: Settings) -> Iterator[Figure]:
    """On the database of a system that runs."""
    universe = [Series("screen", f"S{number:04}", "1d") for number in range(SYMBOLS)]
    another = partial(psycopg.connect, settings.database_url)
    with psycopg.connect(settings.database_url, autocommit=True) as connection:
        load(connection, universe)
        cold, read = [], []
        for _ in range(COLD_ROUNDS):
            began = time.perf_counter()
            stored = stored_universe(connection, another, universe)
            read.append(time.perf_counter() - began)
            bars = dict(zip((each.symbol for each in universe), stored, strict=True))
            screened_s(bars)
            cold.append(time.perf_counter() - began)
    known = resident_of(bars)
    resident = [screened_s(known) for _ in range(ROUNDS)]
    read_s = statistics.median(read)
    peer = Peer("the same, resident", statistics.median(resident))
    yield Figure(
        PART,
        "screen of 5,000 symbols × 500 bars, out of the database",
        "s",
        cold,
        f"{read_s:.2f} s are the reading, by two connections: PostgreSQL puts the columns"
        f" together, {read_s / (SYMBOLS * BARS) * 1e6:.1f} µs a bar",
        [peer],
        {"target": 2.0},
    )
    limit = "the strategy's code; bars joined and hashed once, as a worker keeps them"
    in_ms = [seconds * 1e3 for seconds in resident]
    yield Figure(PART, "… of bars that are in memory", "ms", in_ms, limit, (), {"target": 60})


def screened_s(bars: Mapping[str, BarColumns] | Resident) -> float:
    """Seconds of a screen, its strategy loaded."""
    compiled = compile_source(SOURCE)
    with closing(SandboxEngine()) as engine:
        module = load_module(engine, compiled.wasm)
        began = time.perf_counter()
        found = screen(module, "bench", bars, {})
        seconds = time.perf_counter() - began
    assert found.symbols == SYMBOLS and 0 < len(found.matches) < SYMBOLS
    return seconds


def load(connection: psycopg.Connection, universe: list[Series]) -> None:
    """Puts daily bars of all symbols into the table, in the order of time, as they come live."""
    market = trending(SYMBOLS * BARS, seed=3)
    ts = FIRST_TS + np.arange(BARS, dtype=np.int64) * interval_us("1d")
    connection.execute(MAKE_QUARTERS, ("bars", missing_quarters(ts, ())))
    rows = np.zeros((BARS, SYMBOLS), _ROW)
    rows["fields"] = 8
    for name in _ROW.names or ():
        if name.endswith("_bytes"):
            rows[name] = 8
    rows["series"] = [each.id for each in universe]
    rows["ts"] = (ts - _EPOCH_US)[:, None]
    for name in _PRICES:
        rows[name] = getattr(market, name).reshape(SYMBOLS, BARS).T
    header = b"PGCOPY\n\xff\r\n\x00" + bytes(8)
    with connection.cursor() as cursor, cursor.copy(COPY) as copy:
        copy.write(header)
        copy.write(rows.tobytes())
        copy.write(b"\xff\xff")
    connection.execute("VACUUM ANALYZE bars")
