"""A strategy over history: its orders, bar by bar, into the book, and what came of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from processors.research.carried import carry, steps_of
from processors.research.fills import fills_of, income_of, refused_of
from processors.research.held import held
from processors.research.merged import CHUNK_BARS, Rows, merged
from processors.research.results import Curve, Fills, Trades
from processors.research.trades import Income, trades_of
from sandbox.columns import TERMS
from sandbox.fills import NO_COSTS, FillRules
from sandbox.host.book import Book, Booked
from sandbox.host.instance import Instance
from sandbox.host.module import StrategyModule
from sandbox.host.orders import Orders
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
    there were, of all symbols."""

    curve: Curve
    fills: Fills
    trades: Trades
    income: Income
    refusals: tuple[Refusal, ...]
    traps: int
    bars: int


def backtest(
    strategy: StrategyModule,
    book: StrategyModule,
    bars: Sequence[BarColumns],
    params: Mapping[str, float],
    rules: FillRules = NO_COSTS,
    *,
    begin_us: int | None = None,
    progress: Callable[[int], None] = lambda _: None,
    chunk_bars: int = CHUNK_BARS,
) -> Result:
    """Runs the strategy over all symbols on one cash account.

    bars: by symbol, at least one of them with a bar. begin_us: bars before it warm the strategy
    up: it trades from there on. progress: hears how many bars are done, each chunk_bars. The same
    arguments give the same result, bit for bit, however cut. Raises ParamError.
    """
    run = _Run(strategy, book, bars, params, rules, begin_us, chunk_bars)
    done = 0
    for rows in merged(bars, chunk_bars):
        run.advance(rows)
        done += len(rows.symbol)
        progress(done)
    return run.result()


class _Run:
    def __init__(
        self,
        strategy: StrategyModule,
        book: StrategyModule,
        bars: Sequence[BarColumns],
        params: Mapping[str, float],
        rules: FillRules,
        begin_us: int | None,
        chunk_bars: int,
    ) -> None:
        self._bars, self._rules, self._begin_us = bars, rules, begin_us
        self._instance = Instance(strategy, len(bars), chunk_bars)
        self._blocks = np.array([self._instance.allocate(params, rules) for _ in bars], np.int32)
        self._book = Book(book, [rules] * len(bars))
        self._said = _Carried(len(bars))
        times = sum(map(len, bars))  # at most
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

    def advance(self, rows: Rows) -> None:
        """The next rows of all symbols."""
        outputs = self._instance.evaluate(self._blocks[rows.symbol], rows.bars)
        self._traps += len(outputs.traps)
        if self._begin_us is not None:
            outputs = _silent_before(outputs, rows.bars.ts, self._begin_us)
        booked = self._book.advance(rows.symbol, self._said.orders(rows, outputs))
        self._keep(rows, booked)
        self._count += len(rows.symbol)

    def _keep(self, rows: Rows, booked: Booked) -> None:
        ts = rows.bars.ts
        last = np.append(ts[1:] != ts[:-1], True)
        if self._begin_us is not None:
            last &= ts >= self._begin_us
        at = slice(None) if last.all() else last
        kept = ts[at]
        place = slice(self._kept, self._kept + len(kept))
        self._ts[place] = kept
        self._equity[place], self._exposure[place] = booked.equity[at], booked.exposure[at]
        self._kept = place.stop
        self._cells.append(booked.said)
        self._symbols.append(rows.symbol[booked.rows].astype(np.int64))
        self._times.append(ts[booked.rows])
        self._volumes.append(rows.bars.volume[booked.rows])

    def result(self) -> Result:
        cells, symbols = np.concatenate(self._cells), np.concatenate(self._symbols)
        times, volumes = np.concatenate(self._times), np.concatenate(self._volumes)
        fills, _ = fills_of(cells, times, symbols, volumes, self._rules)
        amounts = income_of(cells)
        paid = amounts != 0.0
        income = Income(symbols[paid], times[paid], amounts[paid])
        refused = refused_of(cells)
        kept = slice(self._kept)
        ts = self._ts[kept]
        benchmark = held(self._bars, ts, self._rules.cash, self._begin_us)
        return Result(
            curve=Curve(ts, self._equity[kept], self._exposure[kept], benchmark),
            fills=fills,
            trades=trades_of(fills, income, self._bars),
            income=income,
            refusals=tuple(
                Refusal(int(symbols[row]), int(times[row]), int(refused[row]))
                for row in np.flatnonzero(refused)
            ),
            traps=self._traps,
            bars=self._count,
        )


class _Carried:
    """What was said at each series' bar before: orders work from the next bar on."""

    def __init__(self, series: int) -> None:
        self._code = np.zeros(series, np.int64)
        self._terms = np.full((len(TERMS), series), np.nan)

    def orders(self, rows: Rows, outputs: Outputs) -> Orders:
        """The rows' bars with the orders of the bars before them."""
        bars, n = rows.bars, len(rows.symbol)
        steps = steps_of(rows.symbol, len(self._code))
        code, terms = np.empty(n, np.int64), np.empty((len(TERMS), n))
        carry(outputs.signal, self._code, steps, code)
        for i, name in enumerate(TERMS):
            carry(getattr(outputs, name), self._terms[i], steps, terms[i])
        size, limit, stop, exit_limit, exit_stop, exit_trail = terms
        return Orders(
            bars.ts, bars.open, bars.high, bars.low, bars.close, bars.volume,
            code, size, limit, stop, exit_limit, exit_stop, exit_trail,
            split=np.ones(n), dividend=np.zeros(n),
        )  # fmt: skip


def _silent_before(outputs: Outputs, ts: Ints, begin_us: int) -> Outputs:
    """The same, without orders at bars before: what is said there cannot be traded."""
    signal = np.where(ts < begin_us, 0, outputs.signal)
    return replace(outputs, signal=signal)
