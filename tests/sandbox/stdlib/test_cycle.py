"""Cycle indicators equal TA-Lib: what rests on the Hilbert transform."""

from __future__ import annotations

import numpy as np
import pytest
import talib

from schemas.columns import BarColumns
from tests.sandbox.running import body, run
from tests.sandbox.stdlib.oracle import Oracle, check_on
from tests.sandbox.stdlib.trial import AMID_TIES, Trial, trials

CASES: dict[str, Oracle] = {
    "ta.ht_dcperiod(bar.close)": lambda b: talib.HT_DCPERIOD(b.close),
    "ta.ht_dcphase(bar.close)": lambda b: talib.HT_DCPHASE(b.close),
    "ta.ht_phasor(bar.close)": lambda b: talib.HT_PHASOR(b.close),
    "ta.ht_sine(bar.close)": lambda b: talib.HT_SINE(b.close),
    "ta.ht_trendline(bar.close)": lambda b: talib.HT_TRENDLINE(b.close),
    "ta.ht_trendmode(bar.close)": lambda b: talib.HT_TRENDMODE(b.close),
    "ta.mama(bar.close)": lambda b: talib.MAMA(b.close),
    "ta.mama(bar.high, 0.9, 0.01)": lambda b: talib.MAMA(b.high, 0.9, 0.01),
}


@trials(CASES, without=AMID_TIES)  # amid ties a phase rests on rounding errors
def test_a_cycle_indicator_equals_ta_lib(trial: Trial) -> None:
    trial()


@pytest.mark.parametrize("call", CASES)
def test_a_lone_impulse_is_told_as_ta_lib_tells_it(call: str) -> None:
    x = np.where(np.arange(300) == 45, 10.0, 0.0)
    check_on(BarColumns(np.arange(300), x, x, x, x, x), call, CASES[call])


@pytest.mark.parametrize("call", CASES)
def test_a_period_that_outgrows_what_was_seen_is_ta_libs(call: str) -> None:
    x = np.log(np.arange(1.0, 301.0))
    check_on(BarColumns(np.arange(300), x, x, x, x, x), call, CASES[call])


def test_the_period_of_a_sine_is_found_and_its_phase_advances_by_a_turn_a_period() -> None:
    x = 100.0 + np.sin(np.arange(600) * 2.0 * np.pi / 20.0)
    bars = BarColumns(np.arange(600), x, x, x, x, x)
    lines = ('plot("period", ta.ht_dcperiod(bar.close))', 'plot("phase", ta.ht_dcphase(bar.close))')
    period, phase = run(body(*lines), bars).plots[:, 300:]
    np.testing.assert_allclose(period, 20.0, atol=0.5)
    np.testing.assert_allclose(np.diff(phase) % 360.0, 18.0, atol=2.0)


def test_prices_that_stand_still_give_numbers() -> None:
    x = np.full(200, 5.0)
    bars = BarColumns(np.arange(200), x, x, x, x, x)
    lines = (
        "fast, slow = ta.mama(bar.close)",
        'plot("mama", fast)',
        'plot("phase", ta.ht_dcphase(bar.close))',
        'plot("line", ta.ht_trendline(bar.close))',
        'plot("trend", ta.ht_trendmode(bar.close))',
    )
    assert np.isfinite(run(body(*lines), bars).plots[:, 63:]).all()
