"""What is restored is one owner's whole state, whoever else writes beside it."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence

import pytest

from streams.codec import Outgoing
from streams.snapshots import ENTRY_BYTES_MAX, Entry, Snapshot, entry_records, owner_name, restore
from tests.records import RawRecord, raw

A, B = owner_name(1, "a"), owner_name(2, "b")


def log(*written: Iterable[Outgoing]) -> list[RawRecord]:
    """A snapshot partition that holds these, one after the other."""
    return [
        raw(offset, outgoing.key, outgoing.value)
        for offset, outgoing in enumerate(itertools.chain(*written))
    ]


def saved(
    owner: str, next_offset: int, *entries: Entry, stale: Sequence[bytes] = ()
) -> list[Outgoing]:
    return entry_records(owner, "v1", next_offset, entries, stale)


def test_nothing_is_a_fold_at_its_beginning() -> None:
    assert restore([], "v1") == Snapshot(0, {}, (), 1)


def test_a_checkpoint_comes_back_with_the_newest_of_each_entry() -> None:
    found = restore(log(saved(A, 5, ("x", b"1"), ("y", b"1")), saved(A, 9, ("x", b"2"))), "v1")
    assert (found.next_offset, dict(found.entries)) == (9, {"x": b"2", "y": b"1"})


def test_an_entry_that_is_gone_does_not_come_back() -> None:
    found = restore(log(saved(A, 5, ("x", b"1"), ("y", b"1")), saved(A, 9, ("x", None))), "v1")
    assert dict(found.entries) == {"y": b"1"}


def test_entries_come_before_what_vouches_for_them_and_deletions_after_it() -> None:
    keys = [
        record.key for record in saved(B, 5, ("x", b"1"), ("y", None), stale=[b"1-a|", b"1-a|x"])
    ]
    assert keys == [b"2-b|x", b"2-b|y", b"2-b|", b"1-a|", b"1-a|x"]


@pytest.mark.parametrize("kept", [1, 2])
def test_a_first_checkpoint_that_was_cut_short_counts_for_nothing(kept: int) -> None:
    first = saved(A, 5, ("x", b"1"), ("y", b"1"))
    found = restore(log(first, saved(B, 9, ("x", b"2"), ("y", b"2"))[:kept]), "v1")
    assert (found.next_offset, dict(found.entries)) == (5, {"x": b"1", "y": b"1"})


def test_a_later_one_that_was_cut_short_goes_on_where_the_last_whole_one_did() -> None:
    found = restore(log(saved(A, 5, ("x", b"1"), ("y", b"1")), saved(A, 9, ("x", b"2"))[:1]), "v1")
    assert (found.next_offset, dict(found.entries)) == (5, {"x": b"2", "y": b"1"})


def test_the_next_owner_is_above_all_others_and_deletes_what_they_wrote() -> None:
    found = restore(log(saved(A, 5, ("x", b"1")), saved(B, 3)[:0], saved(B, 7, ("x", b"2"))), "v1")
    assert found.generation == 3
    assert set(found.stale_keys) == {b"1-a|x", b"1-a|", b"2-b|x", b"2-b|"}


def test_an_owner_whose_place_is_given_deletes_nothing_of_those_above_it() -> None:
    found = restore(log(saved(A, 5, ("x", b"1")), saved(B, 7, ("x", b"2"))), "v1", generation=2)
    assert (found.generation, set(found.stale_keys)) == (2, {b"1-a|x", b"1-a|"})


def interleavings(first: list[Outgoing], second: list[Outgoing]) -> Iterable[list[Outgoing]]:
    """Every order of two owners' records that keeps the order of each."""
    count = len(first) + len(second)
    for places in itertools.combinations(range(count), len(first)):
        of_first, of_second = iter(first), iter(second)
        yield [next(of_first if place in places else of_second) for place in range(count)]


@pytest.mark.parametrize("late", [4, 6, 9])
def test_a_late_checkpoint_of_an_earlier_owner_is_never_mixed_with_a_newer_ones(late: int) -> None:
    base = saved(A, 3, ("x", b"a3"), ("y", b"a3"))
    stale = restore(log(base), "v1").stale_keys
    newer = saved(B, 6, ("x", b"b6"), ("y", b"b6"), stale=stale)
    older = saved(A, late, ("x", b"late"))
    for order in interleavings(newer, older):
        found = restore(log(base, order), "v1")
        assert (found.next_offset, dict(found.entries)) == (6, {"x": b"b6", "y": b"b6"})


def test_until_a_new_owner_has_written_a_whole_checkpoint_the_earlier_owners_late_one_counts() -> (
    None
):
    base = saved(A, 3, ("x", b"a3"), ("y", b"a3"))
    late = saved(A, 4, ("x", b"a4"))
    found = restore(log(base, saved(B, 6, ("x", b"b6"), ("y", b"b6"))[:2], late), "v1")
    assert (found.next_offset, dict(found.entries)) == (4, {"x": b"a4", "y": b"a3"})


def test_state_of_another_version_is_given_up_and_deleted_later() -> None:
    found = restore(log(saved(A, 5, ("x", b"1"))), "v2")
    assert found == Snapshot(0, {}, (b"1-a|x", b"1-a|"), 2)


def test_leftovers_of_another_version_are_not_read() -> None:
    base = saved(A, 50, ("x", b"old"), ("y", b"old"))
    first = entry_records(B, "v2", 6, [("x", b"new")], restore(log(base), "v2").stale_keys)
    for kept in range(2, len(first) + 1):
        found = restore(log(base, first[:kept]), "v2")
        assert (found.next_offset, dict(found.entries)) == (6, {"x": b"new"}), kept
    again = entry_records(A, "v1", 60, [("y", b"late")])
    found = restore(log(base, first, again), "v2")
    assert (found.next_offset, dict(found.entries)) == (6, {"x": b"new"})


def test_an_entry_that_no_reader_could_fetch_is_a_bug_of_ours() -> None:
    saved(A, 5, ("x", b"1" * ENTRY_BYTES_MAX))
    with pytest.raises(AssertionError, match="has 524289 bytes"):
        saved(A, 5, ("x", b"1" * (ENTRY_BYTES_MAX + 1)))


@pytest.mark.parametrize("vouching", [b"", b"\xc1", b"{}", b"\x92\xa1x\x01"])
def test_an_owner_that_vouches_with_nonsense_does_not_count(vouching: bytes) -> None:
    stray = [Outgoing(b"7-zz|x", b"9", []), Outgoing(b"7-zz|", vouching, [])]
    found = restore(log(saved(A, 5, ("x", b"1")), stray), "v1")
    assert (found.next_offset, dict(found.entries), found.generation) == (5, {"x": b"1"}, 8)


@pytest.mark.parametrize("key", [None, b"nonsense", b"x|y", b"\xff|", b"9-zz", b"0-a|"])
def test_what_is_no_snapshot_of_ours_is_passed_over(key: bytes | None) -> None:
    stray = [Outgoing(key, b"stray", [])]
    found = restore(log(saved(A, 5, ("x", b"1")), stray), "v1")
    assert (found.next_offset, dict(found.entries), found.generation) == (5, {"x": b"1"}, 2)
