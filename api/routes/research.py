"""Requests for research on the log that wait for their result, and reads of the view: what
backtests and screens have in common."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from api.answers import json_answer, page_answer
from api.bodies import body_problem, read_body
from api.fresh import Item, settled
from api.gone import gone
from api.log.answers import within
from api.log.directory import Directory
from api.log.research import RANK, Known
from api.params import name_or_none, path_name, require_known, window_of
from api.problems import Problem, not_found, parameter_problem, unavailable
from api.services import Services, services
from api.versions import version_of
from schemas.events.base import Event
from schemas.events.requests import Kind, ResearchRequest, Run
from schemas.events.research import (
    CancelResearch,
    Queue,
    ResearchCompleted,
    ResearchEnd,
    ResearchFailed,
)
from schemas.research_views import NewRequest, RequestPlaced, State
from schemas.views import AUTHOR_DEFAULT
from streams.catalog import RESEARCH_BATCH, RESEARCH_REQUESTS
from streams.producer import Position

PARAMETERS = ("strategy", "limit", "cursor")
NOT_IN_THE_EVENT = {"id", "queue", "wait_s"}
JSON_FORM = {"json": "application/json"}
PAGE_POLICY = (
    "sandbox allow-scripts; default-src 'none'; script-src 'unsafe-inline';"
    " style-src 'unsafe-inline'; img-src data: blob:; font-src data:"
)
"""The page holds all that it needs, and nothing of this origin is its business."""


@dataclass(frozen=True, slots=True)
class Requests:
    """The handlers of one kind of requests, below /v1/{name}.

    body: what POST takes; run: it, and the event's fields that all kinds share, to the event; it
    raises a Problem. forms: of the report, with their content types.
    """

    kind: Kind
    name: str
    body: type[NewRequest]
    run: Callable[[Any, dict[str, Any]], Run]
    forms: Mapping[str, str]

    @property
    def report_parameters(self) -> tuple[str, ...]:
        return ("form",) if len(self.forms) > 1 else ()

    async def list(self, request: Request) -> Response:
        require_known(request, PARAMETERS)
        strategy_id = name_or_none(request, "strategy")
        window = window_of(request, {self.name: (int, str, str)})
        page = await services(request).reads.requests(self.kind, window, strategy_id)
        return page_answer(request, self.name, page, self.name)

    async def one(self, request: Request) -> Response:
        require_known(request, ())
        request_id = path_name(request, "id", "request")
        return json_answer(await self._item(services(request), request_id))

    async def _item(self, shared: Services, request_id: str) -> Item:
        """The request as the view has it, once that is no older than what this process has
        read."""
        known = shared.tail.research.get(request_id)
        item = await settled(
            lambda: shared.reads.request(self.kind, request_id), lambda found: _agrees(found, known)
        )
        if item is not None:
            return item
        if known is None or known.kind not in (None, self.kind):
            raise not_found(
                f"there is no {self.kind} {request_id!r}; /v1/{self.name} lists what there is"
            )
        raise unavailable(f"{self.kind} {request_id!r} is on the log, but not yet in the view")

    async def report(self, request: Request) -> Response:
        require_known(request, self.report_parameters)
        request_id = path_name(request, "id", "request")
        form = request.query_params.get("form", "json")
        if form not in self.forms:
            raise parameter_problem("form", "write json or html", allowed=list(self.forms))
        shared = services(request)
        item = await self._item(shared, request_id)
        if item["state"] != "completed":
            why = item["message"] or "follow it on /v1/stream, or ask again"
            raise Problem(
                409,
                "conflict",
                f"{self.kind} {request_id!r} has no report, since it is {item['state']}: {why}",
                state=item["state"],
            )
        found = await shared.reads.report(request_id, page=form == "html")
        if found is None:
            if form == "html" and not item["page"]:
                raise not_found("it was made without a page; ask for one with `page`")
            raise gone(item, self.body, f"/v1/{self.name}")
        tag = f'"{found.sha256}"'
        headers = {"ETag": tag}
        if form == "html":
            headers["Content-Security-Policy"] = PAGE_POLICY
        if tag in request.headers.get("if-none-match", ""):
            return Response(None, 304, headers)
        return Response(found.content, 200, headers, self.forms[form])

    async def create(self, request: Request) -> Response:
        require_known(request, ())
        body = await read_body(request, self.body)
        shared = services(request)
        await shared.tail.wait_until_caught_up(shared.settings.api.write_wait_s)
        run = self.run(body, _shared_fields(body, shared.tail.directory))
        if body.id is not None:
            await _check_free(shared, body.id)
        wait_s = shared.settings.api.write_wait_s if body.wait_s is None else body.wait_s
        request_id = run.request_id
        with shared.tail.answers.expect(lambda event: _ends(event, request_id)) as end:
            place = await _publish(shared, body.queue, run)
            event = await within(end, wait_s)
        location = {"Location": f"/v1/{self.name}/{request_id}"}
        answer = self._placed(shared, request_id, place, event)
        return json_answer(answer, 201 if event else 202, location)

    async def cancel(self, request: Request) -> Response:
        require_known(request, ())
        request_id = path_name(request, "id", "request")
        shared = services(request)
        await shared.tail.wait_until_caught_up(shared.settings.api.write_wait_s)
        item = await self._item(shared, request_id)
        known = shared.tail.research.get(request_id)
        state: State = known.state if known is not None and known.ended else item["state"]
        if RANK[state] == max(RANK.values()):
            detail = f"{self.kind} {request_id!r} is {state} already"
            raise Problem(409, "conflict", detail, state=state)
        cancelled = CancelResearch(request_id=request_id, author=AUTHOR_DEFAULT)
        with shared.tail.answers.expect(lambda event: _ends(event, request_id)) as end:
            place = await _publish(shared, item["queue"], cancelled)
            event = await within(end, shared.settings.api.write_wait_s)
        answer = self._placed(shared, request_id, place, event)
        return json_answer(answer, 200 if event else 202)

    def _placed(
        self, shared: Services, request_id: str, place: Position, event: Event | None
    ) -> RequestPlaced:
        known = shared.tail.research.get(request_id) or Known()
        failed = event if isinstance(event, ResearchFailed) else None
        completed = event if isinstance(event, ResearchCompleted) else None
        return RequestPlaced(
            id=request_id,
            state=known.state,
            attempt=event.attempt if isinstance(event, ResearchEnd) else 0,
            summary=completed and completed.summary,
            reason=failed and failed.reason,
            message=failed and failed.message,
            diagnostics=list(failed.diagnostics) if failed else [],
            report=f"/v1/{self.name}/{request_id}/report" if completed else None,
            topic=place.topic,
            partition=place.partition,
            offset=place.offset,
        )


def _agrees(item: Item | None, known: Known | None) -> bool:
    if known is None or item is None:
        return known is None
    state: State = item["state"]
    return RANK[state] >= RANK[known.state]


def _ends(event: Event, request_id: str) -> bool:
    return isinstance(event, ResearchEnd) and event.request_id == request_id


async def _check_free(shared: Services, request_id: str) -> None:
    taken = shared.tail.research.get(request_id) is not None
    if taken or await shared.reads.has_request(request_id):
        raise Problem(409, "conflict", f"request {request_id!r} exists; take another id")


def _shared_fields(body: NewRequest, directory: Directory) -> dict[str, Any]:
    """The event's fields that all kinds have; a Problem when it can't be had."""
    given = body.model_dump(include=set(NewRequest.model_fields) - NOT_IN_THE_EVENT)
    given = {name: value for name, value in given.items() if value is not None}
    if body.strategy_id is not None:
        given |= version_of(body.strategy_id, body.version, body.params, directory)
    elif body.version is not None:
        raise body_problem("version", "name the strategy too, with strategy_id")
    return given | {"request_id": body.id or uuid.uuid4().hex}


async def _publish(shared: Services, queue: Queue, event: ResearchRequest) -> Position:
    topic = RESEARCH_BATCH if queue == "batch" else RESEARCH_REQUESTS
    place = await shared.writer.publish(topic, event, event.request_id, uuid.uuid4().hex)
    shared.tail.research.apply(topic.name, event)  # which the reader may meet a moment later
    return place
