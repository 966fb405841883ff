"""Standing screens over logs in memory."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from hashlib import sha256
from typing import Any

import numpy as np

from processors.research.resident import resident_of
from processors.research.screen import Screened, screen
from processors.research.standing.known import Known
from processors.research.standing.market import Market
from processors.research.standing.track import Track
from sandbox.compiler.driver import compile_source
from sandbox.host.instance import Instance
from schemas.columns import BarColumns
from schemas.events.actions import Action, DividendDeclared, SplitDeclared
from schemas.events.base import Event
from schemas.events.instruments import InstrumentListed
from schemas.events.market import BarClosed
from schemas.events.screens import ScreenClosed, ScreenRegistered
from schemas.events.universes import UniverseDefined
from streams import catalog
from streams.actions import actions_of
from tests.processors.projections.memory_log import PARTITIONS, MemoryLog
from tests.sandbox.running import module_of

DAY_US = 86_400_000_000
FEED = "f"
SERIES_MAX = 8
"""Few, so that a state that is begun anew has to leave its block to others."""
MOMENTUM = (
    '"""Momentum."""\n\n\ndef on_bar(bar):\n'
    '    plot("mean", ta.sma(bar.close, 5))\n'
    "    score(ta.roc(bar.close, 5))\n"
)


def day_us(day: str) -> int:
    """Midnight of a day."""
    return int(datetime.fromisoformat(day).replace(tzinfo=UTC).timestamp()) * 1_000_000


START_US = day_us("2012-06-25")


def close(day: int) -> int:
    """When the bar of that day closes, days counted from START_US."""
    return START_US + (day + 1) * DAY_US


def append(log: MemoryLog, each: BarClosed) -> None:
    """Puts a bar on the log."""
    log.append(catalog.BARS, each, each.series.key)


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


def split(symbol: str, day: int, ratio: float) -> SplitDeclared:
    """From the bar of that day on."""
    return SplitDeclared(feed=FEED, symbol=symbol, ex_date=date_of(day), ratio=ratio)


def dividend(symbol: str, day: int, amount: float, currency: str | None = None) -> DividendDeclared:
    """The same."""
    return DividendDeclared(
        feed=FEED, symbol=symbol, ex_date=date_of(day), amount=amount, currency=currency
    )


def date_of(day: int) -> date:
    return datetime.fromtimestamp((START_US + day * DAY_US) // 1_000_000, UTC).date()


def known_of(*events: Event) -> Known:
    known = Known()
    for event in events:
        known.apply(event, 0)
    return known


def log_of(bars: Iterable[BarClosed]) -> MemoryLog:
    log = MemoryLog()
    for each in bars:
        append(log, each)
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
        self.said: list[ScreenClosed] = []
        self.renewed = -1
        """How many times it was made anew, for what it had not kept."""
        self._log = log
        self._known = known
        self._asked = asked
        self._source = source
        self._renew(last)

    def _renew(self, last: ScreenClosed | None) -> None:
        wasm_sha256 = sha256(compile_source(self._source).wasm).hexdigest()
        instance = Instance(module_of(self._source), SERIES_MAX)
        self.track = Track(self._asked, instance, wasm_sha256, self._known, last)
        self._market = Market(PARTITIONS)
        self.renewed += 1

    def hear(self, *events: Event) -> None:
        """Of what is about the bars, as the agent does it."""
        for event in events:
            self._known.apply(event, 0)
        if self.track.is_stale:
            self._renew(self.said[-1] if self.said else None)

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
    bars: Sequence[BarClosed],
    symbols: Iterable[str],
    close_us: int,
    source: str = MOMENTUM,
    actions: Iterable[Action] = (),
) -> Screened:
    """The same screen as the command makes it."""
    names = ("ts", "open", "high", "low", "close", "volume")
    seen = {}
    for symbol in symbols:
        rows = [b for b in bars if b.symbol == symbol and b.ts + DAY_US <= close_us]
        columns = ([getattr(row, name) for row in rows] for name in names)
        ts, *prices = columns
        seen[symbol] = BarColumns(np.array(ts, np.int64), *(np.array(each) for each in prices))
    known = resident_of(seen, actions_of(actions))
    return screen(module_of(source), sha256(compile_source(source).wasm).hexdigest(), known, {})
