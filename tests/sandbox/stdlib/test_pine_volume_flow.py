"""Volume's flow, against plain definitions bar by bar."""

from __future__ import annotations

import numpy as np

from schemas.columns import BarColumns
from tests.sandbox.market import random_bars
from tests.sandbox.stdlib.oracle import Oracle, plotted
from tests.sandbox.stdlib.pine import Floats, ago, check, check_bars, check_missing
from tests.sandbox.stdlib.trial import WITH_MISSING, Trial, Ways, trials

_DAY_US = 86_400_000_000


def vwap(b: BarColumns) -> Floats:
    result = np.full(len(b), np.nan)
    for day in np.unique(b.ts // _DAY_US):
        of_day = b.ts // _DAY_US == day
        traded = np.cumsum(b.close[of_day] * b.volume[of_day])
        result[of_day] = traded / np.cumsum(b.volume[of_day])
    return result


def vwap_bands(b: BarColumns, mult: float) -> tuple[Floats, Floats, Floats]:
    """Anchored where the close falls below 0.98 of the open."""
    mean, deviation = np.full((2, len(b)), np.nan)
    anchors = np.flatnonzero(b.close < 0.98 * b.open)
    for start, end in zip(anchors, [*anchors[1:], len(b)], strict=True):
        for i in range(start, end):
            x, v = b.close[start : i + 1], b.volume[start : i + 1]
            mean[i] = np.sum(x * v) / np.sum(v)
            deviation[i] = np.sqrt(np.sum(v * (x - mean[i]) ** 2) / np.sum(v))
    return mean, mean + mult * deviation, mean - mult * deviation


def divided(a: Floats, b: Floats) -> Floats:
    """a / b, na where b is 0."""
    return np.where(b == 0.0, np.nan, a / b)


def accdist(b: BarColumns) -> Floats:
    place = divided(2.0 * b.close - b.low - b.high, b.high - b.low)
    return np.cumsum(np.nan_to_num(place) * b.volume)


def iii(b: BarColumns) -> Floats:
    return divided(2.0 * b.close - b.high - b.low, (b.high - b.low) * b.volume)


def wvad(b: BarColumns) -> Floats:
    return divided(b.close - b.open, b.high - b.low) * b.volume


def wad(b: BarColumns) -> Floats:
    before = ago(b.close)
    above = b.close - np.fmin(b.low, before)
    below = b.close - np.fmax(b.high, before)
    return np.cumsum(np.where(b.close > before, above, np.where(b.close < before, below, 0.0)))


_ANCHORED = "bar.close, bar.volume, bar.close < 0.98 * bar.open"
_HLCV = "bar.high, bar.low, bar.close, bar.volume"
FLOWS: dict[str, Oracle] = {
    "ta.vwap(bar.close, bar.volume, bar.time)": vwap,
    f"ta.accdist({_HLCV})": accdist,
    f"ta.iii({_HLCV})": iii,
    f"ta.wvad(bar.open, {_HLCV})": wvad,
    "ta.wad(bar.high, bar.low, bar.close)": wad,
}
ANCHORED: dict[str, Oracle] = {
    f"ta.vwap_bands({_ANCHORED})": lambda b: vwap_bands(b, 1.0),
    f"ta.vwap_bands({_ANCHORED}, 2.5)": lambda b: vwap_bands(b, 2.5),
}
SCALES = {f"ta.iii({_HLCV})": 1e-9, f"ta.wvad(bar.open, {_HLCV})": 1e3}  # the others' is 1


def check_on_real_data(call: str, oracle: Oracle) -> None:
    check(call, oracle, SCALES.get(call, 1.0))


def check_over_a_long_run(call: str, oracle: Oracle) -> None:
    check_bars(random_bars(20_000, seed=3), call, oracle, SCALES.get(call, 1.0))


def check_without_range_volume_or_change(call: str, oracle: Oracle) -> None:
    bars = random_bars(5_000, seed=11)
    chance = np.random.default_rng(11)
    flat = chance.random(5_000) < 0.2
    for column in (bars.open, bars.high, bars.low, bars.close):
        column[flat] = np.round(bars.close[flat])
    bars.volume[chance.random(5_000) < 0.2] = 0.0
    bars.volume[:3] = 0.0
    check_bars(bars, call, oracle, SCALES.get(call, 1.0))


WAYS: Ways = {
    "on_real_data": check_on_real_data,
    "over_a_long_run_of_minutes": check_over_a_long_run,
    WITH_MISSING: check_missing,
    "without_range_volume_or_change": check_without_range_volume_or_change,
}


@trials(FLOWS, WAYS)
def test_a_flow_equals_its_definition(trial: Trial) -> None:
    trial()


@trials(ANCHORED, WAYS, without=WITH_MISSING)  # a missing input hides no anchor
def test_an_anchored_flow_equals_its_definition(trial: Trial) -> None:
    trial()


def test_the_average_price_starts_anew_with_each_utc_day_before_1970_too() -> None:
    bars = random_bars(4_000, seed=9)
    bars = BarColumns(
        bars.ts - 2_000 * 60_000_000, bars.open, bars.high, bars.low, bars.close, bars.volume
    )
    check_bars(bars, "ta.vwap(bar.close, bar.volume, bar.time)", vwap)


def test_an_anchor_counts_at_a_bar_that_has_no_volume() -> None:
    bars = random_bars(60, seed=1)
    hide = f"volume = na if bar.time == {bars.ts[30]} else bar.volume"
    call = f"ta.vwap_bands(bar.close, volume, bar.time == 0 or bar.time == {bars.ts[30]})"
    mean, upper, lower = plotted(call, bars, (bars.close,) * 3, [hide])
    assert np.isnan([mean[30], upper[30], lower[30]]).all()
    assert mean[31] == upper[31] == lower[31] == bars.close[31]
    whole = np.average(bars.close[31:], weights=bars.volume[31:])
    np.testing.assert_allclose(mean[-1], whole, rtol=1e-12)
