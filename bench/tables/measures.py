"""The figures of the database, on a broker and a database of their own."""

from __future__ import annotations

from collections.abc import Iterator

from bench.figures import Figure
from bench.market import random_walks
from bench.system import pids, running
from bench.tables.reads import read_figures
from bench.tables.writes import write_figures

SERIES = 500


def table_figures(bars: int) -> Iterator[Figure]:
    """Of so many hourly bars of 500 series."""
    market = random_walks("tables", SERIES, bars // SERIES, interval="1h")
    with running(lambda _: ()) as supervisor:
        processes = pids(supervisor)
        yield from write_figures(supervisor.settings, market, processes)
        yield from read_figures(supervisor.settings, processes)
