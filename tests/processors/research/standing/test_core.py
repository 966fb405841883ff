"""Of a standing screen's events the first of each counts, in whatever order two topics are read."""

from __future__ import annotations

from processors.research.standing.core import Standing, fold
from schemas.events.screens import ScreenClosed, ScreenEnded, ScreenEvent, ScreenRefused
from tests.processors.research.standing.following import registered

ENDED = ScreenEnded(screen_id="w", author="")
REFUSED = ScreenRefused(screen_id="w", reason="params", message="no")


def closed(close_ts: int, receipt: str = "") -> ScreenClosed:
    return ScreenClosed(
        screen_id="w",
        close_ts=close_ts,
        members=0,
        symbols=0,
        matched=0,
        matches=(),
        entered=(),
        left=(),
        missing=(),
        wasm_sha256="",
        receipt=receipt,
    )


def after(*events: ScreenEvent) -> Standing:
    state = Standing()
    for event in events:
        state = fold(state, event)
    return state


def test_the_first_registration_counts_and_then_the_first_end() -> None:
    first, second = registered(top=1), registered(top=2)
    assert after(first, second).runs == first
    assert after(ENDED, first).runs == first, "nothing was there to be ended"
    for end in (ENDED, REFUSED):
        assert after(first, end, second).runs is None


def test_closes_rise_and_of_two_about_one_the_first_counts() -> None:
    state = after(closed(5), closed(5, "again"), closed(4), registered())
    assert state.last == closed(5)
    assert state.runs == registered(), "closes may be read before the registration"
    assert after(closed(5), closed(6)).last == closed(6)
