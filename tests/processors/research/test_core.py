"""What is due about a request follows from its events and the time alone."""

from __future__ import annotations

from dataclasses import asdict
from itertools import permutations

import pytest

from processors.research.core import (
    ATTEMPTS_MAX,
    Action,
    End,
    Input,
    Lost,
    Request,
    Start,
    Tick,
    advance,
)
from sandbox.fills import FillRules
from schemas.events.fills import FillTerms
from schemas.events.research import (
    CancelResearch,
    ResearchCancelled,
    ResearchCompleted,
    ResearchFailed,
    ResearchProgressed,
    ResearchStarted,
    RunBacktest,
)

RUN = RunBacktest(
    request_id="r", author="me", source="x", feed="sample", symbols=("A",), interval="1d"
)
CANCEL = CancelResearch(request_id="r", author="me")


def started(attempt: int, worker: str = "w") -> ResearchStarted:
    return ResearchStarted(request_id="r", attempt=attempt, worker=worker, lease_s=5.0)


def progressed(attempt: int) -> ResearchProgressed:
    return ResearchProgressed(request_id="r", attempt=attempt, done=1, total=2)


def completed(attempt: int) -> ResearchCompleted:
    return ResearchCompleted(
        request_id="r", attempt=attempt, summary={"trades": 1}, bars=2, wasm_sha256="a",
        report="{}", report_sha256="b", report_bytes=2, page_sha256=None,
    )  # fmt: skip


def after(*events: Input | tuple[Input, int]) -> tuple[Request, Action]:
    """The state after events, each with its time in ms, 0 unless given."""
    state, action = Request(), None
    for each in events:
        event, at_ms = each if isinstance(each, tuple) else (each, 0)
        state, action = advance(state, event, at_ms)
    return state, action


def test_a_request_is_begun() -> None:
    assert after(RUN)[1] == Start(RUN, 1)


def test_the_first_request_of_an_id_counts() -> None:
    other = RUN.model_copy(update={"source": "y"})
    assert after(RUN, other)[1] == Start(RUN, 1)
    assert after(RUN, started(1), completed(1), other)[1] is None


def test_an_attempt_holds_its_lease_as_long_as_it_says_something() -> None:
    assert after(RUN, started(1), (Tick(), 4_999))[1] is None
    assert after(RUN, started(1), (Tick(), 5_000))[1] == Start(RUN, 2)
    assert after(RUN, started(1), (progressed(1), 4_000), (Tick(), 8_999))[1] is None


def test_what_an_older_attempt_says_renews_nothing() -> None:
    events = (RUN, started(1), (started(2), 6_000), (progressed(1), 10_000), (Tick(), 11_000))
    assert after(*events)[1] == Start(RUN, 3)


def test_of_two_that_begin_an_attempt_the_first_has_it() -> None:
    state, _ = after(RUN, started(1, "a"), (started(1, "b"), 3_000), (Tick(), 5_000))
    assert state.worker == "a"
    assert after(RUN, started(1, "a"), (started(1, "b"), 3_000), (Tick(), 5_000))[1] == Start(
        RUN, 2
    )


def test_a_lost_worker_is_followed_at_once() -> None:
    assert after(RUN, started(1), Lost(1))[1] == Start(RUN, 2)
    assert after(RUN, started(1), (started(2), 1), Lost(1))[1] is None


def test_after_so_many_attempts_it_fails() -> None:
    events = [each for n in range(1, ATTEMPTS_MAX + 1) for each in (started(n), Lost(n))]
    _, action = after(RUN, *events)
    assert isinstance(action, End)
    assert isinstance(action.event, ResearchFailed)
    assert action.event.reason == "workers_lost"


def test_a_cancelled_request_is_ended_whether_it_runs_or_not() -> None:
    assert after(RUN, CANCEL)[1] == End(ResearchCancelled(request_id="r", attempt=0), "me")
    running = after(RUN, started(1), CANCEL)[1]
    assert running == End(ResearchCancelled(request_id="r", attempt=1), "me")


def test_a_cancellation_without_a_request_means_nothing() -> None:
    assert after(CANCEL, RUN)[1] == Start(RUN, 1)


@pytest.mark.parametrize(
    "end",
    [
        completed(1),
        ResearchFailed(request_id="r", attempt=1, reason="no_bars", message="none"),
        ResearchCancelled(request_id="r", attempt=1),
    ],
    ids=lambda end: type(end).__name__,
)
def test_the_first_end_counts_and_nothing_is_due_behind_it(end: Input) -> None:
    state, action = after(RUN, started(1), (started(2), 6_000), (end, 6_001))
    assert action is None
    assert (
        after(RUN, started(1), end, completed(2), CANCEL, started(3), (Tick(), 99_999))[1] is None
    )
    assert state.run is None, "what has ended takes no room"


def test_results_may_be_met_before_their_request() -> None:
    events: tuple[Input, ...] = (RUN, started(1), completed(1))
    for order in permutations(events):
        assert after(*order)[1] is None
    assert after(started(1), RUN, (Tick(), 4_000))[1] is None


def test_fill_terms_are_the_fill_rules() -> None:
    """The contract imports nothing of ours, so that they are the same is held here."""
    assert FillTerms().model_dump() == asdict(FillRules())
    assert FillRules(**FillTerms().model_dump()) == FillRules()
