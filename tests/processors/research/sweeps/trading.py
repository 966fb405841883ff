"""Strategies and bars for the tests of sweeps, and what a single backtest makes of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache

import numpy as np

from processors.research.backtest import Result, backtest
from processors.research.statistics.periods import DAY_US
from processors.research.statistics.summary import Figures, summary
from processors.research.study import Study
from processors.research.sweeps.runner import Setting
from sandbox.compiler.driver import Compiled, compile_source
from sandbox.fills import NO_COSTS, FillRules
from sandbox.host.book import book_module
from sandbox.host.engine import SandboxEngine
from sandbox.host.module import load_module
from schemas.columns import BarColumns
from tests.sandbox.market import random_bars

CROSS = '''"""Two averages that cross, in and out with all there is."""

fast = param(5, low=2, high=60)
slow = param(20, low=3, high=200)


def on_bar(bar):
    a = ta.sma(bar.close, fast)
    b = ta.sma(bar.close, slow)
    if crossover(a, b):
        order(percent=30.0, limit=bar.close * 1.01, take_profit=bar.close * 1.1)
    elif crossunder(a, b):
        exit()
'''
SIMPLE = '''"""The same with market orders."""

fast = param(5, low=2, high=60)
slow = param(20, low=3, high=200)


def on_bar(bar):
    a = ta.sma(bar.close, fast)
    b = ta.sma(bar.close, slow)
    if crossover(a, b):
        enter_long()
    elif crossunder(a, b):
        enter_short()
'''
FAILING = '''"""Divides by zero at times."""

every = param(7, low=2, high=60)


def on_bar(bar):
    turn = int(bar.volume) % every
    x = 1000 // (turn - 1)
    if turn == 0:
        enter_long()
    if turn == 2:
        exit()
'''
COSTS = FillRules(per_trade=1.0, rate=0.001, slip_share=0.0005, leverage=2.0, maintenance=0.2)


@cache
def compiled(source: str) -> Compiled:
    return compile_source(source)


def days(n: int, seed: int, first_day: int = 10_000) -> BarColumns:
    """A random walk, a day a bar."""
    bars = random_bars(n, seed)
    return BarColumns(
        (np.arange(n) + first_day) * DAY_US,
        bars.open,
        bars.high,
        bars.low,
        bars.close,
        bars.volume,
    )


def setting(source: str, rules: FillRules = NO_COSTS) -> Setting:
    return Setting(compiled(source).wasm, rules)


def study(source: str, bars: Sequence[BarColumns], rules: FillRules = NO_COSTS) -> Study:
    symbols = tuple(f"S{i}" for i in range(len(bars)))
    return Study(compiled(source), "it.py", symbols, "1d", bars, {}, rules)


def single(
    source: str,
    bars: Sequence[BarColumns],
    params: Mapping[str, float],
    rules: FillRules = NO_COSTS,
    begin_us: int | None = None,
) -> Result:
    """One backtest, alone."""
    engine = SandboxEngine()
    try:
        strategy = load_module(engine, compiled(source).wasm)
        return backtest(strategy, book_module(engine), bars, params, rules, begin_us=begin_us)
    finally:
        engine.close()


def figures(result: Result, cash: float) -> Figures:
    return summary(result.curve, result.fills, result.trades, initial_cash=cash)
