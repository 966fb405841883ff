"""A strategy over many series at once: bars in as they come, what is said at each one's last."""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from processors.research.resident import ROW, ROWS_AT_ONCE, bars_of, naming, row_bytes
from processors.research.screen import Last, nothing_said
from processors.research.standing.acted import Acted
from processors.research.standing.history import History
from sandbox.host.instance import Instance
from schemas.columns import BarColumns, Ints, joined
from streams.universes import Candidate

Rows = NDArray[np.intp]
_NEVER = np.iinfo(np.int64).min
_NO_BLOCK = np.int32(-1)


class SeriesStates:
    """State blocks of one version with its params, a series each, and the bars that wait.

    Bars are gone over when the time that they close has come. Those of a series without actions are
    evaluated then, each once, and not kept. Those of one with actions are kept, and evaluated when
    somebody wants to know: again from the first one on, adjusted, where an action has come since.
    window_bars: of how many of its newest bars a candidate tells, besides one more; 0 for no
    candidates. acted: the actions so far, which grow.
    """

    def __init__(
        self, instance: Instance, params: Mapping[str, float], window_bars: int, acted: Acted
    ) -> None:
        self.symbols: list[str] = []
        """In the order in which they were first met; the others are by this."""
        self.last = nothing_said(instance.metadata, 0)
        self._instance = instance
        self._params = params
        self._window_bars = window_bars
        self._acted = acted
        self._acted_count = 0
        """How many of its symbols, the first ones, are known to lack nothing."""
        self._kept: dict[int, History] = {}
        self._ids: dict[str, int] = {}
        self._blocks = np.zeros(0, np.int32)
        self._read: Ints = np.zeros(0, np.int64)
        self._first_us: list[int] = []
        self._digests: list[hashlib._Hash] = []
        self._windows: list[deque[tuple[int, float, float]]] = []
        self._waiting: list[tuple[Rows, BarColumns]] = []

    def offer(self, symbols: Sequence[str], codes: NDArray[np.int32], bars: BarColumns) -> None:
        """Take in bars, those of a series in their order. codes: index into symbols, (n,)."""
        ids = np.array([self._id(symbol) for symbol in symbols], np.intp)[codes]
        np.maximum.at(self._read, ids, bars.ts)
        self._waiting.append((ids, bars))

    def _id(self, symbol: str) -> int:
        if symbol not in self._ids:
            self._ids[symbol] = len(self.symbols)
            self.symbols.append(symbol)
            self._first_us.append(_NEVER)
            self._digests.append(hashlib.sha256())
            self._windows.append(deque(maxlen=self._window_bars + 1))
            self._blocks = np.append(self._blocks, _NO_BLOCK)
            self._read = np.append(self._read, _NEVER)
            new = nothing_said(self._instance.metadata, 1)
            self.last = Last(
                *(
                    np.concatenate([getattr(self.last, name), getattr(new, name)], axis=-1)
                    for name in ("ts", "signal", "score", "alerts", "plots")
                )
            )
        return self._ids[symbol]

    @property
    def next_open(self) -> int | None:
        """The earliest open of a bar that waits."""
        return min((int(bars.ts.min()) for _, bars in self._waiting if len(bars)), default=None)

    @property
    def read(self) -> dict[str, int]:
        """The open of each symbol's last bar, whether it waits or not."""
        return dict(zip(self.symbols, self._read.tolist(), strict=True))

    @property
    def lacks_bars(self) -> bool:
        """Whether there are by now actions of a series whose bars were not kept."""
        for symbol in islice(self._acted.symbols, self._acted_count, None):
            series = self._ids.get(symbol)
            has_bars = series is not None and self._first_us[series] != _NEVER
            if has_bars and series not in self._kept:
                return True
            self._acted_count += 1
        return False

    def seen(self, symbols: Sequence[str]) -> tuple[list[str], Rows]:
        """Those of the symbols that have come to some bar, in their order, and where they are in
        `last`."""
        found = [s for s in symbols if s in self._ids and self._first_us[self._ids[s]] != _NEVER]
        return found, np.array([self._ids[symbol] for symbol in found], np.intp)

    def digests(self, symbols: Sequence[str]) -> dict[str, str]:
        """SHA-256 over each one's bars as they were evaluated."""
        return {symbol: self._digests[self._ids[symbol]].hexdigest() for symbol in symbols}

    def candidates(self) -> list[Candidate]:
        """Of each series that has come to some bar, its newest ones."""
        found = []
        for symbol, first_us, window in zip(
            self.symbols, self._first_us, self._windows, strict=True
        ):
            if window:
                ts, close, volume = zip(*window, strict=True)
                columns = (np.array(ts), np.array(close), np.array(volume))
                actions = self._acted.folded(symbol)
                found.append(Candidate(symbol, first_us, *columns, actions=actions))
        return found

    def evaluate_until(self, last_open_us: int) -> None:
        """Go over the bars that wait and open no later. Raises SandboxError, and is of no use
        then."""
        if not self._waiting:
            return
        ids = np.concatenate([each for each, _ in self._waiting])
        bars = joined(each for _, each in self._waiting)
        due = bars.ts <= last_open_us
        if not due.any():
            self._waiting = [(ids, bars)]
            return
        later = np.flatnonzero(~due)
        self._waiting = [(ids[later], bars.take(later))] if len(later) else []
        rows = np.flatnonzero(due)
        rows = rows[np.argsort(ids[rows], kind="stable")]  # a series' bars stay in their order
        ids, bars = ids[rows], bars.take(rows)
        self._go_over(ids, bars)
        if self._kept:
            rest = np.flatnonzero(np.isin(ids, list(self._kept), invert=True))
            ids, bars = ids[rest], bars.take(rest)
        if len(ids):
            self._evaluate(ids, bars)

    def settle(self, symbols: Iterable[str]) -> None:
        """Evaluate what was kept of these symbols so far. Raises SandboxError and ActionError, and
        is of no use then."""
        due: list[tuple[int, bytes]] = []
        size = 0
        for symbol in symbols:
            series = self._ids.get(symbol, -1)
            if series not in self._kept:
                continue
            actions = self._acted.of(symbol)
            with naming(symbol):
                rows, anew = self._kept[series].due(actions)
            if anew:
                self._begin_anew(series)
            due.append((series, rows))
            size += len(rows)
            if size >= ROWS_AT_ONCE * ROW.itemsize:
                self._evaluate_each(due)
                due, size = [], 0
        self._evaluate_each(due)

    def _evaluate_each(self, due: Sequence[tuple[int, bytes]]) -> None:
        """Rows of a series each, where there are any."""
        data = b"".join(rows for _, rows in due)
        if data:
            counts = [len(rows) // ROW.itemsize for _, rows in due]
            self._evaluate(np.repeat([series for series, _ in due], counts), bars_of(data))

    def _begin_anew(self, series: int) -> None:
        if self._blocks[series] != _NO_BLOCK:
            self._instance.free(int(self._blocks[series]))
            self._blocks[series] = _NO_BLOCK
        self._digests[series] = hashlib.sha256()

    def _go_over(self, ids: Rows, bars: BarColumns) -> None:
        """Note bars that lie series by series, and keep those that may be evaluated again."""
        begins, ends = _runs(ids)
        self.last.ts[ids[ends]] = bars.ts[ends]
        data, size = row_bytes(bars) if self._acted.symbols else b"", ROW.itemsize
        for series, begin, end in zip(
            ids[ends].tolist(), begins.tolist(), (ends + 1).tolist(), strict=True
        ):
            if self._first_us[series] == _NEVER:
                self._first_us[series] = int(bars.ts[begin])
                if self.symbols[series] in self._acted.symbols:
                    self._kept[series] = History()
            if series in self._kept:
                self._kept[series].add(data[begin * size : end * size])
            if self._window_bars:
                newest = slice(max(begin, end - self._window_bars - 1), end)
                columns = (bars.ts[newest], bars.close[newest], bars.volume[newest])
                self._windows[series].extend(zip(*(c.tolist() for c in columns), strict=True))

    def _evaluate(self, ids: Rows, bars: BarColumns) -> None:
        """Bars that lie series by series, as the strategy shall see them."""
        begins, ends = _runs(ids)
        of = ids[ends]
        fresh = of[self._blocks[of] == _NO_BLOCK]
        if len(fresh):
            self._blocks[fresh] = self._instance.allocate_many(len(fresh), self._params)
        said = self._instance.evaluate(self._blocks[ids], bars)
        self.last.signal[of] = said.signal[ends]
        self.last.score[of] = said.score[ends]
        self.last.alerts[of] = said.alerts[ends]
        self.last.plots[:, of] = said.plots[:, ends]
        data, size = row_bytes(bars), ROW.itemsize
        for series, begin, end in zip(of.tolist(), begins.tolist(), ends.tolist(), strict=True):
            self._digests[series].update(data[begin * size : (end + 1) * size])


def _runs(ids: Rows) -> tuple[Rows, Rows]:
    """The first and the last row of each series' bars."""
    changes = np.flatnonzero(ids[1:] != ids[:-1])
    return np.append(0, changes + 1), np.append(changes, len(ids) - 1)
