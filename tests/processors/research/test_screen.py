"""What a screen picks, in which order, and that it can be done again."""

from __future__ import annotations

import numpy as np
import pytest

from processors.research.screen import Screened, screen
from sandbox.errors import ParamError
from schemas.columns import BarColumns
from tests.sandbox.market import daily_bars, random_bars
from tests.sandbox.running import body, module_of, run

SCORED = body('plot("mean", ta.sma(bar.close, 20))', "score(ta.roc(bar.close, 60))")
SAID = body(
    'alert(bar.close > ta.sma(bar.close, 50), "Above")',
    "if crossover(bar.close, ta.sma(bar.close, 10)):",
    "    enter_long()",
)


def universe(count: int) -> dict[str, BarColumns]:
    sizes = np.random.default_rng(5).integers(1, 200, count)
    return {f"S{i:03}": random_bars(int(n), seed=i) for i, n in enumerate(sizes)}


def picked(source: str, bars: dict[str, BarColumns], **params: float) -> Screened:
    return screen(module_of(source), "0" * 64, bars, params)


def test_symbols_are_ranked_by_what_a_run_of_each_alone_ends_with() -> None:
    bars = universe(300)
    found = picked(SCORED, bars)
    expected = {symbol: run(SCORED, columns) for symbol, columns in bars.items()}
    scores = {symbol: said.score[-1] for symbol, said in expected.items()}
    ranked = sorted((s for s in scores if scores[s] == scores[s]), key=lambda s: (-scores[s], s))
    assert [match.symbol for match in found.matches] == ranked
    assert [match.rank for match in found.matches] == list(range(1, len(ranked) + 1))
    for match in found.matches:
        assert match.score == scores[match.symbol]
        assert match.plots == {"mean": expected[match.symbol].plots[0][-1]}
        assert match.ts == bars[match.symbol].ts[-1]


def test_without_a_score_those_match_that_something_is_said_of() -> None:
    bars = {symbol: daily_bars(symbol) for symbol in ("AAPL", "GOOG", "IBM", "MSFT")}
    found = picked(SAID, bars)
    for symbol, columns in bars.items():
        said = run(SAID, columns)
        match = next((match for match in found.matches if match.symbol == symbol), None)
        assert (match is not None) == bool(said.alerts[-1] or said.signal[-1])
        if match is not None:
            assert match.alerts == (("Above",) if said.alerts[-1] else ())
            assert match.signal == said.signal[-1]


def test_what_comes_later_changes_nothing_of_a_screen_in_the_past() -> None:
    whole = {symbol: daily_bars(symbol) for symbol in ("AAPL", "IBM")}
    then = {symbol: columns.take(slice(2_000)) for symbol, columns in whole.items()}
    assert picked(SCORED, then) == picked(SCORED, dict(reversed(then.items())))
    assert picked(SCORED, then) != picked(SCORED, whole)


def test_a_receipt_stands_for_module_params_and_bars() -> None:
    source = SCORED.replace('"""\n', '"""\n\nlength = param(60, low=1, high=100)\n', 1)
    source = source.replace("close, 60", "close, length")
    bars = universe(5)
    receipts = {
        picked(source, bars).receipt,
        picked(source, bars, length=30).receipt,
        screen(module_of(source), "1" * 64, bars, {}).receipt,
        picked(source, dict(list(bars.items())[:4])).receipt,
    }
    assert len(receipts) == 4
    assert picked(source, bars).receipt in receipts
    with pytest.raises(ParamError):
        picked(source, bars, length=1_000)


def test_symbols_that_lag_behind_are_told_and_those_without_bars_passed_over() -> None:
    late, early = random_bars(50, seed=1), random_bars(40, seed=1)
    found = picked(SCORED, {"LATE": late, "EARLY": early, "NONE": random_bars(0, seed=1)})
    assert found.symbols == 2
    assert found.stale == {"EARLY": int(early.ts[-1])}
