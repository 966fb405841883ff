"""A request's events → what is to be done about it. Pure.

An attempt holds a lease, which each of its records renews; when it has run out, the worker counts
as dead and the next attempt is due. The first event that ends a request counts, of any attempt.
What is due is said again and again until the log shows that it was done: the agent knows what it
is doing already.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from schemas.events.requests import ResearchRequest, Run
from schemas.events.research import (
    CancelResearch,
    ResearchCancelled,
    ResearchCompleted,
    ResearchEnd,
    ResearchFailed,
    ResearchProgressed,
    ResearchResult,
    ResearchStarted,
    RunBacktest,
)
from schemas.events.screens import RunScreen

ATTEMPTS_MAX = 3


@dataclass(frozen=True, slots=True)
class Tick:
    """Time has passed and nothing else happened."""


@dataclass(frozen=True, slots=True)
class Lost:
    """The process that worked at this attempt has ended."""

    attempt: int


@dataclass(frozen=True, slots=True)
class Request:
    """A request as far as the log has it.

    run: None before the request itself was read (its results may be met first, since they are on
    another topic), and once it has ended. worker: who has the attempt.
    """

    run: Run | None = None
    attempt: int = 0
    worker: str = ""
    lease_s: float = 0.0
    lease_end_ms: int = 0
    cancelled: bool = False
    ended: bool = False

    @property
    def is_open(self) -> bool:
        """Whether there is something to be done about it."""
        return self.run is not None and not self.ended


@dataclass(frozen=True, slots=True)
class Start:
    """Begin this attempt."""

    run: Run
    attempt: int


@dataclass(frozen=True, slots=True)
class End:
    """Say that it was cancelled, or that so many attempts died that no more is made."""

    event: ResearchCancelled | ResearchFailed
    author: str


Action = Start | End | None
Input = ResearchRequest | ResearchResult | Tick | Lost


def advance(state: Request, event: Input, at_ms: int) -> tuple[Request, Action]:
    """The request after the event, and what is due then.

    at_ms: when the record was read, or the time of what is not on the log, by one clock that never
    jumps.
    """
    state = fold(state, event, at_ms)
    return state, due(state, at_ms)


def fold(state: Request, event: Input, at_ms: int) -> Request:
    """The request after the event."""
    if state.ended:
        return state
    match event:
        case RunBacktest() | RunScreen():
            return state if state.run is not None else replace(state, run=event)
        case CancelResearch():
            return state if state.run is None else replace(state, cancelled=True)
        case ResearchStarted():
            return _started(state, event, at_ms)
        case ResearchProgressed(attempt=attempt) if attempt == state.attempt:
            return replace(state, lease_end_ms=_lease_end_ms(at_ms, state.lease_s))
        case ResearchCompleted() | ResearchFailed() | ResearchCancelled():
            return Request(attempt=state.attempt, ended=True)
        case Lost(attempt) if attempt == state.attempt:
            return replace(state, lease_end_ms=0)
    return state


def _started(state: Request, event: ResearchStarted, at_ms: int) -> Request:
    if event.attempt < state.attempt:
        return state
    if event.attempt == state.attempt and event.worker != state.worker:
        return state  # the first one has it
    return replace(
        state,
        attempt=event.attempt,
        worker=event.worker,
        lease_s=event.lease_s,
        lease_end_ms=_lease_end_ms(at_ms, event.lease_s),
    )


def _lease_end_ms(at_ms: int, lease_s: float) -> int:
    return at_ms + round(lease_s * 1000)


def due(state: Request, at_ms: int) -> Action:
    """What the request needs now."""
    if state.run is None or state.ended:
        return None
    request_id = state.run.request_id
    if state.cancelled:
        cancelled = ResearchCancelled(request_id=request_id, attempt=state.attempt)
        return End(cancelled, state.run.author)
    if state.attempt and at_ms < state.lease_end_ms:
        return None
    if state.attempt >= ATTEMPTS_MAX:
        return End(given_up(request_id, state.attempt), state.run.author)
    return Start(state.run, state.attempt + 1)


def given_up(request_id: str, attempt: int) -> ResearchFailed:
    """What to say of a request whose workers died, each time."""
    return ResearchFailed(
        request_id=request_id,
        attempt=attempt,
        reason="workers_lost",
        message=f"The process that worked at it ended {attempt} times before it had a result, which"
        " is no fault of the request as a rule: look at the research worker's log, then ask again.",
    )


def is_end(event: object) -> bool:
    """Whether an event ends its request."""
    return isinstance(event, ResearchEnd)
