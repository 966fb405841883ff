"""What a price did between visits, against looking at every bar."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from processors.research.carried import steps_of
from processors.research.held import HeldFold
from processors.research.market import Markets
from processors.research.visits import VisitFold, Visits
from schemas.columns import BarColumns
from tests.processors.research.drawing import markets


@st.composite
def cases(draw: st.DrawFn) -> tuple[list[BarColumns], int, float, int]:
    return (
        draw(markets()),
        draw(st.sampled_from([1, 3, 50, 10_000])),
        draw(st.sampled_from([0.0, 0.1, 0.9])),
        draw(st.integers(0, 99)),
    )


def visited(bars: list[BarColumns], chunk: int, share: float, seed: int) -> list[set[int]]:
    chance = np.random.default_rng(seed)
    return [set(np.flatnonzero(chance.random(len(each)) < share).tolist()) for each in bars]


def folded(bars: list[BarColumns], chunk: int, at: list[set[int]]) -> list[Visits]:
    fold = VisitFold(len(bars))
    for rows in Markets(bars).rows(chunk):
        pairs = zip(rows.symbol.tolist(), rows.places.tolist(), strict=True)
        mine = [row for row, (symbol, place) in enumerate(pairs) if place in at[symbol]]
        fold.add(rows, steps_of(rows.symbol, len(bars)), None, np.array(mine, np.intp))
    return list(fold.visits())


@settings(max_examples=200, deadline=None)
@given(cases())
def test_between_visits_are_the_extremes_of_the_bars_there(
    case: tuple[list[BarColumns], int, float, int],
) -> None:
    bars, chunk, *_ = case
    at = visited(*case)
    for market, places, seen in zip(bars, at, folded(bars, chunk, at), strict=True):
        rows = sorted(places)
        if not len(market):
            continue
        assert seen.row.tolist() == [*rows, len(market) - 1]
        assert seen.ts.tolist() == market.ts[seen.row].tolist()
        assert seen.close == market.close[-1]
        edges = [-1, *rows, len(market)]
        for number, (begin, end) in enumerate(pairwise(edges)):
            low, high = market.low[begin + 1 : end], market.high[begin + 1 : end]
            assert seen.low[2 * number] == low.min(initial=np.inf)
            assert seen.high[2 * number] == high.max(initial=-np.inf)
        assert seen.low[1::2].tolist() == market.low[rows].tolist()
        assert seen.high[1::2].tolist() == market.high[rows].tolist()


@settings(max_examples=100, deadline=None)
@given(cases())
def test_what_is_held_is_worth_an_equal_part_in_each(
    case: tuple[list[BarColumns], int, float, int],
) -> None:
    bars, chunk, *_ = case
    fold, found = HeldFold(len(bars), 100.0), []
    for rows in Markets(bars).rows(chunk):
        worth = fold.add(rows.symbol, rows.bars.close, steps_of(rows.symbol, len(bars)))
        found += list(zip(rows.bars.ts.tolist(), worth.tolist(), strict=True))
    for ts, worth in dict(found).items():  # the last of each time
        meant = 0.0
        for market in bars:
            known = market.close[market.ts <= ts]
            meant += 100.0 / len(bars) * (known[-1] / known[0] if len(known) else 1.0)
        np.testing.assert_allclose(worth, meant, rtol=1e-9)
