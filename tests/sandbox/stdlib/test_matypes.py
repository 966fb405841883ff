"""What takes a kind of moving average equals TA-Lib for every kind."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import talib as wheel

from tests.sandbox.market import daily_bars
from tests.sandbox.stdlib.oracle import Oracle, check_like_talib, plotted
from tests.sandbox.stdlib.trial import WITH_PARAMS, Trial, trials

talib: Any = wheel  # its stubs know a matype by its name only, and of MAVP no periods

HLC = "bar.high, bar.low, bar.close"
WIDTH = "(bar.high - bar.low) * 9.0"


def cases_of(m: int) -> dict[str, Oracle]:
    """Calls with this matype."""
    return {
        f"ta.ma(bar.close, 1, {m})": lambda b: talib.MA(b.close, 1, m),
        f"ta.ma(bar.close, 2, {m})": lambda b: talib.MA(b.close, 2, m),
        f"ta.ma(bar.close, 30, {m})": lambda b: talib.MA(b.close, 30, m),
        f"ta.bbands(bar.close, 20, 2.0, 1.0, {m})": lambda b: talib.BBANDS(
            b.close, 20, 2.0, 1.0, m
        ),
        f"ta.bbands(bar.close, 50, 1.0, 1.0, {m})": lambda b: talib.BBANDS(
            b.close, 50, 1.0, 1.0, m
        ),
        f"ta.apo(bar.close, 12, 26, {m})": lambda b: talib.APO(b.close, 12, 26, m),
        f"ta.apo(bar.close, 9, 4, {m})": lambda b: talib.APO(b.close, 9, 4, m),
        f"ta.ppo(bar.close, 3, 10, {m})": lambda b: talib.PPO(b.close, 3, 10, m),
        f"ta.macdext(bar.close, 12, {m}, 26, 0, 9, 1)": lambda b: talib.MACDEXT(
            b.close, 12, m, 26, 0, 9, 1
        ),
        f"ta.macdext(bar.close, 40, 4, 9, {m}, 5, {m})": lambda b: talib.MACDEXT(
            b.close, 40, 4, 9, m, 5, m
        ),
        f"ta.stoch({HLC}, 5, 3, {m}, 4, {m})": lambda b: talib.STOCH(
            b.high, b.low, b.close, 5, 3, m, 4, m
        ),
        f"ta.stochf({HLC}, 14, 5, {m})": lambda b: talib.STOCHF(b.high, b.low, b.close, 14, 5, m),
    }


CASES = {call: oracle for m in range(14) for call, oracle in cases_of(m).items()}
DEFAULTS: dict[str, Oracle] = {
    "ta.ma(bar.close)": lambda b: talib.MA(b.close),
    "ta.apo(bar.close)": lambda b: talib.APO(b.close),
    "ta.ppo(bar.close)": lambda b: talib.PPO(b.close),
    "ta.macd(bar.close)": lambda b: talib.MACD(b.close),
    "ta.macd(bar.close, 5, 35, 5)": lambda b: talib.MACD(b.close, 5, 35, 5),
    "ta.macd(bar.close, 26, 12, 9)": lambda b: talib.MACD(b.close, 26, 12, 9),
    "ta.macd(bar.close, 5, 3, 1)": lambda b: talib.MACD(b.close, 5, 3, 1),
    "ta.macdfix(bar.close)": lambda b: talib.MACDFIX(b.close),
    "ta.macdfix(bar.close, 1)": lambda b: talib.MACDFIX(b.close, 1),
    "ta.macdext(bar.close)": lambda b: talib.MACDEXT(b.close),
    f"ta.stoch({HLC})": lambda b: talib.STOCH(b.high, b.low, b.close),
    f"ta.stochf({HLC})": lambda b: talib.STOCHF(b.high, b.low, b.close),
    f"ta.stochf({HLC}, 1, 1)": lambda b: talib.STOCHF(b.high, b.low, b.close, 1, 1),
    "ta.stochrsi(bar.close)": lambda b: talib.STOCHRSI(b.close),
    "ta.stochrsi(bar.close, 9, 14, 5, 1)": lambda b: talib.STOCHRSI(b.close, 9, 14, 5, 1),
    f"ta.mavp(bar.close, {WIDTH})": lambda b: talib.MAVP(b.close, (b.high - b.low) * 9.0),
    f"ta.mavp(bar.volume, {WIDTH}, 5, 200)": lambda b: talib.MAVP(
        b.volume, (b.high - b.low) * 9.0, 5, 200
    ),
    f"ta.mavp(bar.close, {WIDTH}, 3, 3, 11)": lambda b: talib.MAVP(
        b.close, (b.high - b.low) * 9.0, 3, 3, 11
    ),
    f"ta.mavp(bar.close, {WIDTH}, 2, 30, 10)": lambda b: talib.MAVP(
        b.close, (b.high - b.low) * 9.0, 2, 30, 10
    ),
}


@pytest.mark.parametrize("call", CASES)
def test_every_kind_of_average_equals_ta_lib(call: str) -> None:
    check_like_talib(call, CASES[call])


@trials(DEFAULTS, without=WITH_PARAMS)  # some of the whole numbers are kinds
def test_an_oscillator_equals_ta_lib(trial: Trial) -> None:
    trial()


def test_an_unknown_kind_and_one_that_mavp_lacks_give_na() -> None:
    bars = daily_bars("IBM")
    for call in ("ta.ma(bar.close, 5, 14)", f"ta.mavp(bar.close, {WIDTH}, 2, 30, 1)"):
        assert np.isnan(plotted(call, bars, (bars.close,))).all()
