"""Steps that write records so that each has the offset that it had."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deploy.backup.offsets import WINDOW, Filler, GapError, Mark, steps, with_fillers


@dataclass(frozen=True)
class Placed:
    offset: int


def written(offsets: Sequence[int], end: int) -> list[int]:
    """The offsets that records get on a log on which the steps are done."""
    first = offsets[0]
    log_end = max(first - WINDOW, 0)
    open_transactions: set[int] = set()
    found = []
    for step in steps(with_fillers(map(Placed, offsets), first), end):
        if isinstance(step, Mark):
            for marker in step.markers:
                open_transactions.remove(marker)  # with at least one record in it
                assert marker == log_end
                log_end += 1
            continue
        assert step.record.offset == log_end
        if step.marker is not None:
            assert step.marker not in open_transactions
            open_transactions.add(step.marker)
        if not isinstance(step.record, Filler):
            found.append(log_end)
        log_end += 1
    assert not open_transactions
    assert log_end == end
    return found


@pytest.mark.parametrize(
    ("offsets", "end"),
    [
        ([0, 1, 2], 3),
        ([7, 8], 9),
        ([0, 2, 4], 6),
        ([0, 1, 4], 5),
        ([0, 1, 2, 4, 7], 9),
        ([1_000_000, 1_000_003], 1_000_005),
    ],
    ids=["dense", "cut", "single", "two at once", "interleaved", "behind deleted ones"],
)
def test_each_record_gets_its_offset(offsets: list[int], end: int) -> None:
    assert written(offsets, end) == offsets


@pytest.mark.parametrize(
    ("offsets", "end", "at", "width"),
    [([0, 2, 5], 6, 3, 2), ([0], 3, 1, 2), ([*range(600), 1200], 1201, 600, 600)],
)
def test_a_gap_without_records_to_carry_it_is_refused(
    offsets: list[int], end: int, at: int, width: int
) -> None:
    with pytest.raises(GapError) as caught:
        written(offsets, end)
    assert (caught.value.offset, caught.value.width) == (at, width)


@given(
    first=st.integers(0, 1_000),
    turns=st.lists(st.tuples(st.integers(0, 4), st.booleans()), min_size=1, max_size=300),
)
def test_whatever_transactions_leave_is_made_again(
    first: int, turns: list[tuple[int, bool]]
) -> None:
    """A history of records by five producers, of which each ends its transaction now and then."""
    offsets = []
    at = first
    begun: set[int] = set()
    for producer, ends in turns:
        if not ends:
            offsets.append(at)
            begun.add(producer)
            at += 1
        elif producer in begun:
            begun.remove(producer)
            at += 1
    if offsets:
        assert written(offsets, at) == offsets
