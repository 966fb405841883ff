"""Bars of several series come in the order in which they were, however they come and are cut."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from processors.research.merged import merged, streamed
from schemas.columns import BarColumns
from tests.processors.research.drawing import drawn_markets, markets, pieces, told

MINUTE_US = 60_000_000


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


@settings(max_examples=200, deadline=None)
@given(st.data(), markets(), st.integers(1, 400))
def test_the_runs_are_those_of_whole_columns(
    data: st.DataObject, bars: list[BarColumns], chunk: int
) -> None:
    runs = list(streamed([data.draw(pieces(each)) for each in bars], chunk))
    assert list(map(told, runs)) == list(map(told, merged(bars, chunk)))
    assert {(run.symbol.dtype, run.places.dtype) for run in runs} == {
        (np.dtype(np.int32), np.dtype(np.int64))
    }


def test_a_series_without_bars_is_as_one_that_has_ended() -> None:
    bars = drawn_markets(1, 2, 50, MINUTE_US)
    empty = bars[0].take(slice(0))
    runs = streamed([iter([bars[0]]), iter([empty]), iter(()), iter([bars[1]])], 16)
    symbols = np.concatenate([run.symbol for run in runs])
    assert np.bincount(symbols).tolist() == [len(bars[0]), 0, 0, len(bars[1])]
    assert list(streamed([iter(())])) == list(streamed([iter(()), iter(())])) == []


@pytest.mark.parametrize("count", [1, 2])
def test_pieces_that_go_back_in_time_are_no_stream(count: int) -> None:
    bars = drawn_markets(1, count, 50, MINUTE_US)
    twice = [iter([each, each]) for each in bars]
    with pytest.raises(AssertionError, match="do not rise"):
        list(streamed(twice, 100))


@pytest.mark.parametrize("count", [1, 3])
def test_no_more_is_read_than_a_run_and_a_piece_ahead(count: int) -> None:
    bars = drawn_markets(1, count, 3_000, MINUTE_US)
    read = [0] * count

    def watched(number: int) -> Iterator[BarColumns]:
        for first in range(0, len(bars[number]), 100):
            piece = bars[number].take(slice(first, first + 100))
            read[number] += len(piece)
            yield piece

    given_ = np.zeros(count, np.int64)
    for run in streamed([watched(number) for number in range(count)], 300):
        given_ += np.bincount(run.symbol, minlength=count)
        assert (np.array(read) - given_ <= 300 // count + 100).all()
    assert given_.tolist() == read == [len(each) for each in bars]


def test_a_large_piece_is_not_copied() -> None:
    (bars,) = drawn_markets(1, 1, 1_000, MINUTE_US)
    runs = list(streamed([iter([bars])], 100))
    assert all(np.shares_memory(run.bars.close, bars.close) for run in runs)
