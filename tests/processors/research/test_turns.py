"""Nobody's requests hold up another's."""

from __future__ import annotations

from collections import defaultdict

from hypothesis import given
from hypothesis import strategies as st

from processors.research.turns import Turns


def drained(turns: Turns) -> list[str]:
    return [turns.take() for _ in range(len(turns))]


def test_one_request_waits_for_one_of_whoever_asks_for_a_thousand() -> None:
    turns = Turns()
    for number in range(1_000):
        turns.add("busy", f"b{number}")
    assert turns.take() == "b0"
    turns.add("other", "o")
    assert [turns.take(), turns.take(), turns.take()] == ["b1", "o", "b2"]
    assert drained(turns) == [f"b{number}" for number in range(3, 1_000)]


def test_a_request_that_is_added_again_keeps_its_place() -> None:
    turns = Turns()
    for request_id in ("a", "b", "a"):
        turns.add("me", request_id)
    assert len(turns) == 2
    assert drained(turns) == ["a", "b"]
    turns.add("me", "a")
    assert drained(turns) == ["a"]


def test_cleared_turns_are_as_new() -> None:
    turns = Turns()
    turns.add("me", "a")
    turns.clear()
    assert not turns
    turns.add("me", "a")
    assert drained(turns) == ["a"]


@given(st.lists(st.one_of(st.sampled_from("abcd"), st.none()), max_size=200))
def test_who_waits_is_passed_over_by_each_other_once(calls: list[str | None]) -> None:
    turns = Turns()
    waiting: dict[str, list[str]] = defaultdict(list)
    passed: dict[str, list[str]] = defaultdict(list)
    for place, author in enumerate([*calls, *[None] * len(calls)]):
        if author is not None:
            turns.add(author, f"{author}{place}")
            waiting[author].append(f"{author}{place}")
        elif turns:
            taken = turns.take()
            assert waiting[taken[0]].pop(0) == taken, "in the order in which they asked"
            for other, requests in waiting.items():
                if requests and other != taken[0]:
                    assert taken[0] not in passed[other], "twice, while another waits"
                    passed[other].append(taken[0])
            passed.pop(taken[0], None)
    assert not turns
