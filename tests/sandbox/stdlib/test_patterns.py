"""Every candlestick pattern equals TA-Lib, on real bars and where it is a tick from failing."""

from __future__ import annotations

import numpy as np
import pytest
import talib
from talib import abstract

from sandbox.compiler.library import library
from tests.sandbox.market import part
from tests.sandbox.running import body, run
from tests.sandbox.stdlib.candles import bars_of, gridded, near_misses
from tests.sandbox.stdlib.oracle import Oracle, check_like_talib, check_on, check_on_random_bars

BOTH = {-100, 100}
ENDS_SHARED = {-100, -80, 80, 100}
CONFIRMED = {-200, -100, 100, 200}

# pattern → the signals that it can give
PATTERNS = {
    "cdl2crows": {-100},
    "cdl3blackcrows": {-100},
    "cdl3inside": BOTH,
    "cdl3linestrike": BOTH,
    "cdl3outside": BOTH,
    "cdl3starsinsouth": {100},
    "cdl3whitesoldiers": {100},
    "cdlabandonedbaby": BOTH,
    "cdladvanceblock": {-100},
    "cdlbelthold": BOTH,
    "cdlbreakaway": BOTH,
    "cdlclosingmarubozu": BOTH,
    "cdlconcealbabyswall": {100},
    "cdlcounterattack": BOTH,
    "cdldarkcloudcover": {-100},
    "cdldoji": {100},
    "cdldojistar": BOTH,
    "cdldragonflydoji": {100},
    "cdlengulfing": ENDS_SHARED,
    "cdleveningdojistar": {-100},
    "cdleveningstar": {-100},
    "cdlgapsidesidewhite": BOTH,
    "cdlgravestonedoji": {100},
    "cdlhammer": {100},
    "cdlhangingman": {-100},
    "cdlharami": ENDS_SHARED,
    "cdlharamicross": ENDS_SHARED,
    "cdlhighwave": BOTH,
    "cdlhikkake": CONFIRMED,
    "cdlhikkakemod": CONFIRMED,
    "cdlhomingpigeon": {100},
    "cdlidentical3crows": {-100},
    "cdlinneck": {-100},
    "cdlinvertedhammer": {100},
    "cdlkicking": BOTH,
    "cdlkickingbylength": BOTH,
    "cdlladderbottom": {100},
    "cdllongleggeddoji": {100},
    "cdllongline": BOTH,
    "cdlmarubozu": BOTH,
    "cdlmatchinglow": {100},
    "cdlmathold": {100},
    "cdlmorningdojistar": {100},
    "cdlmorningstar": {100},
    "cdlonneck": {-100},
    "cdlpiercing": {100},
    "cdlrickshawman": {100},
    "cdlrisefall3methods": BOTH,
    "cdlseparatinglines": BOTH,
    "cdlshootingstar": {-100},
    "cdlshortline": BOTH,
    "cdlspinningtop": BOTH,
    "cdlstalledpattern": {-100},
    "cdlsticksandwich": {100},
    "cdltakuri": {100},
    "cdltasukigap": BOTH,
    "cdlthrusting": {-100},
    "cdltristar": BOTH,
    "cdlunique3river": {100},
    "cdlupsidegap2crows": {-100},
    "cdlxsidegap3methods": BOTH,
}
PENETRATING = (
    "cdlabandonedbaby",
    "cdldarkcloudcover",
    "cdleveningdojistar",
    "cdleveningstar",
    "cdlmathold",
    "cdlmorningdojistar",
    "cdlmorningstar",
)
# seed, tick; the seeds are such that together they give every signal of every pattern
GRIDS = ((0, 0.01), (6, 0.01), (9, 0.1), (13, 0.25), (14, 0.01), (15, 0.1))
STRETCHES = 500
GENERATIONS = 4  # each of what the one before left of the pattern

every_pattern = pytest.mark.parametrize("pattern", PATTERNS)


def call_of(pattern: str, *more: float) -> str:
    arguments = ("bar.open", "bar.high", "bar.low", "bar.close", *map(str, more))
    return f"ta.{pattern}({', '.join(arguments)})"


def oracle_of(pattern: str, *more: float) -> Oracle:
    function = getattr(talib, pattern.upper())
    return lambda bars: function(bars.open, bars.high, bars.low, bars.close, *more)


