"""Research requests → rows of `research_requests`; their results → rows of `research_results`."""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple

from pydantic_core import to_json

from processors.projections.core.fold import RowFold
from processors.projections.core.times import utc
from schemas.events.base import Event
from schemas.events.requests import KINDS, ResearchRequest, Run
from schemas.events.research import (
    Queue,
    ResearchCancelled,
    ResearchCompleted,
    ResearchFailed,
    ResearchProgressed,
    ResearchResult,
    ResearchStarted,
)

TIMES = ("begin_ts", "end_ts", "as_of_ts")
JSONS = ("symbols", "params", "rules")
RUNNING, COMPLETED, FAILED, CANCELLED = "running", "completed", "failed", "cancelled"


class RequestRow(NamedTuple):
    """A request as it was asked; symbols, params and rules are JSON as the event holds them. What
    its kind does not ask for is None."""

    request_id: str
    queue: str
    author: str
    strategy_id: str | None
    version: int | None
    source: str | None
    feed: str | None
    symbols: str | None
    interval: str | None
    begin_ts: datetime | None
    end_ts: datetime | None
    params: str
    rules: str | None
    risk_free: float | None
    equity: bool | None
    page: bool | None
    requested_at: datetime
    cancel_at: datetime | None
    kind: str
    universe: str | None
    as_of_ts: datetime | None
    top: int | None


class ResultRow(NamedTuple):
    """What became of a request so far."""

    request_id: str
    state: str
    attempt: int
    done: int
    total: int
    started_at: datetime | None
    updated_at: datetime
    ended_at: datetime | None = None
    reason: str | None = None
    message: str | None = None
    diagnostics: str | None = None
    summary: str | None = None
    bars: int | None = None
    wasm_sha256: str | None = None
    report: str | None = None
    report_sha256: str | None = None
    report_bytes: int | None = None
    page_sha256: str | None = None


def requests_fold(queue: Queue) -> RowFold[RequestRow]:
    """The fold of one topic of requests."""

    def key_of(event: Event) -> tuple[str, str]:
        assert isinstance(event, ResearchRequest)
        return event.request_id, queue

    def advance(row: RequestRow | None, event: Event, at_ms: int) -> RequestRow | None:
        """The first request of an id counts, and of the cancellations behind it the first."""
        at = utc(at_ms * 1000)
        if isinstance(event, Run):
            return row or request_row(event, queue, at)
        if row is None or row.cancel_at is not None:
            return row
        return row._replace(cancel_at=at)

    return RowFold(RequestRow._make, key_of, advance, timed=True)


def request_row(event: Run, queue: Queue, at: datetime) -> RequestRow:
    """The row of a request at the time of its record."""
    asked: dict[str, Any] = dict.fromkeys(RequestRow._fields)
    asked |= event.model_dump(include=set(RequestRow._fields))
    asked |= {name: _time(asked[name]) for name in TIMES}
    asked |= {name: _json(getattr(event, name, None)) for name in JSONS}
    return RequestRow(**asked | {"queue": queue, "kind": KINDS[type(event)], "requested_at": at})


def _time(ts_us: int | None) -> datetime | None:
    return None if ts_us is None else utc(ts_us)


def _json(value: Any) -> str | None:
    return None if value is None else to_json(value).decode()


def result_key(event: Event) -> tuple[str]:
    """The key of the row that an event changes."""
    assert isinstance(event, ResearchResult)
    return (event.request_id,)


def advance_result(row: ResultRow | None, event: Event, at_ms: int) -> ResultRow | None:
    """The row after an event of that time.

    The first event that ends a request counts, of whatever attempt; before it, the newest attempt.
    """
    assert isinstance(event, ResearchResult)
    at = utc(at_ms * 1000)
    if row is not None and row.state != RUNNING:
        return row
    match event:
        case ResearchStarted():
            return _started(row, event, at)
        case ResearchProgressed():
            if row is None or event.attempt != row.attempt:
                return row
            return row._replace(done=event.done, total=event.total, updated_at=at)
    before = row or ResultRow(event.request_id, RUNNING, event.attempt, 0, 0, None, at)
    ended = before._replace(attempt=event.attempt, updated_at=at, ended_at=at)
    match event:
        case ResearchCompleted():
            return _completed(ended, event)
        case ResearchFailed():
            return ended._replace(
                state=FAILED,
                reason=event.reason,
                message=event.message,
                diagnostics=to_json(event.diagnostics).decode(),
            )
        case ResearchCancelled():
            return ended._replace(state=CANCELLED)


def _started(row: ResultRow | None, event: ResearchStarted, at: datetime) -> ResultRow:
    if row is not None and event.attempt <= row.attempt:
        return row
    return ResultRow(event.request_id, RUNNING, event.attempt, 0, 0, at, at)


def _completed(row: ResultRow, event: ResearchCompleted) -> ResultRow:
    return row._replace(
        state=COMPLETED,
        done=event.bars,
        total=event.bars,
        summary=to_json(event.summary).decode(),
        bars=event.bars,
        wasm_sha256=event.wasm_sha256,
        report=event.report,
        report_sha256=event.report_sha256,
        report_bytes=event.report_bytes,
        page_sha256=event.page_sha256,
    )


RESULTS_FOLD = RowFold(ResultRow._make, result_key, advance_result, timed=True)
