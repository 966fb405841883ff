"""What a process knows of research ahead of the view: states go forward, room is bounded."""

from __future__ import annotations

from api.log.research import Known, RecentResearch
from schemas.events.research import (
    ResearchCancelled,
    ResearchFailed,
    ResearchProgressed,
    ResearchStarted,
    RunBacktest,
)
from streams.catalog import RESEARCH_BATCH, RESEARCH_REQUESTS, RESEARCH_RESULTS


def run(request_id: str) -> RunBacktest:
    return RunBacktest(
        request_id=request_id,
        author="me",
        source="x",
        feed="sample",
        symbols=("A",),
        interval="1d",
    )


STARTED = ResearchStarted(request_id="r", attempt=1, worker="w", lease_s=5.0)


def test_a_request_goes_from_waiting_to_its_first_end() -> None:
    recent = RecentResearch()
    recent.apply(RESEARCH_BATCH.name, run("r"))
    assert recent.get("r") == Known("batch", "backtest", "waiting")
    recent.apply(RESEARCH_RESULTS.name, STARTED)
    assert recent.get("r") == Known("batch", "backtest", "running")
    failed = ResearchFailed(request_id="r", attempt=1, reason="no_bars", message="none")
    recent.apply(RESEARCH_RESULTS.name, failed)
    for late in (ResearchCancelled(request_id="r", attempt=1), STARTED, run("r")):
        recent.apply(RESEARCH_REQUESTS.name, late)
    known = recent.get("r")
    assert known == Known("batch", "backtest", "failed")
    assert known.ended


def test_results_may_be_read_before_their_request() -> None:
    recent = RecentResearch()
    recent.apply(RESEARCH_RESULTS.name, STARTED)
    assert recent.get("r") == Known(None, None, "running")
    recent.apply(RESEARCH_REQUESTS.name, run("r"))
    assert recent.get("r") == Known("interactive", "backtest", "running")


def test_only_the_newest_are_kept() -> None:
    recent = RecentResearch(requests_max=3)
    for number in range(5):
        recent.apply(RESEARCH_REQUESTS.name, run(f"r{number}"))
    assert [recent.get(f"r{number}") is not None for number in range(5)] == [False] * 2 + [True] * 3


def test_what_tells_of_no_state_is_ignored() -> None:
    recent = RecentResearch()
    progress = ResearchProgressed(request_id="r", attempt=1, done=1, total=2)
    recent.apply(RESEARCH_RESULTS.name, progress)
    assert recent.get("r") is None
