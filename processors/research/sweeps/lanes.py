"""Backtests side by side: the bars are laid out once for all of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from processors.research.carried import Steps, carry, steps_of
from processors.research.closing import for_next_close
from processors.research.market import Frame
from processors.research.ordering import Ordering
from processors.research.sweeps.account import Account
from processors.research.sweeps.tape import Scene, Tape
from sandbox.columns import TERMS
from sandbox.compiler.book import OUTPUTS
from sandbox.fills import FillRules
from sandbox.host.module import StrategyModule
from sandbox.host.orders import Orders
from sandbox.host.side_by_side import BookLanes, StrategyLanes, lanes_fitting
from schemas.columns import Floats, Ints

CHUNK_BARS = 16_384  # 10,000 bars lie there once for a whole sweep
LANES_MAX = 64
LANE_BARS_MAX = 4_000_000
"""Of all lanes together: what is kept of each bar, 16 bytes, stays within 64 MB."""
_EQUITY, _EXPOSURE = OUTPUTS.index("equity"), OUTPUTS.index("exposure")


@dataclass(slots=True)
class _Lane:
    """What a run has so far."""

    number: int
    ordering: Ordering
    equity: list[Floats] = field(default_factory=list)
    exposure: list[Floats] = field(default_factory=list)
    rows: list[Ints] = field(default_factory=list)
    said: list[Floats] = field(default_factory=list)
    traps: int = 0


@dataclass(slots=True)
class _Laid:
    """The bars that lie there: which rows of which tape. in_book: in the book's room too."""

    tape: Tape
    start: int
    end: int
    steps: Steps
    in_book: bool = False

    @property
    def rows(self) -> slice:
        return slice(self.start, self.end)


