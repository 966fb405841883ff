"""A strategy over history: its orders, bar by bar, into the book, and what came of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from processors.research.closing import BookRows
from processors.research.fills import fills_of, income_of, refused_of
from processors.research.held import held
from processors.research.listing import NOTHING_KNOWN, Listing
from processors.research.market import Frame, Markets, markets_of
from processors.research.merged import CHUNK_BARS, Rows, merged
from processors.research.ordering import Ordering, fills_from
from processors.research.results import Curve, Fills, Income, Trades
from processors.research.trades import trades_in_units
from sandbox.columns import TERMS
from sandbox.fills import NO_COSTS, FillRules
from sandbox.host.book import Book, Booked
from sandbox.host.instance import Instance
from sandbox.host.module import StrategyModule
from sandbox.host.outputs import Outputs
from schemas.columns import BarColumns, Floats, Ints


@dataclass(frozen=True, slots=True)
class Refusal:
    """Orders of a bar that were refused, for want of room or of a whole lot."""

    symbol: int
    ts: int
    count: int


@dataclass(frozen=True, slots=True)
class Result:
    """What a backtest gives. traps: how many bars the strategy could not evaluate. bars: how many
    there were, of all symbols. bars_in_units: by symbol, in the units and prices of the trades:
    those of the day on which the run begins."""

    curve: Curve
    fills: Fills
    trades: Trades
    income: Income
    refusals: tuple[Refusal, ...]
    traps: int
    bars: int
    bars_in_units: Sequence[BarColumns]


@dataclass(frozen=True, slots=True)
class Evaluated:
    """A part of all bars, with what the strategy said at them."""

    rows: Rows
    frame: Frame | None
    outputs: Outputs


def backtest(
    strategy: StrategyModule,
    book: StrategyModule,
    bars: Sequence[BarColumns],
    params: Mapping[str, float],
    rules: FillRules = NO_COSTS,
    *,
    listings: Sequence[Listing] | None = None,
    begin_us: int | None = None,
    progress: Callable[[int], None] = lambda _: None,
    chunk_bars: int = CHUNK_BARS,
) -> Result:
    """Runs the strategy over all symbols on one cash account.

    bars: by symbol, at least one of them with a bar; listings: of the same. The strategy sees
    prices adjusted by actions since the run's begin, the account trades the bars as they are, by
    the rules and each symbol's own steps of prices and sizes. begin_us: bars before it warm the
    strategy up: it trades from there on. progress: hears how many bars are done, each chunk_bars.
    The same arguments give the same result, bit for bit, however cut. Raises ParamError and
    ActionError.
    """
    known = listings or [NOTHING_KNOWN] * len(bars)
    markets = markets_of(bars, [each.actions for each in known], begin_us)
    own = [each.rules(rules) for each in known]
    run = _Run(strategy, book, markets, params, own, begin_us, chunk_bars)
    done = 0
    for evaluated in _ahead(run.evaluate, merged(bars, chunk_bars)):
        run.trade(evaluated)
        done += len(evaluated.rows.symbol)
        progress(done)
    return run.result()


def _ahead(evaluate: Callable[[Rows], Evaluated], parts: Iterator[Rows]) -> Iterator[Evaluated]:
    """Each part evaluated, in order; where there are several, the next one meanwhile by another
    thread: a module's code runs beside Python."""
    first, second = next(parts, None), next(parts, None)
    if first is None or second is None:
        yield from map(evaluate, [] if first is None else [first])
        return
    with ThreadPoolExecutor(1) as thread:
        waiting = thread.submit(evaluate, first)
        for rows in chain([second], parts):
            ready, waiting = waiting, thread.submit(evaluate, rows)
            yield ready.result()
        yield waiting.result()


