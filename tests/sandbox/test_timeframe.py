"""Series of a higher timeframe: completed bars only, whatever is computed of them."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pytest
import talib
from numpy.typing import NDArray

from schemas.columns import BarColumns
from tests.sandbox.market import daily_bars, part, random_bars
from tests.sandbox.running import body, canonical, columns_of, interpret, run

Floats = NDArray[np.float64]


def moment(ts: int) -> datetime:
    return datetime.fromtimestamp(ts / 1e6, UTC)


def bucket(ts: int, interval: str) -> tuple[int, ...]:
    """Which bar of the timeframe a moment belongs to, by the calendar of datetime."""
    at = moment(ts)
    count, unit = int(interval[:-1]), interval[-1]
    if unit == "w":
        assert count == 1
        return at.isocalendar()[:2]
    if unit == "M":
        return ((at.year * 12 + at.month - 1) // count,)
    seconds = {"m": 60, "h": 3600, "d": 86400}[unit] * count
    return (int(at.timestamp()) // seconds,)


def higher(bars: BarColumns, interval: str) -> tuple[NDArray[np.int64], BarColumns]:
    """For each bar how many bars of the timeframe had completed, and those bars."""
    keys = [bucket(int(ts), interval) for ts in bars.ts]
    starts = [0] + [i for i in range(1, len(keys)) if keys[i] != keys[i - 1]]
    ends = [*starts[1:], len(keys)]
    parts = list(zip(starts, ends, strict=True))
    whole = BarColumns(
        bars.ts[starts],
        bars.open[starts],
        np.array([bars.high[a:b].max() for a, b in parts]),
        np.array([bars.low[a:b].min() for a, b in parts]),
        bars.close[[b - 1 for b in ends]],
        np.array([bars.volume[a:b].sum() for a, b in parts]),
    )
    completed = np.cumsum([i in set(starts[1:]) for i in range(len(keys))])
    return completed, whole


def seen(completed: NDArray[np.int64], values: Floats, back: int = 1) -> Floats:
    """What a series of the timeframe shows at each bar, `back` − 1 of its bars ago."""
    places = completed - back
    return np.where(places >= 0, values[np.maximum(places, 0)], np.nan)


CASES = [("AAPL", "1w"), ("AAPL", "1M"), ("IBM", "3M"), ("GOOG", "5d"), ("minute", "7m")]
CASES += [("minute", "1h"), ("minute", "4h")]


def market(name: str) -> BarColumns:
    return random_bars(3_000, 4) if name == "minute" else daily_bars(name)


@pytest.mark.parametrize(("name", "interval"), CASES)
def test_only_completed_bars_are_seen_with_all_their_fields(name: str, interval: str) -> None:
    bars = market(name)
    lines = [f'big = timeframe("{interval}")']
    lines += [f'plot("{f}", big.{f})' for f in ("open", "high", "low", "close", "volume", "hl2")]
    plots = run(body(*lines), bars).plots
    completed, whole = higher(bars, interval)
    wanted = [seen(completed, getattr(whole, f)) for f in ("open", "high", "low", "close")]
    np.testing.assert_array_equal(plots[:4], wanted)
    np.testing.assert_allclose(plots[4], seen(completed, whole.volume), rtol=1e-12)
    np.testing.assert_array_equal(plots[5], (wanted[1] + wanted[2]) / 2.0)


@pytest.mark.parametrize(("name", "interval"), CASES)
def test_an_indicator_of_it_advances_with_its_bars(name: str, interval: str) -> None:
    bars = market(name)
    lines = (
        f'mean = ta.sma(timeframe("{interval}").close, 3)',
        f'big = timeframe("{interval}")',
        "gap = big.close - big.open",
        'plot("mean", mean)',
        'plot("before", mean[1])',
        'plot("gap", gap[2])',
        'plot("rsi", ta.rsi(gap + mean, 2))',
    )
    plots = run(body(*lines), bars).plots
    completed, whole = higher(bars, interval)
    mean = talib.SMA(whole.close, 3)
    np.testing.assert_allclose(plots[0], seen(completed, mean), rtol=1e-12)
    np.testing.assert_allclose(plots[1], seen(completed, mean, 2), rtol=1e-12)
    gap = whole.close - whole.open
    np.testing.assert_array_equal(plots[2], seen(completed, gap, 3))
    rsi = talib.RSI((gap + mean)[2:], 2)
    wanted = seen(completed, np.concatenate([[np.nan, np.nan], rsi]))
    np.testing.assert_allclose(plots[3], wanted, rtol=1e-9, atol=1e-9)


def test_what_mixes_it_with_the_bar_goes_by_the_bar() -> None:
    bars = daily_bars("MSFT")
    source = body('x = bar.close - timeframe("1w").close', 'plot("x", ta.sma(x, 5))')
    completed, whole = higher(bars, "1w")
    wanted = bars.close - seen(completed, whole.close)
    known = np.flatnonzero(~np.isnan(wanted))[0]
    plots = run(source, bars).plots[0]
    np.testing.assert_allclose(plots[known:], talib.SMA(wanted[known:], 5), rtol=1e-9)
    assert np.isnan(plots[:known]).all()


def test_nothing_that_is_seen_depends_on_bars_to_come() -> None:
    bars = daily_bars("AAPL")
    source = body('plot("x", ta.ema(timeframe("1w").high, 4))', 'plot("y", timeframe("1M").low[1])')
    whole = run(source, bars).plots
    for cut in (1, 7, 99, 1_000):
        np.testing.assert_array_equal(run(source, part(bars, slice(cut))).plots, whole[:, :cut])


def test_interpreter_and_module_see_the_same() -> None:
    bars = part(daily_bars("FB"), slice(200))
    source = body(
        'week = timeframe("1w")',
        "if ta.sma(week.close, 2) > week.close[1]:",
        "    enter_long()",
        'plot("x", ta.ema(week.hlc3, 3)[1])',
    )
    compiled, meant = run(source, bars), canonical(interpret(source, bars))
    assert set(compiled.signal) == {0, 1}
    for name, column in columns_of(compiled).items():
        np.testing.assert_array_equal(column, columns_of(meant)[name], err_msg=name)
