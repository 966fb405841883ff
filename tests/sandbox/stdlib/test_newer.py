"""What TA-Lib has beyond its classic functions equals TA-Lib's."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import talib as wheel

from schemas.columns import BarColumns
from tests.sandbox.market import daily_bars
from tests.sandbox.running import body, run
from tests.sandbox.stdlib.oracle import Oracle, check_on
from tests.sandbox.stdlib.trial import Trial, trials

talib: Any = wheel  # its stubs know a matype by its name only
HL = "bar.high, bar.low"
HLC = f"{HL}, bar.close"
OHLC = f"bar.open, {HLC}"
HLCV = f"{HLC}, bar.volume"
CASES: dict[str, Oracle] = {
    f"ta.ac({HL})": lambda b: talib.AC(b.high, b.low),
    f"ta.ac({HL}, 7, 3, 2)": lambda b: talib.AC(b.high, b.low, 7, 3, 2),
    f"ta.adr({HL})": lambda b: talib.ADR(b.high, b.low),
    f"ta.adr({HL}, 1)": lambda b: talib.ADR(b.high, b.low, 1),
    f"ta.ao({HL})": lambda b: talib.AO(b.high, b.low),
    f"ta.ao({HL}, 9, 2)": lambda b: talib.AO(b.high, b.low, 9, 2),
    f"ta.cmf({HLCV})": lambda b: talib.CMF(b.high, b.low, b.close, b.volume),
    f"ta.cmf({HLCV}, 2)": lambda b: talib.CMF(b.high, b.low, b.close, b.volume, 2),
    "ta.cmou(bar.close)": lambda b: talib.CMOU(b.close),
    "ta.cmou(bar.volume, 2)": lambda b: talib.CMOU(b.volume, 2),
    "ta.coppock(bar.close)": lambda b: talib.COPPOCK(b.close),
    "ta.coppock(bar.close, 1, 5, 1)": lambda b: talib.COPPOCK(b.close, 1, 5, 1),
    "ta.coppock(bar.volume, 4, 2, 9)": lambda b: talib.COPPOCK(b.volume, 4, 2, 9),
    "ta.cumsum(bar.close)": lambda b: talib.CUMSUM(b.close),
    f"ta.cvi({HL})": lambda b: talib.CVI(b.high, b.low),
    f"ta.cvi({HL}, 2, 1)": lambda b: talib.CVI(b.high, b.low, 2, 1),
    "ta.dpo(bar.close)": lambda b: talib.DPO(b.close),
    "ta.dpo(bar.volume, 2)": lambda b: talib.DPO(b.volume, 2),
    "ta.dpo(bar.close, 7)": lambda b: talib.DPO(b.close, 7),
    "ta.efi(bar.close, bar.volume)": lambda b: talib.EFI(b.close, b.volume),
    "ta.efi(bar.close, bar.volume, 1)": lambda b: talib.EFI(b.close, b.volume, 1),
    "ta.er(bar.close)": lambda b: talib.ER(b.close),
    "ta.er(bar.volume, 2)": lambda b: talib.ER(b.volume, 2),
    f"ta.eri({HLC})": lambda b: talib.ERI(b.high, b.low, b.close),
    f"ta.eri({HLC}, 1)": lambda b: talib.ERI(b.high, b.low, b.close, 1),
    "ta.fosc(bar.close)": lambda b: talib.FOSC(b.close),
    "ta.fosc(bar.volume, 2)": lambda b: talib.FOSC(b.volume, 2),
    "ta.fosc(bar.close, 21)": lambda b: talib.FOSC(b.close, 21),
    f"ta.fractal({HL})": lambda b: talib.FRACTAL(b.high, b.low),
    f"ta.fractal({HL}, 1, 1)": lambda b: talib.FRACTAL(b.high, b.low, 1, 1),
    f"ta.fractal({HL}, 5, 3)": lambda b: talib.FRACTAL(b.high, b.low, 5, 3),
    f"ta.ha({OHLC})": lambda b: talib.HA(b.open, b.high, b.low, b.close),
    f"ta.kdj({HLC})": lambda b: talib.KDJ(b.high, b.low, b.close),
    f"ta.kdj({HLC}, 1, 1, slowd_period=1)": lambda b: talib.KDJ(
        b.high, b.low, b.close, 1, 1, 13, 1
    ),
    f"ta.kdj({HLC}, 5, 3, slowk_matype=0, slowd_period=4, slowd_matype=1)": lambda b: talib.KDJ(
        b.high, b.low, b.close, 5, 3, 0, 4, 1
    ),
    f"ta.kdj({HLC}, slowk_matype=11)": lambda b: talib.KDJ(b.high, b.low, b.close, slowk_matype=11),
    f"ta.kdj({HLC}, slowk_matype=2, slowd_matype=11)": lambda b: talib.KDJ(
        b.high, b.low, b.close, slowk_matype=2, slowd_matype=11
    ),
    f"ta.marketfi({HL}, bar.volume)": lambda b: talib.MARKETFI(b.high, b.low, b.volume),
    f"ta.massi({HL})": lambda b: talib.MASSI(b.high, b.low),
    f"ta.massi({HL}, 2, 2)": lambda b: talib.MASSI(b.high, b.low, 2, 2),
    "ta.nvi(bar.close, bar.volume)": lambda b: talib.NVI(b.close, b.volume),
    "ta.percentile(bar.close)": lambda b: talib.PERCENTILE(b.close),
    "ta.percentile(bar.close, 2, 51.0)": lambda b: talib.PERCENTILE(b.close, 2, 51.0),
    "ta.percentile(bar.volume, 100, 7.0)": lambda b: talib.PERCENTILE(b.volume, 100, 7.0),
    "ta.percentile(bar.close, 9, 0.0)": lambda b: talib.PERCENTILE(b.close, 9, 0.0),
    "ta.pvi(bar.close, bar.volume)": lambda b: talib.PVI(b.close, b.volume),
    "ta.pvo(bar.volume)": lambda b: talib.PVO(b.volume),
    "ta.pvo(bar.volume, 9, 2, matype=0)": lambda b: talib.PVO(b.volume, 9, 2, 0),
    "ta.pvt(bar.close, bar.volume)": lambda b: talib.PVT(b.close, b.volume),
    "ta.qstick(bar.open, bar.close)": lambda b: talib.QSTICK(b.open, b.close),
    "ta.qstick(bar.open, bar.close, 1)": lambda b: talib.QSTICK(b.open, b.close, 1),
    "ta.rvi(bar.close)": lambda b: talib.RVI(b.close),
    "ta.rvi(bar.close, 1, 2)": lambda b: talib.RVI(b.close, 1, 2),
    "ta.rvi(bar.volume, 5, 21)": lambda b: talib.RVI(b.volume, 5, 21),
    "ta.rvol(bar.volume)": lambda b: talib.RVOL(b.volume),
    "ta.rvol(bar.volume, 1)": lambda b: talib.RVOL(b.volume, 1),
    f"ta.smi({HLC})": lambda b: talib.SMI(b.high, b.low, b.close),
    f"ta.smi({HLC}, 2, 3, 2, 5)": lambda b: talib.SMI(b.high, b.low, b.close, 2, 3, 2, 5),
    "ta.vhf(bar.close)": lambda b: talib.VHF(b.close),
    "ta.vhf(bar.volume, 2)": lambda b: talib.VHF(b.volume, 2),
    f"ta.vortex({HLC})": lambda b: talib.VORTEX(b.high, b.low, b.close),
    f"ta.vortex({HLC}, 1)": lambda b: talib.VORTEX(b.high, b.low, b.close, 1),
    f"ta.vortex({HLC}, 3)": lambda b: talib.VORTEX(b.high, b.low, b.close, 3),
    "ta.zlema(bar.close)": lambda b: talib.ZLEMA(b.close),
    "ta.zlema(bar.close, 2)": lambda b: talib.ZLEMA(b.close, 2),
    "ta.zlema(bar.volume, 7)": lambda b: talib.ZLEMA(b.volume, 7),
}


@trials(CASES)
def test_a_newer_indicator_equals_ta_lib(trial: Trial) -> None:
    trial()


ZEROS: dict[str, Oracle] = {
    "ta.fosc(bar.close)": CASES["ta.fosc(bar.close)"],
    "ta.coppock(bar.close)": CASES["ta.coppock(bar.close)"],
    "ta.pvo(bar.close, 3, 9)": lambda b: talib.PVO(b.close, 3, 9),
    "ta.rvol(bar.close, 1)": lambda b: talib.RVOL(b.close, 1),
    f"ta.smi({HLC}, 2, 3, 2, 5)": CASES[f"ta.smi({HLC}, 2, 3, 2, 5)"],
    f"ta.cvi({HL}, 2, 1)": CASES[f"ta.cvi({HL}, 2, 1)"],
    f"ta.massi({HL})": CASES[f"ta.massi({HL})"],
}


@pytest.mark.parametrize("call", ZEROS)
def test_inputs_of_zero_give_what_they_give_in_ta_lib(call: str) -> None:
    bars = daily_bars("MSFT")
    days = np.arange(len(bars))
    zero = (days < 80) | (days % 7 == 3)
    hidden = {name: np.where(zero, 0.0, getattr(bars, name)) for name in ("high", "low", "close")}
    check_on(replace(bars, **hidden), call, ZEROS[call])


RESTS = {
    call: CASES[call]
    for call in (
        "ta.cmou(bar.close)",
        "ta.er(bar.close)",
        "ta.rvi(bar.close)",
        "ta.vhf(bar.close)",
        f"ta.vortex({HLC})",
    )
}


@pytest.mark.parametrize("call", RESTS)
def test_rounding_errors_of_what_moved_do_not_outlive_it(call: str) -> None:
    check_on(resting_bars(), call, RESTS[call])


def test_where_no_volume_is_left_there_is_none_whereas_ta_lib_keeps_its_rounding_errors() -> None:
    bars = resting_bars()
    twice = replace(bars.take(np.repeat(np.arange(400), 2)), ts=np.arange(800))
    hide = "volume = bar.volume if bar.time % 2 == 1 else na"
    plots = (f'plot("cmf", ta.cmf({HLC}, volume))', 'plot("rvol", ta.rvol(volume))')
    flow, relative = run(body(hide, *plots), twice).plots[:, 1::2]
    assert np.all(flow[69:75] == 0.0)
    assert np.all(np.isnan(relative[70:75]))
    assert np.all(talib.RVOL(bars.volume)[70:75] == 0.0)


def resting_bars() -> BarColumns:
    """Fifty bars of fractions that are not whole in binary, fifty of a standstill, in turns."""
    chance = np.random.default_rng(5)
    moving = np.arange(400) % 100 < 50
    close = 100.0 + np.cumsum(np.where(moving, chance.normal(0.0, 0.1, 400), 0.0))
    volume = np.where(moving, chance.uniform(0.0, 1e6, 400), 0.0)
    reach = np.where(moving, 0.3, 0.0)
    return BarColumns(np.arange(400), close, close + reach, close - reach, close, volume)