class Lanes:
    """Rooms for a strategy and its accounts, over so many symbols; for any number of runs. Not
    for several threads."""

    def __init__(
        self, strategy: StrategyModule, book: StrategyModule, rules: Sequence[FillRules]
    ) -> None:
        """rules: by symbol. Raises ValueError where the states of so many symbols have no room."""
        series = len(rules)
        fitting = min(
            lanes_fitting(module, series, CHUNK_BARS, LANES_MAX) for module in (strategy, book)
        )
        if not fitting:
            raise ValueError(f"the strategy's state is too large for {series:,} symbols at once")
        self._rules, self._series, self._lanes = rules[0], series, fitting
        self._strategy = StrategyLanes(strategy, rules, fitting, CHUNK_BARS)
        self._book = BookLanes(book, rules, fitting, CHUNK_BARS)
        said = self._strategy.outputs
        self._signal = said.index("signal") if "signal" in said else None
        self._at_close = self._rules.at_close == 1.0
        self._terms = [(i, name, said.index(name)) for i, name in enumerate(TERMS) if name in said]
        self._laid: _Laid | None = None

    def accounts(self, scene: Scene, params: Sequence[Mapping[str, float]]) -> Iterator[Account]:
        """A run with each of the params, in their order: the same as backtest(), bit for bit.

        Raises ParamError.
        """
        together = max(min(self._lanes, LANE_BARS_MAX // max(scene.end, 1)), 1)
        self._strategy.trade_from(scene.begins_us)
        for start in range(0, len(params), together):
            lanes = [self._begun(*each) for each in enumerate(params[start : start + together])]
            for first in range(0, scene.end, CHUNK_BARS):
                self._lay(scene.tape, first, min(first + CHUNK_BARS, scene.end))
                for lane in lanes:
                    self._advance(lane, scene)
            for lane in lanes:
                yield self._account(lane, scene)

    def _begun(self, number: int, params: Mapping[str, float]) -> _Lane:
        self._strategy.begin(number, params)
        self._book.begin(number)
        return _Lane(number, Ordering(self._series, self._rules))

    def _lay(self, tape: Tape, start: int, end: int) -> None:
        laid = self._laid
        if laid and laid.tape is tape and laid.start == start and laid.end == end:
            return
        laid = self._laid = _Laid(tape, start, end, steps_of(tape.symbol[start:end], self._series))
        self._strategy.fill(tape.symbol[start:end], tape.seen.take(laid.rows))

    def _lay_in_book(self, laid: _Laid) -> None:
        if laid.in_book:
            return
        bars, n = laid.tape.rows.take(laid.rows), laid.end - laid.start
        nothing, none, ones = np.full(n, np.nan), np.zeros(n), np.ones(n)
        orders = Orders(
            bars.ts, bars.open, bars.high, bars.low, bars.close, bars.volume,
            np.zeros(n, np.int64), nothing, nothing, nothing, nothing, nothing, nothing,
            split=ones, dividend=none,
        )  # fmt: skip
        self._book.fill(laid.tape.symbol[laid.rows], orders)
        laid.in_book = True

    def _advance(self, lane: _Lane, scene: Scene) -> None:
        """A lane's next rows, those that are laid out."""
        laid = self._laid
        assert laid is not None
        cells, traps = self._strategy.evaluate(lane.number)
        lane.traps += traps
        first = max(scene.first - laid.start, 0)  # what is before only warms up
        if first >= laid.end - laid.start:
            return
        signal = np.zeros(0, np.int64)
        if self._signal is not None:
            signal = cells[self._signal].view(np.int64)
            signal[:first] = 0
        late = for_next_close(lane.ordering.code).any() or for_next_close(signal).any()
        if self._at_close or laid.tape.frame is not None or late:
            self._advance_over(lane, first, cells)
            return
        self._lay_in_book(laid)
        if self._signal is not None:
            code = self._book.ordered("code").view(np.int64)
            carry(signal, lane.ordering.code, laid.steps, code)
        for i, name, place in self._terms:
            carry(cells[place], lane.ordering.terms[i], laid.steps, self._book.ordered(name))
        booked, rows = self._book.advance(lane.number, first)
        low, high = np.searchsorted(scene.closes, (laid.start, laid.end))
        closes = scene.closes[low:high] - laid.start
        dense = len(closes) == laid.end - laid.start - first
        kept = slice(first, None) if dense else closes
        lane.equity.append(booked[_EQUITY, kept].copy())
        lane.exposure.append(booked[_EXPOSURE, kept].copy())
        lane.rows.append(rows + laid.start)
        lane.said.append(booked[:, rows].T)

    def _advance_over(self, lane: _Lane, first: int, cells: Floats) -> None:
        """The same where the book has rows of its own: of closes, or of prices as they were."""
        laid = self._laid
        assert laid is not None
        tape, part = laid.tape, slice(laid.start + first, laid.end)
        terms = np.full((len(TERMS), laid.end - laid.start), np.nan)
        for i, _, place in self._terms:
            terms[i] = cells[place]
        code = np.zeros(terms.shape[1], np.int64)
        if self._signal is not None:
            code = cells[self._signal].view(np.int64)
        frame = tape.frame and Frame(*(column[part] for column in tape.frame))
        rows = lane.ordering.rows(
            tape.symbol[part], tape.rows.take(part), frame, code[first:], list(terms[:, first:])
        )
        laid.in_book = False
        booked = self._book.advance_over(lane.number, rows.symbol, rows.orders)
        ts = rows.orders.bars.ts
        closes = np.append(ts[1:] != ts[:-1], True)
        lane.equity.append(booked.equity[closes])
        lane.exposure.append(booked.exposure[closes])
        of = booked.rows if rows.row is None else rows.row[booked.rows]
        lane.rows.append(of + part.start)
        lane.said.append(booked.said)

    def _account(self, lane: _Lane, scene: Scene) -> Account:
        return Account(
            scene=scene,
            rules=self._rules,
            equity=_joined(lane.equity),
            exposure=_joined(lane.exposure),
            rows=_joined(lane.rows),
            said=_joined(lane.said),
            traps=lane.traps,
        )


def _joined(parts: Sequence[np.ndarray]) -> np.ndarray:
    return parts[0] if len(parts) == 1 else np.concatenate(parts)
