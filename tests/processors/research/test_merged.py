"""Bars of several series come in the order in which they were, however they are cut."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from processors.research.merged import merged
from schemas.columns import BarColumns
from tests.processors.research.drawing import markets


@settings(max_examples=100, deadline=None)
@given(markets(), st.integers(1, 400))
def test_every_bar_comes_once_by_time_and_then_by_symbol(
    bars: list[BarColumns], chunk: int
) -> None:
    runs = list(merged(bars, chunk))
    symbol = np.concatenate([run.symbol for run in runs])
    places = np.concatenate([run.places for run in runs])
    ts = np.concatenate([run.bars.ts for run in runs])
    wanted = sorted(
        (int(time), number, place)
        for number, market in enumerate(bars)
        for place, time in enumerate(market.ts)
    )
    assert list(zip(ts.tolist(), symbol.tolist(), places.tolist(), strict=True)) == wanted
    for run in runs:
        for row in range(len(run.symbol)):
            market, place = bars[run.symbol[row]], run.places[row]
            assert run.bars.close[row] == market.close[place]


@settings(max_examples=100, deadline=None)
@given(markets(), st.integers(1, 50))
def test_no_time_is_cut_in_two(bars: list[BarColumns], chunk: int) -> None:
    times = [set(run.bars.ts.tolist()) for run in merged(bars, chunk)]
    assert sum(map(len, times)) == len(set().union(*times))
