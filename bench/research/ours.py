"""Our side of a backtest: modules that are loaded, bars that are there, a report that comes out."""

from __future__ import annotations

import time

from bench.research.turns import Told
from processors.research.backtest import backtest
from processors.research.study import Study, report_with
from sandbox.compiler.driver import compile_source
from sandbox.fills import FillRules
from sandbox.host.book import book_module
from sandbox.host.engine import SandboxEngine
from sandbox.host.module import load_module
from schemas.columns import BarColumns

SMA_CROSS = '''"""All in while the fast average is above the slow one."""

fast = param(10, low=2, high=100)
slow = param(30, low=2, high=300)


def on_bar(bar):
    quick = ta.sma(bar.close, fast)
    steady = ta.sma(bar.close, slow)
    if crossover(quick, steady):
        enter_long(percent=100.0)
    elif crossunder(quick, steady):
        exit()
'''
EMA_CROSS = '''"""A thousand units long or short, as the averages stand to each other.

They begin at the first price, as nautilus_trader's do, and count from the 20th bar on.
"""


def begun_at_first(value, before, length):
    return value if isna(before) else before + 2.0 / (length + 1.0) * (value - before)


def on_bar(bar):
    quick = state(na)
    steady = state(na)
    seen = state(0)
    units = state(0.0)
    quick = begun_at_first(bar.close, quick, 10.0)
    steady = begun_at_first(bar.close, steady, 20.0)
    seen = seen + 1
    if seen < 20:
        return
    if quick >= steady and units <= 0.0:
        enter_long(1000.0)
        units = 1000.0
    elif quick < steady and units >= 0.0:
        enter_short(1000.0)
        units = -1000.0
'''
CASH = 1_000_000.0
FEES = FillRules(cash=CASH, rate=0.001)
AT_CLOSE = FillRules(cash=CASH, at_close=True, leverage=1_000.0)
"""What nautilus_trader's margin account allows a stock, and its fills at the close."""


class Ours:
    """A strategy on bars. Close it when done."""

    def __init__(self, source: str, bars: BarColumns, rules: FillRules) -> None:
        self._engine = SandboxEngine()
        compiled = compile_source(source)
        self._strategy = load_module(self._engine, compiled.wasm)
        self._book = book_module(self._engine)
        self._study = Study(compiled, "bench", ("BENCH",), "1m", [bars], {}, rules)
        self.report()

    def close(self) -> None:
        """Ends what runs beside."""
        self._engine.close()

    def report(self) -> Told:
        """Backtest, trades and all statistics."""
        began = time.perf_counter()
        report = report_with(self._study, self._strategy, self._book)
        seconds = time.perf_counter() - began
        known = {name: value for name, value in report.summary.items() if value is not None}
        return {
            "seconds": seconds,
            "orders": float(len(report.fills)),
            "figures": float(len(report.summary)),
            **{name: float(value) for name, value in known.items()},
        }

    def backtest(self) -> Told:
        """Without the statistics."""
        study = self._study
        began = time.perf_counter()
        backtest(self._strategy, self._book, study.bars, study.params, study.rules)
        return {"seconds": time.perf_counter() - began}
