"""Prices with noise are prices still."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from processors.research.montecarlo.noise import noisy
from schemas.columns import BarColumns
from tests.processors.research.sweeps.trading import days


@given(st.integers(0, 60), st.floats(0.0, 2.0), st.integers(0, 9))
def test_a_bar_stays_a_bar(n: int, share: float, seed: int) -> None:
    bars = days(n, 3)
    found = noisy(bars, bars, share, np.random.default_rng(seed))
    assert len(found) == n
    assert (found.low <= np.minimum(found.open, found.close)).all()
    assert (found.high >= np.maximum(found.open, found.close)).all()
    assert (found.low > 0.0).all()
    assert found.ts is bars.ts and found.volume is bars.volume
    again = noisy(bars, bars, share, np.random.default_rng(seed))
    assert found.close.tobytes() == again.close.tobytes()


def test_the_noise_is_as_large_as_asked() -> None:
    bars = days(5_000, 3)
    found = noisy(bars, bars, 0.5, np.random.default_rng(1))
    moved = np.diff(np.log(found.close / bars.close)).std()
    assert moved == pytest.approx(0.5 * np.diff(np.log(bars.close)).std(), rel=0.03)
    assert found.close[0] == bars.close[0]
    quiet = noisy(bars, bars, 0.0, np.random.default_rng(1))
    assert quiet.close.tobytes() == bars.close.tobytes()


def test_prices_without_a_logarithm_are_refused() -> None:
    bars = days(5, 3)
    close = bars.close.copy()
    close[2] = -1.0
    wrong = BarColumns(bars.ts, bars.open, bars.high, bars.low, close, bars.volume)
    with pytest.raises(ValueError, match="prices above 0"):
        noisy(wrong, wrong, 0.1, np.random.default_rng(1))


def test_a_split_is_no_return() -> None:
    seen = days(5_000, 3)
    factor = np.where(np.arange(5_000) < 2_500, 1.0, 1 / 7)
    raw = replace(seen, close=seen.close * factor, open=seen.open * factor)
    quiet = noisy(seen, seen, 0.5, np.random.default_rng(1))
    found = noisy(raw, seen, 0.5, np.random.default_rng(1))
    np.testing.assert_allclose(found.close / raw.close, quiet.close / seen.close)
