"""Backtests: requests on the log that wait for their result, and reads of the view."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from api.answers import json_answer, page_answer
from api.bodies import body_problem, read_body, validated
from api.fresh import Item, settled
from api.gone import gone
from api.inputs import InputError, complete
from api.log.answers import within
from api.log.directory import Directory
from api.log.research import RANK, Known
from api.params import name_or_none, path_name, require_known, utc, window_of
from api.problems import Problem, not_found, parameter_problem, unavailable
from api.reads.protocol import EPOCH
from api.services import Services, services
from schemas.events.base import Event
from schemas.events.research import (
    CancelResearch,
    Queue,
    ResearchCompleted,
    ResearchEnd,
    ResearchFailed,
    ResearchRequest,
    RunBacktest,
)
from schemas.research_views import BacktestPlaced, NewBacktest, State
from schemas.views import AUTHOR_DEFAULT
from streams.catalog import RESEARCH_BATCH, RESEARCH_REQUESTS
from streams.producer import Position

PARAMETERS = ("strategy", "limit", "cursor")
REPORT_PARAMETERS = ("form",)
BACKTESTS: dict[str, tuple[type, ...]] = {"backtests": (int, str, str)}
FORMS = {"json": "application/json", "html": "text/html; charset=utf-8"}
PAGE_POLICY = (
    "sandbox allow-scripts; default-src 'none'; script-src 'unsafe-inline';"
    " style-src 'unsafe-inline'; img-src data: blob:; font-src data:"
)
"""The page holds all that it needs, and nothing of this origin is its business."""


async def backtests(request: Request) -> Response:
    require_known(request, PARAMETERS)
    strategy_id = name_or_none(request, "strategy")
    page = await services(request).reads.backtests(window_of(request, BACKTESTS), strategy_id)
    return page_answer(request, "backtests", page, "backtests")


async def backtest(request: Request) -> Response:
    require_known(request, ())
    request_id = path_name(request, "id", "request")
    return json_answer(await _item(services(request), request_id))


async def _item(shared: Services, request_id: str) -> Item:
    """The request as the view has it, once that is no older than what this process has read."""
    known = shared.tail.research.get(request_id)
    item = await settled(
        lambda: shared.reads.backtest(request_id), lambda found: _agrees(found, known)
    )
    if item is not None:
        return item
    if known is None:
        raise not_found(f"there is no backtest {request_id!r}; /v1/backtests lists what there is")
    raise unavailable(f"backtest {request_id!r} is on the log, but not yet in the view")


def _agrees(item: Item | None, known: Known | None) -> bool:
    if known is None or item is None:
        return known is None
    state: State = item["state"]
    return RANK[state] >= RANK[known.state]


async def report(request: Request) -> Response:
    require_known(request, REPORT_PARAMETERS)
    request_id = path_name(request, "id", "request")
    form = request.query_params.get("form", "json")
    if form not in FORMS:
        raise parameter_problem("form", "write json or html", allowed=list(FORMS))
    shared = services(request)
    item = await _item(shared, request_id)
    if item["state"] != "completed":
        why = item["message"] or "follow it on /v1/stream, or ask again"
        raise Problem(
            409,
            "conflict",
            f"backtest {request_id!r} has no report, since it is {item['state']}: {why}",
            state=item["state"],
        )
    found = await shared.reads.report(request_id, page=form == "html")
    if found is None:
        if form == "html" and not item["page"]:
            raise not_found("it was made without a page; ask for one with `page`")
        raise gone(item, NewBacktest, "/v1/backtests")
    tag = f'"{found.sha256}"'
    headers = {"ETag": tag}
    if form == "html":
        headers["Content-Security-Policy"] = PAGE_POLICY
    if tag in request.headers.get("if-none-match", ""):
        return Response(None, 304, headers)
    return Response(found.content, 200, headers, FORMS[form])


async def create(request: Request) -> Response:
    require_known(request, ())
    body = await read_body(request, NewBacktest)
    shared = services(request)
    await shared.tail.wait_until_caught_up(shared.settings.api.write_wait_s)
    run = _run(body, shared.tail.directory)
    if body.id is not None:
        await _check_free(shared, body.id)
    wait_s = shared.settings.api.write_wait_s if body.wait_s is None else body.wait_s
    request_id = run.request_id

    def ends_it(event: Event) -> bool:
        return isinstance(event, ResearchEnd) and event.request_id == request_id

    with shared.tail.answers.expect(ends_it) as end:
        place = await _publish(shared, body.queue, run)
        event = await within(end, wait_s)
    location = {"Location": f"/v1/backtests/{request_id}"}
    return json_answer(_placed(shared, request_id, place, event), 201 if event else 202, location)


async def _check_free(shared: Services, request_id: str) -> None:
    taken = shared.tail.research.get(request_id) is not None
    if taken or (await shared.reads.backtest(request_id)).items != b"[]":
        raise Problem(409, "conflict", f"backtest {request_id!r} exists; take another id")


def _run(body: NewBacktest, directory: Directory) -> RunBacktest:
    """The event that a request asks for; a Problem when it can't be had."""
    given: dict[str, Any] = body.model_dump(
        exclude={"id", "from_", "to", "queue", "wait_s"}, exclude_none=True
    )
    if body.strategy_id is not None:
        given |= _version(body, body.strategy_id, directory)
    elif body.version is not None:
        raise body_problem("version", "name the strategy too, with strategy_id")
    given["request_id"] = body.id or uuid.uuid4().hex
    for name, moment in (("begin_ts", body.from_), ("end_ts", body.to)):
        if moment is not None:
            given[name] = _us(moment)
    return validated(given, RunBacktest)