def test_there_is_every_pattern_of_ta_lib_with_its_arguments_and_defaults() -> None:
    groups = talib.get_function_groups()  # type: ignore[no-untyped-call] # talib has no types
    assert [name.upper() for name in PATTERNS] == groups["Pattern Recognition"]
    for pattern in PATTERNS:
        arguments = library().functions[f"ta.{pattern}"].arguments
        names = [argument.name for argument in arguments]
        defaults = {a.name: a.default for a in arguments if a.default is not None}
        assert names == ["open", "high", "low", "close", *defaults]
        assert defaults == getattr(abstract, pattern.upper()).parameters
        assert (pattern in PENETRATING) == bool(defaults)


@every_pattern
def test_a_pattern_equals_ta_lib_on_real_data(pattern: str) -> None:
    check_like_talib(call_of(pattern), oracle_of(pattern))


@every_pattern
def test_a_pattern_equals_ta_lib_on_a_long_random_walk(pattern: str) -> None:
    check_on_random_bars(call_of(pattern), oracle_of(pattern))


@every_pattern
def test_a_pattern_equals_ta_lib_on_grids_and_gives_each_of_its_signals(pattern: str) -> None:
    seen: set[int] = set()
    for seed, tick in GRIDS:
        bars = bars_of(gridded(20_000, seed), tick)
        check_on(bars, call_of(pattern), oracle_of(pattern))
        seen |= set(oracle_of(pattern)(bars).tolist())
    assert seen == {0, *PATTERNS[pattern]}


@every_pattern
def test_a_pattern_equals_ta_lib_where_a_tick_decides(pattern: str) -> None:
    grids = np.concatenate([gridded(20_000, seed) for seed, _ in GRIDS])
    for signal in PATTERNS[pattern]:
        candles = grids
        for generation in range(GENERATIONS):
            found = oracle_of(pattern)(bars_of(candles, 0.25))
            ends = np.flatnonzero(found == signal)
            candles = near_misses(candles, ends, STRETCHES, seed=generation)
            for tick in (0.01, 0.25):
                check_on(bars_of(candles, tick), call_of(pattern), oracle_of(pattern))


@every_pattern
def test_a_pattern_comes_as_early_as_ta_libs_and_no_earlier(pattern: str) -> None:
    needed = getattr(abstract, pattern.upper()).lookback
    grids = np.concatenate([gridded(20_000, seed) for seed, _ in GRIDS])
    ends = np.flatnonzero(oracle_of(pattern)(bars_of(grids, 0.25)))
    firsts = []
    for end in ends[ends > needed][:10]:
        for first in (end - needed, end - needed + 1):
            bars = bars_of(grids[first : end + 5], 0.25)
            check_on(bars, call_of(pattern), oracle_of(pattern))
            firsts += np.flatnonzero(oracle_of(pattern)(bars))[:1].tolist()
    assert min(firsts) == needed


@pytest.mark.parametrize("pattern", PENETRATING)
@pytest.mark.parametrize("penetration", [0.0, 0.1, 0.75, 1.5])
def test_a_pattern_takes_how_far_it_goes_into_the_body(pattern: str, penetration: float) -> None:
    for seed, tick in GRIDS:
        bars = bars_of(gridded(20_000, seed), tick)
        check_on(bars, call_of(pattern, penetration), oracle_of(pattern, penetration))


@every_pattern
def test_a_candle_that_lacks_a_price_is_no_candle(pattern: str) -> None:
    bars = bars_of(gridded(20_000, 0), 0.01)
    minute = bars.ts // 60_000_000 % 31
    fields = {"open": 5, "high": 11, "low": 17, "close": 23}
    hide = [
        f"{name} = na if bar.time // 60000000 % 31 == {when} else bar.{name}"
        for name, when in fields.items()
    ]
    lines = (*hide, f"r = {call_of(pattern).replace('bar.', '')}", 'plot("r", r // 1)')
    found = run(body(*lines), bars).plots[0]
    there = ~np.isin(minute, list(fields.values()))
    expected = oracle_of(pattern)(part(bars, there.nonzero()[0].tolist()))
    assert np.all(found[~there] == 0)
    assert np.array_equal(found[there], expected)
