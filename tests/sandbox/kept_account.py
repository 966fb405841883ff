"""The virtual account as the tests keep it, to hold the stdlib's and the events against."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import numpy as np

NAN = float("nan")
Kind = Literal["long", "short", "order", "exit"]


@dataclass
class Order:
    """What waits for its price: an entry, or an exit of part that an earlier order follows."""

    kind: Kind
    size: float  # of "order" signed
    limit: float | None = None
    stop: float | None = None  # none from when it is touched
    exits: dict[str, float] = field(default_factory=dict)  # prices by limit, stop, trail
    then: Order | None = None


@dataclass
class Account:
    """Fills one bar after another, as docs/strategy-language.md says; written as lists of
    events, unlike the stdlib's."""

    size: float = 0.0
    entry: float = NAN
    bars: int = 0
    order: Order | None = None
    exits: dict[str, float] = field(default_factory=dict)
    said: tuple[dict[str, float], float] | None = None
    best: float | None = None
    last: float = NAN

    def bar(self, o: float, h: float, low: float, c: float) -> tuple[float, float, int, float]:
        if self.size:
            self.bars += 1
        if self.said is not None:
            self._replace_exits(self.said[0], self.said[1])
            self.said = None
        if self.order is not None:
            self._work(o, h, low)
        self._protect(h, low)
        if not self.size:
            self.entry, self.bars, self.best, self.exits = NAN, 0, None, {}
        self.last = c
        return self.size, self.entry, self.bars, self.size * (c - self.entry) if self.size else 0.0

    def _work(self, o: float, h: float, low: float) -> None:
        order = self.order
        assert order is not None
        kind, quantity = order.kind, order.size
        if kind == "exit":
            keep = max(abs(self.size) - quantity, 0.0)
            self.size = float(np.copysign(keep, self.size)) if keep else 0.0
            self.order = order.then
            if self.order is not None:
                self._work(o, h, low)
            return
        buys = kind == "long" or (kind == "order" and quantity > 0)
        price = self._price(order, buys, o, h, low)
        if price is None:
            return
        self.order = None
        before = self.size
        if kind == "long" and before <= 0:
            self.size = quantity
        elif kind == "short" and before >= 0:
            self.size = -quantity
        elif kind == "order":
            self.size = before + quantity
        turns = before * self.size <= 0
        if turns:
            self.best, self.exits = None, order.exits
        elif order.exits:
            self._replace_exits(order.exits, self.last)
        if self.size == before:
            return
        if turns:
            self.entry, self.bars = price, 0
        elif abs(self.size) > abs(before):
            self.entry = (self.entry * before + price * (self.size - before)) / self.size

    def _replace_exits(self, exits: dict[str, float], close: float) -> None:
        if exits.get("trail") != self.exits.get("trail") or "trail" not in self.exits:
            self.best = close
        self.exits = exits

    def _price(self, order: Order, buys: bool, o: float, h: float, low: float) -> float | None:
        start, limit = o, order.limit
        if order.stop is not None:
            if (h < order.stop) if buys else (low > order.stop):
                return None
            start = max(o, order.stop) if buys else min(o, order.stop)
            order.stop = None
        if limit is None:
            return start
        if (low > limit) if buys else (h < limit):
            return None
        return min(start, limit) if buys else max(start, limit)

    def _protect(self, h: float, low: float) -> None:
        if self.size:
            up = self.size > 0
            stops = [self.exits["stop"]] if "stop" in self.exits else []
            if self.best is None:
                self.best = self.entry
            if "trail" in self.exits:
                trail = self.exits["trail"]
                stops.append(self.best - trail if up else self.best + trail)
            stop = (max if up else min)(stops) if stops else None
            profit = self.exits.get("limit")
            hit = stop is not None and (low <= stop if up else h >= stop)
            hit |= profit is not None and (h >= profit if up else low <= profit)
            if hit:
                self.size = 0.0
            else:
                self.best = max(self.best, h) if up else min(self.best, low)
