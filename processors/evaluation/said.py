"""What a run says about the rows of a batch: intents, alerts and faults, not yet events."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import msgspec

from processors.evaluation.values import Plots
from sandbox.columns import PROTECTIVE, Ordered
from schemas.events.signals import Action, ExitsFrom, Order
from schemas.events.strategies import StrategyCompiled, StrategyDeployed
from streams.bars import BarBatch


class Speaker(Protocol):
    """Who says it: a run."""

    deployment: StrategyDeployed
    version: StrategyCompiled

    def signal(self, emission: Emission, batch: BarBatch, seq: int) -> bytes:
        """An emission's value, with its receipt."""


class Saying(msgspec.Struct, frozen=True):
    """Something said by a run at a row of a batch: the bar at that offset and time.

    code: of its series in the batch, `key` the record key.
    """

    run: Speaker
    row: int
    code: int
    key: bytes
    offset: int
    ts: int


class Emission(Saying, frozen=True):
    """A signal or an order to be. price: the bar's close; prices: those of Intent that it has."""

    price: float
    action: Action | Order
    ordered: Ordered
    """The unit of its size, its moment and its lifetime."""
    size: float | None
    score: float | None
    prices: Mapping[str, float]
    plots: Plots

    @property
    def exits_from(self) -> ExitsFrom:
        """Of the exit prices that it has."""
        has_some = not self.prices.keys().isdisjoint(PROTECTIVE)
        return "now" if self.ordered.guards and has_some else "fill"


class Alert(Saying, frozen=True):
    """An alert to be raised, by its number."""

    alert: int


class Fault(Saying, frozen=True):
    """A trap, or, where it suspends, what follows from it."""

    reason: str
    line: int | None
    traps: int
    suspends: bool


@dataclass(frozen=True, slots=True)
class Said:
    """All that a run says about a batch."""

    emissions: Sequence[Emission] = ()
    alerts: Sequence[Alert] = ()
    faults: Sequence[Fault] = ()


NOTHING = Said()
