"""A strategy over history: its orders, bar by bar, into the book, and what came of them."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from processors.research.carried import Steps, steps_of
from processors.research.closing import BookRows
from processors.research.curve import CurveFold
from processors.research.events import EventFold
from processors.research.held import HeldFold
from processors.research.listing import NOTHING_KNOWN, Listing, own_rules
from processors.research.market import Frame, markets_of
from processors.research.merged import CHUNK_BARS, Rows
from processors.research.ordering import Ordering
from processors.research.results import Curve, Fills, Income, Refusals, Trades
from processors.research.statistics.course import Course, CourseFold
from processors.research.trades import trades_of
from processors.research.visits import VisitFold
from sandbox.columns import TERMS
from sandbox.fills import NO_COSTS, FillRules
from sandbox.host.book import Book, Booked
from sandbox.host.instance import Instance
from sandbox.host.module import StrategyModule
from schemas.columns import BarColumns, Floats, Ints

AHEAD = 4
"""Chunks that are evaluated at a time, while those before are traded."""


@dataclass(frozen=True, slots=True)
class Result:
    """What a backtest gives. course: of all bars, also where the curve has not each of them.
    traps: how many bars the strategy could not evaluate. bars: how many there were, of all symbols.
    bars_in_units: by symbol, in the units and prices of the trades: those of the day on which the
    run begins; without rows where they were too many to be kept."""

    curve: Curve
    course: Course
    fills: Fills
    trades: Trades
    income: Income
    refusals: Refusals
    traps: int
    bars: int
    bars_in_units: Sequence[BarColumns]


class Source(Protocol):
    """Bars of one or more symbols, that come in runs; as they are traded."""

    @property
    def series(self) -> int:
        """How many symbols there are."""

    def rows(self, chunk_bars: int) -> Iterator[Rows]:
        """All bars, by time and symbol, in runs of about so many, none cut within a time."""

    def frame_of(self, rows: Rows) -> Frame | None:
        """What a strategy's prices are made of, where they are not the rows' own."""

    def begins_us(self, begin_us: int | None) -> Sequence[int]:
        """When orders of each symbol can fill at first, in a run from begin_us on."""

    @property
    def in_units(self) -> Sequence[BarColumns]:
        """By symbol the bars in units and prices of the run's begin; none where they are too many
        to be kept."""


@dataclass(frozen=True, slots=True)
class Evaluated:
    """A part of all bars, with what the strategy said at them. close: as it saw them; signal,
    terms: as in Outputs, these by TERMS."""

    rows: Rows
    steps: Steps
    frame: Frame | None
    close: Floats
    signal: Ints
    terms: Sequence[Floats]


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
    own = own_rules(rules, listings, len(bars))
    return backtest_over(
        strategy, book, markets, params, own, begin_us, progress=progress, chunk_bars=chunk_bars
    )


def backtest_over(
    strategy: StrategyModule,
    book: StrategyModule,
    source: Source,
    params: Mapping[str, float],
    rules: Sequence[FillRules],
    begin_us: int | None,
    *,
    progress: Callable[[int], None] = lambda _: None,
    chunk_bars: int = CHUNK_BARS,
) -> Result:
    """The same over bars that come as they are wanted: what is kept does not grow with them, but
    with the fills. rules: by symbol."""
    run = _Run(strategy, book, source, params, rules, begin_us, chunk_bars)
    done = 0
    for parts in _ahead(run.evaluate, source.rows(AHEAD * chunk_bars)):
        for part in parts:
            run.keep(run.trade(part))
            done += len(part.rows.symbol)
            progress(done)
    found = run.result(done)
    run.close()
    return found


def _ahead(
    evaluate: Callable[[Rows], list[Evaluated]], runs: Iterator[Rows]
) -> Iterator[list[Evaluated]]:
    """Each run evaluated, in order; where there are several, the next one is read and evaluated
    meanwhile by another thread: a module's code runs beside Python, the longer at a time the
    better, since two threads of Python wait for each other."""
    first, second = next(runs, None), next(runs, None)
    if first is None or second is None:
        yield from map(evaluate, [] if first is None else [first])
        return

    def following() -> list[Evaluated]:
        rows = next(runs, None)
        return [] if rows is None else evaluate(rows)

    with ThreadPoolExecutor(1) as thread:
        waiting = deque([thread.submit(evaluate, first), thread.submit(evaluate, second)])
        while ready := waiting.popleft().result():
            waiting.append(thread.submit(following))
            yield ready


@dataclass(frozen=True, slots=True)
class Traded:
    """A part of all bars with what came of it in the book."""

    evaluated: Evaluated
    book_rows: BookRows
    booked: Booked


class _Run:
    def __init__(
        self,
        strategy: StrategyModule,
        book: StrategyModule,
        source: Source,
        params: Mapping[str, float],
        rules: Sequence[FillRules],
        begin_us: int | None,
        chunk_bars: int,
    ) -> None:
        self._source, self._begin_us, self._chunk_bars = source, begin_us, chunk_bars
        self._instance = Instance(strategy, source.series, AHEAD * chunk_bars)
        blocks = [
            self._instance.allocate(params, own, from_us)
            for own, from_us in zip(rules, source.begins_us(begin_us), strict=True)
        ]
        self._blocks = np.array(blocks, np.int32)
        self._book = Book(book, rules)
        self._ordering = Ordering(source.series, rules[0])
        self._account = _AccountFold(source.series, rules[0].cash)
        self._visits = VisitFold(source.series)
        self._events = EventFold(rules[0])
        self._traps = 0

    def evaluate(self, rows: Rows) -> list[Evaluated]:
        """What the strategy says at the next rows of all symbols, in parts."""
        frame = self._source.frame_of(rows)
        seen = rows.bars if frame is None else frame.seen(rows.bars)
        outputs = self._instance.evaluate(self._blocks[rows.symbol], seen)
        self._traps += len(outputs.traps)
        signal = outputs.signal
        if self._begin_us is not None:  # what is said before cannot be traded
            signal = np.where(rows.bars.ts < self._begin_us, 0, signal)
        found = []
        for part in rows.cuts(self._chunk_bars):
            mine = rows.part(part)
            found.append(
                Evaluated(
                    mine,
                    steps_of(mine.symbol, self._source.series),
                    frame and Frame(*(column[part] for column in frame)),
                    seen.close[part],
                    signal[part],
                    [getattr(outputs, name)[part] for name in TERMS],
                )
            )
        return found

    def trade(self, evaluated: Evaluated) -> Traded:
        """What comes of it; part after part, in their order."""
        rows, signal, terms = evaluated.rows, evaluated.signal, evaluated.terms
        book_rows = self._ordering.rows(
            rows.symbol, rows.bars, evaluated.frame, signal, terms, evaluated.steps
        )
        booked = self._book.advance(book_rows.symbol, book_rows.orders)
        return Traded(evaluated, book_rows, booked)

    def keep(self, traded: Traded) -> None:
        """Takes in what is told of it in the end; in their order too."""
        evaluated, book_rows, booked = traded.evaluated, traded.book_rows, traded.booked
        rows, steps, frame = evaluated.rows, evaluated.steps, evaluated.frame
        self._events.add(book_rows, booked)
        of_bar = booked.rows
        if book_rows.row is not None:
            of_bar = book_rows.row[booked.rows]
            of_bar = np.unique(of_bar) if steps.order is not None else _once(of_bar)
        self._visits.add(rows, steps, frame, of_bar)
        begin = 0 if self._begin_us is None else int(np.searchsorted(rows.bars.ts, self._begin_us))
        if begin < steps.n:
            self._account.add(traded, begin)

    def close(self) -> None:
        """After a run that came to its end: the next one's book finds the memory."""
        self._book.close()

    def result(self, bars: int) -> Result:
        fills, income, refusals = self._events.found()
        return Result(
            curve=self._account.kept.curve(),
            course=self._account.course.course(),
            fills=fills,
            trades=trades_of(fills, income, self._visits.visits()),
            income=income,
            refusals=refusals,
            traps=self._traps,
            bars=bars,
            bars_in_units=self._source.in_units,
        )


