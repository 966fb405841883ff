"""Bars in pieces come as whole ones do, however they are cut, and are not held."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from processors.research.long_bars import begun
from processors.research.merged import Rows, merged, streamed
from schemas.columns import BarColumns, joined
from tests.processors.research.drawing import drawn_markets, markets

MINUTE_US = 60_000_000


@st.composite
def cuts(draw: st.DrawFn, bars: BarColumns) -> Iterator[BarColumns]:
    """The bars in pieces of any size, empty ones among them."""
    places = sorted(draw(st.lists(st.integers(0, len(bars)), max_size=8)))
    ends = zip([0, *places], [*places, len(bars)], strict=True)
    return iter([bars.take(slice(first, last)) for first, last in ends])


def values(bars: BarColumns) -> list[list[float]]:
    return [getattr(bars, field.name).tolist() for field in fields(bars)]


def told(run: Rows) -> tuple[list[int], list[int], list[list[float]]]:
    return run.symbol.tolist(), run.places.tolist(), values(run.bars)


@settings(max_examples=200, deadline=None)
@given(st.data(), markets(), st.integers(1, 400))
def test_the_runs_are_those_of_whole_columns(
    data: st.DataObject, bars: list[BarColumns], chunk: int
) -> None:
    runs = list(streamed([data.draw(cuts(each)) for each in bars], chunk))
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


@settings(max_examples=100, deadline=None)
@given(st.data(), markets(), st.integers(-2, 2))
def test_few_bars_are_read_whole_and_many_begin_with_what_was_read(
    data: st.DataObject, bars: list[BarColumns], more: int
) -> None:
    most = max(sum(map(len, bars)) + more, 0)
    whole, streams = begun([data.draw(cuts(each)) for each in bars], most)
    assert (whole is not None) == (sum(map(len, bars)) <= most)
    wanted = list(map(values, bars))
    assert whole is None or list(map(values, whole)) == wanted
    assert [values(joined(stream)) for stream in streams] == wanted
