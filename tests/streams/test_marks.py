"""A reader that keeps one mark per partition sees each derived record once, in order."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from streams.marks import NO_MARK, HighWaterMarks

MARKS = [(offset, seq) for offset in range(6) for seq in range(2)]


@given(restarts=st.lists(st.tuples(st.integers(0, 12), st.integers(0, 12)), max_size=6))
def test_what_restarted_workers_write_again_is_dropped(restarts: list[tuple[int, int]]) -> None:
    # Each worker goes on from a checkpoint at or below what is written, and dies somewhere.
    log: list[tuple[int, int]] = []
    written = 0
    for start, length in [*restarts, (0, len(MARKS))]:
        begin = min(start, written)
        log += MARKS[begin : begin + length]
        written = max(written, min(begin + length, len(MARKS)))
    marks = HighWaterMarks()
    assert [mark for mark in log if marks.rises("t", 0, mark)] == MARKS


def test_a_mark_belongs_to_one_partition_of_one_topic() -> None:
    marks = HighWaterMarks()
    assert marks.rises("a", 0, (5, 0))
    assert marks.rises("a", 1, (5, 0))
    assert marks.rises("b", 0, (5, 0))
    assert not marks.rises("a", 0, (5, 0))
    assert not marks.rises("a", 0, (4, 9))


def test_a_repeat_leaves_the_mark_where_it_was() -> None:
    marks = HighWaterMarks()
    assert marks.get("a", 0) == NO_MARK
    assert marks.rises("a", 0, (0, 0)), "the very first record is above no mark"
    assert marks.rises("a", 0, (7, 1))
    marks.rises("a", 0, (3, 0))
    assert marks.get("a", 0) == (7, 1)
