"""The figures of the live path."""

from __future__ import annotations

import statistics
from collections.abc import Iterator, Sequence

from bench.chain import Run, limit_of
from bench.figures import Figure, Peer
from bench.live.path import (
    Path,
    bars_to_the_database,
    bursts,
    crosses_to_the_database,
    stock,
    to_the_database,
    to_the_log,
)
from bench.progress import SIGNALS_ON_LOG
from streams.catalog import SIGNALS

PART = "live"
BURSTS = 5


def live_figures(bars: int, stock_bars: int, runs: int) -> Iterator[Figure]:
    """Of runs of so many bars of ours, and fewer on stock agents."""
    log, database = to_the_log(bars, runs), to_the_database(bars, runs)
    crosses = crosses_to_the_database(bars, runs)
    alone = bars_to_the_database(bars, runs)
    stocks = stock(stock_bars, 1)
    yield path_figure("ten strategies, outputs on the log", log, stocks)
    yield path_figure("the same into the database", database, stocks)
    yield path_figure("ten crosses, which say less, into the database", crosses)
    yield path_figure("bars alone into the database", alone)
    yield from cpu_figures(log, database)
    yield from burst_figures(bursts(BURSTS))


def path_figure(name: str, path: Path, stocks: Sequence[Run] = ()) -> Figure:
    """Bars a second, beside a bare consumer, and stock agents of the same that end on the log."""
    beside = [Peer("bare consumer", statistics.median(path.bare))]
    if stocks:
        stock_bars_per_s = statistics.median(run.bars_per_s for run in stocks)
        beside.insert(0, Peer("stock", stock_bars_per_s))
    return Figure(
        *(PART, name, "bars/s", [run.bars_per_s for run in path.runs], limit_of(path.runs)),
        beside,
        {"runs": [run.as_json() for run in path.runs], "stock": [run.as_json() for run in stocks]},
    )


def cpu_figures(log: Path, database: Path) -> Iterator[Figure]:
    """What a bar costs, which other work on the machine moves less."""
    for name, path in (("log", log), ("database", database)):
        limit = "the same as bars/s, and less moved by what else the machine does"
        costs = [run.total_us for run in path.runs]
        yield Figure(PART, f"CPU of all processes, to the {name}", "µs/bar", costs, limit)


def burst_figures(runs: list[Run]) -> Iterator[Figure]:
    """When the last signal of each burst was where."""
    for name, place in (("on the log", SIGNALS_ON_LOG), ("in the database", SIGNALS.name)):
        yield Figure(
            *(PART, f"burst of 10,000 series: last signal {name}", "s"),
            [run.lags_s[place] for run in runs],
            limit_of(runs),
            details={"runs": [run.as_json() for run in runs]},
        )
