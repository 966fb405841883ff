"""How far inputs lie apart, against numpy over every window."""

from __future__ import annotations

import numpy as np

from schemas.columns import BarColumns
from tests.sandbox.market import random_bars
from tests.sandbox.stdlib.oracle import Oracle, plotted
from tests.sandbox.stdlib.pine import (
    Floats,
    check_bars,
    rolling,
    ways,
)
from tests.sandbox.stdlib.trial import Trial, trials


def range_(x: Floats, length: int) -> Floats:
    return rolling(x, length, lambda w: float(w.max() - w.min()))


def dev(x: Floats, length: int) -> Floats:
    return rolling(x, length, lambda w: float(np.mean(abs(w - w.mean()))))


def zscore(x: Floats, length: int) -> Floats:
    return rolling(x, length, lambda w: float((w[-1] - w.mean()) / w.std()))


def variance(x: Floats, length: int, less: int) -> Floats:
    return rolling(x, length, lambda w: float(np.var(w, ddof=less)))


def correlation(x: Floats, y: Floats, length: int) -> Floats:
    result = np.full(len(x), np.nan)
    for i in range(length - 1, len(x)):
        window = slice(i - length + 1, i + 1)
        result[i] = np.corrcoef(x[window], y[window])[0, 1]
    return result


CASES: dict[str, Oracle] = {
    "ta.range(bar.close, 20)": lambda b: range_(b.close, 20),
    "ta.range(bar.close, 1)": lambda b: range_(b.close, 1),
    "ta.dev(bar.close, 10)": lambda b: dev(b.close, 10),
    "ta.dev(bar.close, 2)": lambda b: dev(b.close, 2),
    "ta.variance(bar.close, 20)": lambda b: variance(b.close, 20, 0),
    "ta.variance(bar.volume, 5, False)": lambda b: variance(b.volume, 5, 1),
    "ta.stdev(bar.close, 20)": lambda b: np.sqrt(variance(b.close, 20, 0)),
    "ta.stdev(bar.close, 2, biased=False)": lambda b: np.sqrt(variance(b.close, 2, 1)),
    "ta.zscore(bar.close)": lambda b: zscore(b.close, 20),
    "ta.zscore(bar.volume, 100)": lambda b: zscore(b.volume, 100),
    "ta.correlation(bar.close, bar.volume)": lambda b: correlation(b.close, b.volume, 20),
    "ta.correlation(bar.high, bar.low, 50)": lambda b: correlation(b.high, b.low, 50),
}


@trials(CASES, ways())
def test_a_spread_equals_that_of_every_window(trial: Trial) -> None:
    trial()


def test_scores_are_na_where_nothing_moves_and_right_again_afterwards() -> None:
    bars = random_bars(300, seed=6)
    close = bars.close.copy()
    close[100:160] = 0.1 * 3
    bars = BarColumns(bars.ts, close, close, close, close, bars.volume)
    still = slice(100 + 20 - 1, 160)
    for call in ("ta.zscore(bar.close, 20)", "ta.correlation(bar.close, bar.volume, 20)"):
        found = plotted(call, bars, (close,))[0]
        assert np.isnan(found[still]).all()
        assert not np.isnan(found[160:]).any()
    found = plotted("ta.zscore(bar.close, 20)", bars, (close,))[0]
    np.testing.assert_allclose(found[160:], zscore(close, 20)[160:], rtol=1e-9, atol=1e-9)


def test_spreads_do_not_drift_over_a_long_run() -> None:
    bars = random_bars(20_000, seed=3)
    check_bars(bars, "ta.zscore(bar.close, 40)", lambda b: zscore(b.close, 40))