class _AccountFold:
    """What the account and its benchmark came to at each time. cash: at first."""

    def __init__(self, series: int, cash: float) -> None:
        self._held = HeldFold(series, cash)
        self._series = series
        self.kept, self.course = CurveFold(), CourseFold(cash)

    def add(self, traded: Traded, begin: int) -> None:
        """begin: the first of the bars that is traded."""
        evaluated, book_rows, booked = traded.evaluated, traded.book_rows, traded.booked
        rows, steps, close = evaluated.rows, evaluated.steps, evaluated.close
        symbol, ts = rows.symbol, rows.bars.ts
        if begin:
            symbol, ts, close = symbol[begin:], ts[begin:], close[begin:]
            steps = steps_of(symbol, self._series)
        worth = self._held.add(symbol, close, steps)
        at: slice | NDArray[np.intp] = slice(begin, None)
        if book_rows.row is not None or self._series > 1:
            at = _lasts(book_rows.orders.bars.ts)
            closes = _lasts(ts)
            at, ts, worth = at[-len(closes) :], ts[closes], worth[closes]
        equity, exposure = booked.equity[at], booked.exposure[at]
        self.kept.add(ts, equity, exposure, worth)
        self.course.add(ts, equity, exposure)


def _once(rows: NDArray[np.intp]) -> NDArray[np.intp]:
    """Rows that rise, each once."""
    return rows[np.append(True, rows[1:] != rows[:-1])] if len(rows) else rows


def _lasts(ts: Ints) -> NDArray[np.intp]:
    """The last row of each time."""
    return np.flatnonzero(np.append(ts[1:] != ts[:-1], True))
