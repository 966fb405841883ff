"""Bars are held where they are few, and gone through where they are many."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from processors.research.long_bars import begun, until
from schemas.columns import BarColumns, joined
from tests.columns import values
from tests.processors.research.drawing import markets, pieces


@settings(max_examples=100, deadline=None)
@given(st.data(), markets(), st.integers(-2, 2))
def test_few_bars_are_read_whole_and_many_begin_with_what_was_read(
    data: st.DataObject, bars: list[BarColumns], more: int
) -> None:
    most = max(sum(map(len, bars)) + more, 0)
    whole, streams = begun([data.draw(pieces(each)) for each in bars], most)
    assert (whole is not None) == (sum(map(len, bars)) <= most)
    wanted = list(map(values, bars))
    assert whole is None or list(map(values, whole)) == wanted
    assert [values(joined(stream)) for stream in streams] == wanted


@settings(max_examples=100, deadline=None)
@given(st.data(), markets(), st.integers(-1, 121))
def test_a_stream_ends_before_a_time(
    data: st.DataObject, bars: list[BarColumns], place: int
) -> None:
    whole = bars[0]
    end_us = int(whole.ts[min(place, len(whole) - 1)]) if place >= 0 else None
    found = joined(until(data.draw(pieces(whole)), end_us))
    kept = len(whole) if end_us is None else int((whole.ts < end_us).sum())
    assert values(found) == values(whole.take(slice(kept)))