class _Run:
    def __init__(
        self,
        strategy: StrategyModule,
        book: StrategyModule,
        markets: Markets,
        params: Mapping[str, float],
        rules: Sequence[FillRules],
        begin_us: int | None,
        chunk_bars: int,
    ) -> None:
        """rules: by symbol."""
        self._markets, self._rules, self._begin_us = markets, rules[0], begin_us
        series = len(markets.bars)
        self._instance = Instance(strategy, series, chunk_bars)
        blocks = [
            self._instance.allocate(params, own, fills_from(each.ts, begin_us))
            for each, own in zip(markets.bars, rules, strict=True)
        ]
        self._blocks = np.array(blocks, np.int32)
        self._book = Book(book, rules)
        self._ordering = Ordering(series, self._rules)
        times = sum(map(len, markets.bars))  # at most
        self._ts: Ints = np.empty(times, np.int64)
        self._equity: Floats = np.empty(times)
        self._exposure: Floats = np.empty(times)
        self._kept = 0
        self._cells: list[Floats] = []
        self._symbols: list[Ints] = []
        self._times: list[Ints] = []
        self._volumes: list[Floats] = []
        self._traps = 0
        self._count = 0

    def evaluate(self, rows: Rows) -> Evaluated:
        """What the strategy says at the next rows of all symbols."""
        frame = self._markets.frame_of(rows)
        seen = rows.bars if frame is None else frame.seen(rows.bars)
        outputs = self._instance.evaluate(self._blocks[rows.symbol], seen)
        if self._begin_us is not None:
            outputs = _silent_before(outputs, rows.bars.ts, self._begin_us)
        return Evaluated(rows, frame, outputs)

    def trade(self, evaluated: Evaluated) -> None:
        """What comes of it, in their order."""
        rows, outputs = evaluated.rows, evaluated.outputs
        terms = [getattr(outputs, name) for name in TERMS]
        traded = self._ordering.rows(rows.symbol, rows.bars, evaluated.frame, outputs.signal, terms)
        self._keep(traded, self._book.advance(traded.symbol, traded.orders))
        self._traps += len(outputs.traps)
        self._count += len(rows.symbol)

    def _keep(self, rows: BookRows, booked: Booked) -> None:
        ts = rows.orders.bars.ts
        at: slice | NDArray[np.bool_] = slice(None)
        if rows.row is not None or len(self._markets.bars) > 1:
            at = np.append(ts[1:] != ts[:-1], True)
        if self._begin_us is not None and ts[0] < self._begin_us:
            traded = ts >= self._begin_us
            at = traded if isinstance(at, slice) else at & traded
        kept = ts[at]
        place = slice(self._kept, self._kept + len(kept))
        self._ts[place] = kept
        self._equity[place], self._exposure[place] = booked.equity[at], booked.exposure[at]
        self._kept = place.stop
        self._cells.append(booked.said)
        self._symbols.append(rows.symbol[booked.rows].astype(np.int64))
        self._times.append(ts[booked.rows])
        self._volumes.append(rows.orders.bars.volume[booked.rows])

    def result(self) -> Result:
        cells, symbols = np.concatenate(self._cells), np.concatenate(self._symbols)
        times, volumes = np.concatenate(self._times), np.concatenate(self._volumes)
        fills, _ = fills_of(cells, times, symbols, volumes, self._rules)
        income = income_of(cells, times, symbols)
        refused = refused_of(cells)
        kept = slice(self._kept)
        ts = self._ts[kept]
        benchmark = held(self._markets.seen, ts, self._rules.cash, self._begin_us)
        return Result(
            curve=Curve(ts, self._equity[kept], self._exposure[kept], benchmark),
            fills=fills,
            trades=trades_in_units(fills, income, self._markets),
            income=income,
            refusals=tuple(
                Refusal(int(symbols[row]), int(times[row]), int(refused[row]))
                for row in np.flatnonzero(refused)
            ),
            traps=self._traps,
            bars=self._count,
            bars_in_units=self._markets.in_units,
        )


def _silent_before(outputs: Outputs, ts: Ints, begin_us: int) -> Outputs:
    """The same, without orders at bars before: what is said there cannot be traded."""
    signal = np.where(ts < begin_us, 0, outputs.signal)
    return replace(outputs, signal=signal)
