"""The sample feed: daily bars of five stocks, first as history, then on and on, bar by bar.

Round 1 is the feed `sample`: all but the last year at once, then that year at a set pace. Round n
is the feed `sample-<n>`: that year again. It leaves the history out, so that the log and the
database grow by the pace alone, however long the feed runs; the indicators of a round are warm
after its first minute.
"""

from __future__ import annotations

import asyncio
import contextlib
import csv
import gzip
import logging
import signal
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

from schemas.series import Series
from streams.codec import Outgoing
from streams.producer import Publisher
from streams.settings import Settings
from streams.sources.encoding import BarEncoder
from streams.sources.resumption import ResumableFeed

logger = logging.getLogger(__name__)

NAME = "sample"
SOURCE = "/peripheral/feeds/sample"
INTERVAL = "1d"
PACKAGE = "bokeh_sampledata"
PRICE_DECIMALS = 6
TICK_S = 0.02
"""Bars due within one tick are published together."""
SAVE_INTERVAL_S = 1.0


class SampleBar(NamedTuple):
    """One session of one stock. ts: its date at 00:00 UTC, in microseconds."""

    ts: int
    symbol: str
    open: float
    high: float
    low: float
    close: float
    volume: float


def sample_path() -> Path:
    """The file in the installed package, found without importing it: it would load pandas."""
    spec = find_spec(PACKAGE)
    assert spec is not None and spec.submodule_search_locations, f"{PACKAGE} is a dependency"
    return Path(spec.submodule_search_locations[0]) / "_data" / "stocks.csv.gz"


def read_sample() -> list[SampleBar]:
    """All bars by (ts, symbol), adjusted for splits and dividends."""
    with gzip.open(sample_path(), "rt", encoding="utf-8", newline="") as stream:
        return sorted(adjusted(row) for row in csv.DictReader(stream))


def adjusted(row: dict[str, str]) -> SampleBar:
    """One row, its prices scaled by Adj Close / Close and rounded.

    Scaling and rounding are monotone, also in floating point, so low ≤ open, close ≤ high stays.
    """
    factor = float(row["Adj Close"]) / float(row["Close"])
    day = datetime.strptime(row["Date"], "%Y-%m-%d").replace(tzinfo=UTC)
    open_, high, low, close = (
        round(float(row[name]) * factor, PRICE_DECIMALS)
        for name in ("Open", "High", "Low", "Close")
    )
    ts = int(day.timestamp()) * 1_000_000
    return SampleBar(ts, row["Ticker"], open_, high, low, close, float(row["Volume"]))


def last_year(bars: Sequence[SampleBar]) -> int:
    """The index of the first bar of the data's last year."""
    end = datetime.fromtimestamp(bars[-1].ts / 1e6, UTC)
    start_us = int(end.replace(year=end.year - 1).timestamp()) * 1_000_000
    return next(index for index, bar in enumerate(bars) if bar.ts > start_us)


def describe(bars: Sequence[SampleBar]) -> str:
    """Which data this is, in a line."""
    first, last = (datetime.fromtimestamp(bar.ts / 1e6, UTC).date() for bar in (bars[0], bars[-1]))
    symbols = ", ".join(sorted({bar.symbol for bar in bars}))
    return (
        f"{len(bars):,} real daily bars of {symbols}, {first} to {last}, adjusted for splits and "
        f"dividends; from {PACKAGE}, which took them from Quandl's WIKI set (public domain)"
    )


def round_records(bars: Sequence[SampleBar], number: int) -> tuple[list[Outgoing], int]:
    """The records of a round in time order, and how many of them are history."""
    feed = NAME if number == 1 else f"{NAME}-{number}"
    year = last_year(bars)
    chosen = bars if number == 1 else bars[year:]
    encoders = {
        symbol: BarEncoder(Series(feed, symbol, INTERVAL), SOURCE)
        for symbol in {bar.symbol for bar in chosen}
    }
    records = [encoders[bar.symbol].encode(bar.ts, *bar[2:]) for bar in chosen]
    return records, year if number == 1 else 0


async def follow(settings: Settings) -> None:
    """Publish, round after round, from where an earlier process ended."""
    bars = read_sample()
    logger.info("the sample feed publishes %s", describe(bars))
    publisher = Publisher(settings, "feed-sample")
    await publisher.start()
    try:
        feed = ResumableFeed(settings, publisher, NAME, SOURCE)
        number = await feed.resume()
        while True:
            records, history = round_records(bars, number)
            await play(feed, records, history, settings.feed.bars_per_s)
            number += 1
            await feed.begin(number)
    finally:
        await publisher.stop()


async def play(
    feed: ResumableFeed, records: Sequence[Outgoing], history: int, bars_per_s: float
) -> None:
    """Publish what is left of a round: history at once, the rest at the pace."""
    await feed.fill(records)
    await feed.publish(records[feed.published : history])
    await feed.save()
    step = max(1, round(bars_per_s * TICK_S))
    clock = asyncio.get_running_loop().time
    due_s = saved_s = clock()
    while feed.published < len(records):
        await feed.publish(records[feed.published : feed.published + step])
        if clock() - saved_s >= SAVE_INTERVAL_S:
            await feed.save()
            saved_s = clock()
        # After a pause the pace goes on; what was missed is not caught up in a burst.
        due_s = max(due_s + step / bars_per_s, clock())
        await asyncio.sleep(due_s - clock())


async def follow_until_told(settings: Settings) -> None:
    task = asyncio.ensure_future(follow(settings))
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, task.cancel)
    with contextlib.suppress(asyncio.CancelledError):
        await task


def run(settings: Settings) -> None:
    """The feed process: publish until SIGTERM or SIGINT."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    asyncio.run(follow_until_told(settings))
