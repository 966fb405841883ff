"""What the system is given to do while it fails. Pure: a seed gives the same steps always."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass

from deploy.examples import SOURCES
from schemas.events.market import BarClosed
from schemas.series import Series
from streams.codec import Outgoing
from streams.producer import partition_of
from tests.e2e.market import DAY_US
from tests.e2e.strategies import FRAGILE
from tests.e2e.system import bar_record

FEED = "chaos"
SYMBOLS = 10
DAYS = (1, 1, 1, 1, 2, 2, 2, 3, 3, 12)
"""How many a step may have."""
ALIVE_MAX = 4
"""Deployments that are there at a time beside the first ones."""


@dataclass(frozen=True, slots=True)
class Write:
    """Records of the bars' topic, in order, each with its partition."""

    records: tuple[tuple[int, Outgoing], ...]


@dataclass(frozen=True, slots=True)
class Call:
    """A request to the API, which is sent again until it is answered."""

    method: str
    path: str
    body: dict[str, object] | None = None


Step = Write | Call


class Market:
    """Random walks, a day at a time, with what sources get wrong."""

    def __init__(self, dice: random.Random, partitions: int) -> None:
        self._dice = dice
        self._partitions = partitions
        self._day = 0
        self._prices = {f"SYM{number}": 100.0 for number in range(SYMBOLS)}
        self._last: list[BarClosed] = []

    def days(self, count: int) -> Write:
        """The next days of all symbols."""
        bars: list[BarClosed] = []
        for _ in range(count):
            self._last = [self._bar(symbol) for symbol in self._prices]
            bars += self._last
            self._day += 1
        return Write(tuple(self.placed(bar_record(bar)) for bar in bars))

    def _bar(self, symbol: str) -> BarClosed:
        opened = self._prices[symbol]
        close = self._prices[symbol] = max(1.0, opened * (1 + self._dice.gauss(0, 0.02)))
        return BarClosed(
            feed=FEED,
            symbol=symbol,
            interval="1d",
            ts=self._day * DAY_US,
            open=opened,
            high=max(opened, close) * (1 + abs(self._dice.gauss(0, 0.005))),
            low=min(opened, close) * (1 - abs(self._dice.gauss(0, 0.005))),
            close=close,
            volume=float(self._dice.randrange(1_000, 1_000_000)),
        )

    def corrected(self) -> Write:
        """The last bar of a series again, with another volume."""
        bar = self._dice.choice(self._last)
        again = bar.model_copy(update={"volume": bar.volume + self._dice.randrange(1, 100)})
        return Write((self.placed(bar_record(again)),))

    def repeated(self) -> Write:
        """The last day again as it was: a source that has not heard that it was taken."""
        return Write(tuple(self.placed(bar_record(bar)) for bar in self._last))

    def late(self) -> Write:
        """A bar of long ago."""
        bar = self._dice.choice(self._last)
        old = bar.model_copy(update={"ts": bar.ts - self._dice.randrange(1, 9) * DAY_US})
        return Write((self.placed(bar_record(old)),))

    def poison(self) -> Write:
        """A record that is no bar, or none that may lie where it lies."""
        key = Series(FEED, f"SYM{self._dice.randrange(SYMBOLS)}", "1d").key.encode()
        good = bar_record(self._dice.choice(self._last))
        partition, _ = self.placed(good)
        return self._dice.choice(
            (
                Write((self.placed(Outgoing(key, b'{"feed": "chaos", "symbol"', [])),)),
                Write((self.placed(Outgoing(key, None, [])),)),
                Write((self.placed(Outgoing(key, b"\x00\xff", good.headers)),)),
                Write((((partition + 1) % self._partitions, good),)),
                Write((self.placed(Outgoing(good.key, good.value, [("ce_type", b"what.v9")])),)),
            )
        )

    def placed(self, record: Outgoing) -> tuple[int, Outgoing]:
        return partition_of(record.key or b"", self._partitions), record


class People:
    """Who edits, deploys, withdraws and asks."""

    def __init__(self, dice: random.Random) -> None:
        self._dice = dice
        self._alive: list[str] = []
        self._number = 0

    def first(self) -> Iterator[Call]:
        """The strategies, and a deployment of each, one divides by zero every third day; a turn."""
        for path in SOURCES:
            yield self._edited(path.stem, path.read_text())
        yield self._edited("fragile", FRAGILE)
        yield self._edited("edited", '"""Edited."""\ndef on_bar(bar):\n    pass\n')
        for path in SOURCES:
            yield self._deployed(f"{path.stem}-live", path.stem)
        yield self._deployed("fragile-long", "fragile", traps_max=2_000)
        yield self._turn()

    def any(self) -> Call:
        """What somebody does next."""
        self._number += 1
        return self._dice.choice((self._edit, self._deploy, self._deploy, self._end, self._turn))()

    def _edit(self) -> Call:
        """A new version of a strategy; one in four does not compile."""
        source = "def on_bar(bar):\n    nothing.of(that)\n"
        if self._dice.random() < 0.75:
            price = self._dice.randrange(20, 400)
            source = f'"""Edited."""\ndef on_bar(bar):\n    alert(bar.close > {price}.0, "above")\n'
        return Call("PUT", "/v1/strategies/edited", {"source": source})

    def _edited(self, name: str, source: str) -> Call:
        return Call("POST", "/v1/strategies", {"id": name, "name": name, "source": source})

    def _deployed(self, name: str, strategy: str, **fields: object) -> Call:
        return Call("POST", "/v1/deployments", {"id": name, "strategy_id": strategy, **fields})

    def _deploy(self) -> Call:
        if len(self._alive) >= ALIVE_MAX:
            return self._end()
        strategy = self._dice.choice((*(path.stem for path in SOURCES), "fragile"))
        name = f"{strategy}-{self._number}"
        self._alive.append(name)
        return self._deployed(name, strategy, traps_max=self._dice.randrange(3, 300))

    def _end(self) -> Call:
        if not self._alive:
            return self._deploy()
        name = self._alive.pop(self._dice.randrange(len(self._alive)))
        return Call("DELETE", f"/v1/deployments/{name}")

    def _turn(self) -> Call:
        path = f"/v1/conversations/chaos-{self._dice.randrange(3)}/turns"
        return Call("POST", path, {"text": f"Why, {self._number}?"})


def load(seed: int, partitions: int) -> Iterator[Step]:
    """Steps without end, some of them a second."""
    dice = random.Random(f"load/{seed}")
    market, people = Market(dice, partitions), People(dice)
    wrong = (market.corrected, market.repeated, market.late, market.poison)
    yield from people.first()
    yield market.days(40)
    yield from (each() for each in wrong)
    while True:
        yield market.days(dice.choice(DAYS))
        if dice.random() < 0.3:
            yield dice.choice(wrong)()
        if dice.random() < 0.08:
            yield people.any()
