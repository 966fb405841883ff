"""Standing screens over logs in memory."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from hashlib import sha256
from typing import Any

import numpy as np

from processors.research.screen import Screened, screen
from processors.research.standing.known import Known
from processors.research.standing.market import Market
from processors.research.standing.track import Track
from sandbox.compiler.driver import compile_source
from schemas.columns import BarColumns
from schemas.events.instruments import InstrumentListed
from schemas.events.market import BarClosed
from schemas.events.screens import ScreenClosed, ScreenRegistered
from schemas.events.universes import UniverseDefined
from streams import catalog
from tests.processors.projections.memory_log import PARTITIONS, MemoryLog
from tests.sandbox.running import instance_of, module_of

DAY_US = 86_400_000_000
FEED = "f"
MOMENTUM = (
    '"""Momentum."""\n\n\ndef on_bar(bar):\n'
    '    plot("mean", ta.sma(bar.close, 5))\n'
    "    score(ta.roc(bar.close, 5))\n"
)


def day_us(day: str) -> int:
    """Midnight of a day."""
    return int(datetime.fromisoformat(day).replace(tzinfo=UTC).timestamp()) * 1_000_000


START_US = day_us("2012-06-25")


def bar(symbol: str, day: int, close: float, volume: float = 100.0, feed: str = FEED) -> BarClosed:
    """A daily bar, days counted from START_US."""
    prices = {"open": close, "high": close + 1.0, "low": close - 1.0, "close": close}
    ts = START_US + day * DAY_US
    return BarClosed(feed=feed, symbol=symbol, interval="1d", ts=ts, volume=volume, **prices)


def walk(symbol: str, days: Iterable[int]) -> list[BarClosed]:
    """A random walk on some days."""
    dice = random.Random(symbol)
    price, found = 100.0, []
    for day in days:
        price *= 1 + dice.gauss(0, 0.03)
        found.append(bar(symbol, day, price, float(dice.randrange(100, 10_000))))
    return found


def defined(effective_us: int = 0, name: str = "u", **kind: Any) -> UniverseDefined:
    return UniverseDefined(
        universe=name, feed=FEED, interval="1d", effective_ts=effective_us, author="", **kind
    )


def listed(symbol: str, calendar: str = "24/7", last_day: date | None = None) -> InstrumentListed:
    return InstrumentListed(
        feed=FEED,
        symbol=symbol,
        tick_size=0.01,
        lot=1.0,
        currency="USD",
        calendar=calendar,
        last_day=last_day,
    )


def registered(**fields: Any) -> ScreenRegistered:
    given = {"universe": "u", "strategy_id": "s", "version": 1, "author": "", **fields}
    return ScreenRegistered(screen_id="w", **given)


def known_of(*events: UniverseDefined | InstrumentListed) -> Known:
    known = Known()
    for event in events:
        known.apply(event, 0)
    return known


def log_of(bars: Iterable[BarClosed]) -> MemoryLog:
    log = MemoryLog()
    for each in bars:
        log.append(catalog.BARS, each, each.series.key)
    return log


class Follower:
    """A screen that is given the records of a log, and asked what it says."""

    def __init__(
        self,
        log: MemoryLog,
        known: Known,
        asked: ScreenRegistered,
        last: ScreenClosed | None = None,
        source: str = MOMENTUM,
    ) -> None:
        wasm_sha256 = sha256(compile_source(source).wasm).hexdigest()
        self.track = Track(asked, instance_of(source), wasm_sha256, known, last)
        self.said: list[ScreenClosed] = []
        self._log = log
        self._market = Market(PARTITIONS)

    def read(self, dice: random.Random | None = None) -> None:
        """All that is on the log by now; by dice in batches of any size, partitions in any
        order."""
        waiting = list(range(PARTITIONS))
        while waiting:
            partition = dice.choice(waiting) if dice else waiting[0]
            start = self._market.next[partition]
            size = dice.choice((1, 3, 20)) if dice else 10**9
            records = self._log.topics[catalog.BARS.name][partition][start : start + size]
            if not records:
                waiting.remove(partition)
            self._market.take(partition, records, [self.track])
            if dice and dice.random() < 0.2:
                self.track.warm_up(self._market.clocks.get(FEED))

    def ask(self) -> list[ScreenClosed]:
        """What it says to what it was given; it is in `said` too."""
        clock_us = self._market.clocks.get(FEED, 0)
        found: list[ScreenClosed] = []
        while part := self.track.closes(clock_us, 3):
            found += part
        self.said += found
        return found

    def all(self) -> list[ScreenClosed]:
        """Read the whole log, and say all there is to say of it."""
        self.read()
        return self.ask()


def offline(
    bars: Sequence[BarClosed], symbols: Iterable[str], close_us: int, source: str = MOMENTUM
) -> Screened:
    """The same screen as the command makes it."""
    names = ("ts", "open", "high", "low", "close", "volume")
    seen = {}
    for symbol in symbols:
        rows = [b for b in bars if b.symbol == symbol and b.ts + DAY_US <= close_us]
        columns = ([getattr(row, name) for row in rows] for name in names)
        ts, *prices = columns
        seen[symbol] = BarColumns(np.array(ts, np.int64), *(np.array(each) for each in prices))
    return screen(module_of(source), sha256(compile_source(source).wasm).hexdigest(), seen, {})
