"""What one process needs to run a strategy again and again over the same bars."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

from processors.research.listing import NOTHING_KNOWN, Listing
from processors.research.market import Markets, markets_of
from processors.research.sweeps.account import Account
from processors.research.sweeps.figures import Reckoning
from processors.research.sweeps.lanes import Lanes
from processors.research.sweeps.tape import Tape, Window, scene_of, tape_of
from sandbox.fills import FillRules
from sandbox.host.book import book_module
from sandbox.host.engine import SandboxEngine
from sandbox.host.module import load_module
from schemas.columns import BarColumns

R_co = TypeVar("R_co", covariant=True)
_KEPT = 4


@dataclass(frozen=True, slots=True)
class Setting:
    """What all runs have in common, but for the bars. risk_free: by the year, a fraction.
    listings: by symbol; prices are adjusted since begin_us, the first bar where None."""

    wasm: bytes
    rules: FillRules
    risk_free: float = 0.0
    listings: Sequence[Listing] | None = None
    begin_us: int | None = None

    def markets(self, bars: Sequence[BarColumns]) -> Markets:
        """The bars with their actions. Raises ActionError."""
        known = self.listings or [NOTHING_KNOWN] * len(bars)
        return markets_of(bars, [each.actions for each in known], self.begin_us)

    def rules_of(self, symbols: int) -> list[FillRules]:
        """By symbol."""
        return [each.rules(self.rules) for each in self.listings or [NOTHING_KNOWN] * symbols]


class Task(Protocol[R_co]):
    """A part of the work; it and what it gives can be pickled."""

    def done_by(self, runner: Runner) -> R_co:
        """Does it."""
        ...


class Runner:
    """A strategy and its bars, loaded. Not for several threads; close it when done."""

    def __init__(self, setting: Setting, bars: Sequence[BarColumns]) -> None:
        """Raises ValueError where the strategy's states for so many symbols have no room, and
        ActionError."""
        self.setting = setting
        self.tape = tape_of(setting.markets(bars))
        self._engine = SandboxEngine()
        strategy, book = load_module(self._engine, setting.wasm), book_module(self._engine)
        self._lanes = Lanes(strategy, book, setting.rules_of(len(bars)))
        self._known: dict[Window, Reckoning] = {}

    def close(self) -> None:
        """Ends what runs beside."""
        self._engine.close()

    def reckoning(self, window: Window, tape: Tape | None = None) -> Reckoning:
        """For the runs of a window; of other bars than its own where a tape is given. Raises
        ValueError where no bar is in it."""
        if tape is not None:
            return self._reckoning(tape, window)
        if window not in self._known:
            if len(self._known) >= _KEPT:
                self._known.pop(next(iter(self._known)))
            self._known[window] = self._reckoning(self.tape, window)
        return self._known[window]

    def _reckoning(self, tape: Tape, window: Window) -> Reckoning:
        return Reckoning(scene_of(tape, window), self.setting.rules.cash, self.setting.risk_free)

    def accounts(
        self, reckoning: Reckoning, params: Sequence[Mapping[str, float]]
    ) -> Iterator[Account]:
        """A run with each of the params, in their order. Raises ParamError."""
        return self._lanes.accounts(reckoning.scene, params)