def _us(moment: datetime) -> int:
    return (utc(moment) - EPOCH) // timedelta(microseconds=1)


def _version(body: NewBacktest, strategy_id: str, directory: Directory) -> dict[str, Any]:
    """The version, the newest unless given, and all of its inputs."""
    strategy = directory.strategy(strategy_id)
    if strategy is None:
        raise body_problem("strategy_id", f"there is no strategy {strategy_id!r}")
    version = body.version or strategy.latest
    if version is None or version not in strategy.versions:
        has = ", ".join(str(number) for number in sorted(strategy.versions)) or "none"
        raise body_problem(
            "version",
            f"strategy {strategy_id!r} has versions: {has}",
            versions=sorted(strategy.versions),
        )
    specs = strategy.versions[version]
    try:
        params = complete(specs, body.params)
    except InputError as error:
        allowed = [spec.model_dump() for spec in specs]
        raise body_problem(error.field, error.message, params=allowed) from None
    return {"version": version, "params": params}


async def _publish(shared: Services, queue: Queue, event: ResearchRequest) -> Position:
    topic = RESEARCH_BATCH if queue == "batch" else RESEARCH_REQUESTS
    place = await shared.writer.publish(topic, event, event.request_id, uuid.uuid4().hex)
    shared.tail.research.apply(topic.name, event)  # which the reader may meet a moment later
    return place


def _placed(
    shared: Services, request_id: str, place: Position, event: Event | None
) -> BacktestPlaced:
    known = shared.tail.research.get(request_id) or Known()
    failed = event if isinstance(event, ResearchFailed) else None
    completed = event if isinstance(event, ResearchCompleted) else None
    return BacktestPlaced(
        id=request_id,
        state=known.state,
        attempt=event.attempt if isinstance(event, ResearchEnd) else 0,
        summary=completed and completed.summary,
        reason=failed and failed.reason,
        message=failed and failed.message,
        diagnostics=list(failed.diagnostics) if failed else [],
        report=f"/v1/backtests/{request_id}/report" if completed else None,
        topic=place.topic,
        partition=place.partition,
        offset=place.offset,
    )


async def cancel(request: Request) -> Response:
    require_known(request, ())
    request_id = path_name(request, "id", "request")
    shared = services(request)
    await shared.tail.wait_until_caught_up(shared.settings.api.write_wait_s)
    item = await _item(shared, request_id)
    known = shared.tail.research.get(request_id)
    state: State = known.state if known is not None and known.ended else item["state"]
    if RANK[state] == max(RANK.values()):
        raise Problem(409, "conflict", f"backtest {request_id!r} is {state} already", state=state)

    def ends_it(event: Event) -> bool:
        return isinstance(event, ResearchEnd) and event.request_id == request_id

    cancelled = CancelResearch(request_id=request_id, author=AUTHOR_DEFAULT)
    with shared.tail.answers.expect(ends_it) as end:
        place = await _publish(shared, item["queue"], cancelled)
        event = await within(end, shared.settings.api.write_wait_s)
    return json_answer(_placed(shared, request_id, place, event), 200 if event else 202)
