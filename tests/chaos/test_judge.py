"""The judge of what clients saw finds what is missing, what came twice, and what came too early."""

from __future__ import annotations

import pytest

from tests.chaos import judge
from tests.chaos.judge import Told, unseen
from tests.chaos.watchers import Watcher, digest

BAR = '{"feed":"f","symbol":"A","interval":"1d","ts":%d}'
PLACE = ("market.bars.v1", 0)


def told(ts: int, symbol: str = "A") -> Told:
    return Told(PLACE, "BarClosed", symbol, digest("BarClosed", (BAR % ts).encode()), False)


def watcher(*times: int, **query: str) -> Watcher:
    one = Watcher("w", query, partitions=1)
    for ts in times:
        one.take("BarClosed", BAR % ts)
    return one


def test_each_event_once_and_in_order_is_right() -> None:
    assert unseen(watcher(1, 2, 3), [told(1), told(2), told(3)]) == []


@pytest.mark.parametrize(
    ("times", "said"),
    [((1, 3, 3), "number 1, 1 came twice"), ((1, 2), "number 2"), ((2, 1, 3), "number 0")],
)
def test_what_is_lost_repeated_or_out_of_order_is_found(
    times: tuple[int, ...], said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(judge, "SEEN_LIMIT_S", 0.2)
    (wrong,) = unseen(watcher(*times), [told(1), told(2), told(3)])
    assert said in wrong


def test_an_event_that_no_log_has_is_found() -> None:
    assert len(unseen(watcher(1, 2), [told(1)])) == 1


def test_what_its_filter_leaves_out_is_not_missed() -> None:
    log = [told(1), told(2, "B"), told(3)]
    assert unseen(watcher(1, 3, symbol="A", types="BarClosed"), log) == []
    assert unseen(watcher(types="AlertRaised"), log) == []


def test_a_refusal_is_told() -> None:
    one = watcher(1)
    one.refused.append("it is of another log")
    assert unseen(one, [told(1)]) == ["client 'w' was refused: it is of another log"]
