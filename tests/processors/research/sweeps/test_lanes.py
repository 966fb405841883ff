"""Runs side by side are the runs that they would be alone, to the last bit."""

from __future__ import annotations

from dataclasses import fields

import numpy as np
import pytest

from processors.research.results import Fills, Trades
from processors.research.statistics.summary import ORDER
from processors.research.sweeps import lanes
from processors.research.sweeps.figures import OF_TRADES, Reckoning
from processors.research.sweeps.runner import Runner
from processors.research.sweeps.tape import ALL, Window
from sandbox.errors import ParamError
from sandbox.fills import NO_COSTS, FillRules
from schemas.columns import BarColumns
from tests.processors.research.sweeps.trading import (
    COSTS,
    CROSS,
    FAILING,
    SIMPLE,
    days,
    figures,
    setting,
    single,
)

PARAMS = [{"fast": float(fast), "slow": float(slow)} for fast in (2, 5, 9) for slow in (20, 33, 60)]
QUICK = (
    *("sharpe", "sortino", "calmar", "annual_return_pct", "max_drawdown_pct"),
    *("equity_final", "return_pct", "trades"),
)
ONE = (days(700, 1),)
SEVERAL = (days(700, 1), days(500, 2, 10_050), days(650, 3, 10_020))


def same(one: Fills | Trades, other: Fills | Trades) -> bool:
    names = [field.name for field in fields(one)]
    return all(np.array_equal(getattr(one, name), getattr(other, name)) for name in names)


def check(
    source: str,
    bars: tuple[BarColumns, ...],
    params: list[dict[str, float]],
    rules: FillRules,
    window: Window,
) -> int:
    """Compares every run with its backtest; how many trades there were."""
    until = window.end_us
    cut = [
        each if until is None else each.take(slice(int(np.searchsorted(each.ts, until))))
        for each in bars
    ]
    runner = Runner(setting(source, rules), bars)
    reckoning, trades = runner.reckoning(window), 0
    for each, account in zip(params, runner.accounts(reckoning, params), strict=True):
        alone = single(source, cut, each, rules, window.begin_us)
        assert account.equity.tobytes() == alone.curve.equity.tobytes()
        assert account.exposure.tobytes() == alone.curve.exposure.tobytes()
        assert reckoning.ts.tobytes() == alone.curve.ts.tobytes()
        assert reckoning.benchmark.tobytes() == alone.curve.benchmark.tobytes()
        assert same(account.fills, alone.fills) and same(account.trades, alone.trades)
        assert account.traps == alone.traps
        told = figures(alone, rules.cash)
        assert reckoning.summary(account) == told
        for names in (QUICK, OF_TRADES, ORDER[:5]):
            assert reckoning.figures(account, names) == {name: told[name] for name in names}
        trades += len(alone.trades)
    runner.close()
    return trades


@pytest.mark.parametrize("source", [SIMPLE, CROSS])
@pytest.mark.parametrize("rules", [NO_COSTS, COSTS, FillRules(at_close=1.0)])
@pytest.mark.parametrize("bars", [ONE, SEVERAL], ids=["one", "several"])
def test_side_by_side_is_as_alone(
    source: str, rules: FillRules, bars: tuple[BarColumns, ...]
) -> None:
    assert check(source, bars, PARAMS, rules, ALL) > 20


@pytest.mark.parametrize("bars", [ONE, SEVERAL], ids=["one", "several"])
def test_it_does_not_matter_how_bars_and_lanes_are_cut(
    bars: tuple[BarColumns, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lanes, "CHUNK_BARS", 97)
    monkeypatch.setattr(lanes, "LANES_MAX", 4)
    assert check(CROSS, bars, PARAMS, COSTS, ALL) > 20


@pytest.mark.parametrize("bars", [ONE, SEVERAL], ids=["one", "several"])
@pytest.mark.parametrize("chunk", [97, 16_384])
def test_a_window_trades_as_a_backtest_with_its_begin_and_end(
    bars: tuple[BarColumns, ...], chunk: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lanes, "CHUNK_BARS", chunk)
    ts = bars[0].ts
    window = Window(int(ts[200]), int(ts[550]))
    assert check(CROSS, bars, PARAMS, COSTS, window) > 5


def test_bars_that_trap_are_passed_over_and_counted() -> None:
    params = [{"every": float(every)} for every in (2, 7, 11)]
    assert check(FAILING, ONE, params, NO_COSTS, ALL) > 5


def test_one_window_after_another_takes_what_was_laid_out_for_neither() -> None:
    until = Window(None, int(ONE[0].ts[300]))
    windows = [ALL, until, Window(int(ONE[0].ts[300])), until, ALL]
    runner = Runner(setting(SIMPLE), ONE)
    for window in windows:
        fresh = Runner(setting(SIMPLE), ONE)
        one, other = (
            list(each.accounts(each.reckoning(window), PARAMS[:2])) for each in (runner, fresh)
        )
        for after, alone in zip(one, other, strict=True):
            assert after.equity.tobytes() == alone.equity.tobytes()
            assert after.rows.tolist() == alone.rows.tolist()
        fresh.close()
    runner.close()


def test_a_param_out_of_its_bounds_is_refused() -> None:
    runner = Runner(setting(SIMPLE), ONE)
    with pytest.raises(ParamError):
        list(runner.accounts(runner.reckoning(ALL), [{"fast": 1.0}]))
    runner.close()


def test_a_window_without_bars_is_refused() -> None:
    runner = Runner(setting(SIMPLE), ONE)
    with pytest.raises(ValueError, match="no bars in this period"):
        runner.reckoning(Window(int(ONE[0].ts[-1]) + 1))
    runner.close()


def test_what_a_reckoning_knows_is_of_its_window() -> None:
    runner = Runner(setting(SIMPLE), ONE)
    reckoning: Reckoning = runner.reckoning(Window(int(ONE[0].ts[690])))
    assert len(reckoning.ts) == 10 and len(reckoning.periods) == 10
    runner.close()
