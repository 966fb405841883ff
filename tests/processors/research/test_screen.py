"""What a screen picks, in which order, and that it can be done again."""

from __future__ import annotations

import numpy as np
import pytest

from processors.research.resident import resident_of
from processors.research.screen import Screened, screen
from sandbox.errors import ParamError
from schemas.columns import BarColumns
from streams.actions import NO_ACTIONS, ActionError, Actions
from tests.sandbox.market import daily_bars, random_bars
from tests.sandbox.running import body, module_of, run

SCORED = body('plot("mean", ta.sma(bar.close, 20))', "score(ta.roc(bar.close, 60))")
SAID = body(
    'alert(bar.close > ta.sma(bar.close, 50), "Above")',
    "if crossover(bar.close, ta.sma(bar.close, 10)):",
    "    enter_long()",
)


DAY_US = 86_400_000_000


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


def days(closes: list[float]) -> BarColumns:
    """A bar a day from 1970-01-01 on, of one price each."""
    close = np.array(closes)
    ts = np.arange(len(closes), dtype=np.int64) * DAY_US
    return BarColumns(ts, close, close, close, close, np.full(len(closes), 100.0))


def acts(*rows: tuple[int, float, float]) -> Actions:
    """Actions of (day, ratio, amount)."""
    on, split, dividend = zip(*rows, strict=True)
    return Actions(np.array(on, np.int64) * DAY_US, np.array(split), np.array(dividend))


MEAN = body('plot("mean", ta.sma(bar.close, 4))', "score(bar.close / ta.sma(bar.volume, 4))")


def mean(closes: list[float], actions: Actions) -> tuple[float | None, float | None]:
    """The mean of the last four closes, and the last close by the mean of volumes."""
    known = resident_of({"A": days(closes)}, {"A": actions})
    (match,) = screen(module_of(MEAN), "0" * 64, known, {}).matches
    return match.plots["mean"], match.score


def test_a_split_amid_a_mean_is_none_of_its_prices() -> None:
    # 2:1 on the third day: 40, 44 | 22, 24 are 20, 22, 22, 24 in units of the last day, and
    # volumes of 100 are 200, 200, 100, 100.
    assert mean([40.0, 44.0, 22.0, 24.0], acts((2, 2.0, 0.0))) == (22.0, 24.0 / 150.0)
    assert mean([40.0, 44.0, 22.0, 24.0], NO_ACTIONS) == (32.5, 24.0 / 100.0)


def test_a_dividend_amid_a_mean_is_what_went_on() -> None:
    # 10 of the 40 before the third day: what is older is worth three quarters; volumes are as
    # they were.
    assert mean([36.0, 40.0, 30.0, 31.0], acts((2, 1.0, 10.0))) == (29.5, 31.0 / 100.0)


def test_the_last_price_is_as_it_was_traded_and_an_action_behind_it_not_seen() -> None:
    later = acts((2, 2.0, 0.0), (4, 7.0, 1.0))
    assert mean([40.0, 44.0, 22.0, 24.0], later) == (22.0, 24.0 / 150.0)
    source = body("if bar.close > 5.0: score(bar.close)")
    bars = {"A": days([80.0, 6.0]), "B": days([2.0, 4.0])}
    known = resident_of(bars, {"A": acts((1, 13.0, 0.0)), "B": acts((1, 0.5, 0.0))})
    found = screen(module_of(source), "0" * 64, known, {})
    assert [(match.symbol, match.score) for match in found.matches] == [("A", 6.0)]


def test_a_receipt_is_of_the_bars_that_the_strategy_saw() -> None:
    raw, seen = days([40.0, 44.0, 22.0]), days([20.0, 22.0, 22.0])
    seen.volume[:2] = 200.0
    known = resident_of({"A": raw, "B": raw}, {"A": acts((2, 2.0, 0.0))})
    assert known.digests == resident_of({"A": seen, "B": raw}).digests
    assert known.digests["A"] != known.digests["B"]


def test_a_dividend_that_can_t_be_says_whose_it_is() -> None:
    with pytest.raises(ActionError, match=r"^A: a dividend of 50 on 1970-01-02"):
        resident_of({"A": days([40.0, 44.0])}, {"A": acts((1, 1.0, 50.0))})


def test_symbols_that_lag_behind_are_told_and_those_without_bars_passed_over() -> None:
    late, early = random_bars(50, seed=1), random_bars(40, seed=1)
    found = picked(SCORED, {"LATE": late, "EARLY": early, "NONE": random_bars(0, seed=1)})
    assert found.symbols == 2
    assert found.stale == {"EARLY": int(early.ts[-1])}
