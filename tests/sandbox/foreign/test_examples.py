"""The strategies of docs/strategies/foreign, built by a real compiler and run over real bars."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from sandbox.columns import SignalCode
from sandbox.host.foreign.check import hidden_state_at
from sandbox.host.foreign.instance import ForeignInstance
from sandbox.host.foreign.module import load_foreign
from tests.sandbox.foreign.modules import FOREIGN, REPOSITORY, built, engine
from tests.sandbox.market import SYMBOLS, daily_bars, part
from tests.sandbox.running import run

EXAMPLES = tuple(sorted(path for path in FOREIGN.iterdir() if path.suffix in (".c", ".zig")))


@pytest.mark.parametrize("symbol", SYMBOLS)
@pytest.mark.parametrize("params", [{}, {"fast_length": 5, "rsi_length": 9, "overbought": 90.0}])
def test_the_strategy_in_c_says_what_the_same_says_in_our_language(
    symbol: str, params: dict[str, float]
) -> None:
    bars = daily_bars(symbol)
    ours = run((REPOSITORY / "docs/strategies/ema_cross_rsi.py").read_text("utf-8"), bars, params)
    module = load_foreign(engine(), built(FOREIGN / "ema_cross_rsi.c"))
    instance = ForeignInstance(module, 1)
    block = instance.allocate(params)
    theirs = instance.evaluate(np.full(len(bars), block, np.int32), bars)
    assert (theirs.signal == SignalCode.ENTER_LONG).any()
    for name in ("signal", "size", "limit", "exit_stop", "score", "alerts", "plots"):
        assert getattr(theirs, name).tobytes() == getattr(ours, name).tobytes(), name


def test_the_strategy_in_zig_buys_low_and_sells_high() -> None:
    bars = daily_bars("IBM")
    instance = ForeignInstance(load_foreign(engine(), built(FOREIGN / "mean_reversion.zig")), 1)
    block = instance.allocate({"margin": 0.1})
    out = instance.evaluate(np.full(len(bars), block, np.int32), bars)
    mean = out.plots[0]
    assert np.allclose(mean, np.cumsum(bars.close) / np.arange(1, len(bars) + 1))
    below, above = bars.close / mean - 1 < -0.1, bars.close / mean - 1 > 0.1
    assert np.array_equal(out.signal == SignalCode.ENTER_LONG, below) and below.any()
    assert np.array_equal(out.signal == SignalCode.EXIT, above) and above.any()
    assert np.array_equal(out.alerts == 1, np.abs(bars.close / mean - 1) > 0.2)


@pytest.mark.parametrize("source", EXAMPLES, ids=lambda path: path.name)
def test_an_example_keeps_its_state_where_it_belongs(source: Path) -> None:
    module = load_foreign(engine(), built(source))
    assert hidden_state_at(module, part(daily_bars("MSFT"), slice(300)), {}) is None
