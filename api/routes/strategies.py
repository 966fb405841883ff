"""Strategies: reads of the view, and edits that wait for their version or diagnostics."""

from __future__ import annotations

import re
import uuid

from starlette.requests import Request
from starlette.responses import Response

from api.answers import json_answer, page_answer
from api.bodies import body_problem, read_body
from api.fresh import Item, settled
from api.log.answers import within
from api.log.directory import Strategy
from api.params import path_name, require_known, window_of
from api.problems import Problem, not_found, unavailable
from api.reads.protocol import Window
from api.services import services
from schemas.events.base import Event
from schemas.events.strategies import (
    StrategyCompiled,
    StrategyDeleted,
    StrategyEdited,
    StrategyRejected,
)
from schemas.views import AUTHOR_DEFAULT, EditPlaced, NewStrategy, StrategyChange, VersionMade
from streams.catalog import EDITS

PARAMETERS = ("limit", "cursor")
STRATEGIES: dict[str, tuple[type, ...]] = {"strategies": (str,)}
VERSIONS: dict[str, tuple[type, ...]] = {"versions": (int,)}
ID_CHARS_MAX = 64


async def strategies(request: Request) -> Response:
    require_known(request, PARAMETERS)
    page = await services(request).reads.strategies(window_of(request, STRATEGIES))
    return page_answer(request, "strategies", page, "strategies")


async def strategy(request: Request) -> Response:
    require_known(request, ())
    strategy_id = path_name(request, "id", "strategy")
    shared = services(request)
    known = shared.tail.directory.strategies.get(strategy_id)
    item = await settled(
        lambda: shared.reads.strategies(Window(limit=1), strategy_id),
        lambda found: known is None or _agrees(found, known),
    )
    if item is not None:
        return json_answer(item)
    if known is None or known.deleted:
        raise _unknown(strategy_id)
    raise unavailable(f"strategy {strategy_id!r} is on the log, but not yet in the view")


def _agrees(item: Item | None, known: Strategy) -> bool:
    if item is None or known.deleted:
        return item is None and known.deleted
    waits = known.answered_edit_id != known.last_edit_id
    return (item["edit_id"], item["version"], item["edit_state"] == "waiting") == (
        known.last_edit_id,
        known.latest,
        waits,
    )


def _unknown(strategy_id: str) -> Problem:
    return not_found(f"there is no strategy {strategy_id!r}; /v1/strategies lists what there is")


async def versions(request: Request) -> Response:
    require_known(request, PARAMETERS)
    strategy_id = path_name(request, "id", "strategy")
    window = window_of(request, VERSIONS)
    shared = services(request)
    page = await shared.reads.versions(strategy_id, window)
    if page.items == b"[]" and window.after is None:
        found = await shared.reads.strategies(Window(limit=1), strategy_id)
        if found.items == b"[]":
            raise _unknown(strategy_id)
    return page_answer(request, "versions", page, "versions")


async def create(request: Request) -> Response:
    require_known(request, ())
    body = await read_body(request, NewStrategy)
    shared = services(request)
    await shared.tail.wait_until_caught_up(shared.settings.api.write_wait_s)
    strategy_id = body.id or _slug(body.name)
    existing = shared.tail.directory.strategy(strategy_id)
    if existing is not None and existing.versions:
        raise Problem(
            409,
            "conflict",
            f"strategy {strategy_id!r} exists; change it with PUT /v1/strategies/{strategy_id}",
        )
    edited = StrategyEdited(
        strategy_id=strategy_id,
        edit_id=uuid.uuid4().hex,
        name=body.name,
        source=body.source,
        wasm=body.wasm,
        author=body.author,
    )
    return await _edit(request, edited, 201)


def _slug(name: str) -> str:
    """`EMA cross, with RSI` becomes `ema-cross-with-rsi`."""
    slug = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:ID_CHARS_MAX].rstrip("-")
    if not slug:
        raise body_problem("id", "give one, since the name has no letter or digit to make one of")
    return slug


async def change(request: Request) -> Response:
    require_known(request, ())
    strategy_id = path_name(request, "id", "strategy")
    body = await read_body(request, StrategyChange)
    existing = await _existing(request, strategy_id)
    edited = StrategyEdited(
        strategy_id=strategy_id,
        edit_id=uuid.uuid4().hex,
        name=body.name or existing.name,
        source=body.source,
        wasm=body.wasm,
        author=body.author,
    )
    return await _edit(request, edited, 200)


async def _existing(request: Request, strategy_id: str) -> Strategy:
    tail, settings = services(request).tail, services(request).settings
    await tail.wait_until_caught_up(settings.api.write_wait_s)
    existing = tail.directory.strategy(strategy_id)
    if existing is None:
        raise _unknown(strategy_id)
    return existing


async def _edit(request: Request, edited: StrategyEdited, status: int) -> Response:
    """Write the edit and answer with what becomes of it, or with its place on the log."""
    shared = services(request)
    edit_id, strategy_id = edited.edit_id, edited.strategy_id

    def answers_it(event: Event) -> bool:
        return isinstance(event, StrategyCompiled | StrategyRejected) and event.edit_id == edit_id

    with shared.tail.answers.expect(answers_it) as answer:
        place = await shared.writer.publish(EDITS, edited, strategy_id, edit_id)
        event = await within(answer, shared.settings.api.write_wait_s)
    location = {"Location": f"/v1/strategies/{strategy_id}"}
    if isinstance(event, StrategyCompiled):
        return json_answer(_made(event), status, location)
    if isinstance(event, StrategyRejected):
        raise _rejected(event)
    placed = EditPlaced(
        id=strategy_id,
        edit_id=edit_id,
        topic=place.topic,
        partition=place.partition,
        offset=place.offset,
    )
    return json_answer(placed, 202, location)


def _made(event: StrategyCompiled) -> VersionMade:
    return VersionMade(
        id=event.strategy_id,
        edit_id=event.edit_id,
        version=event.version,
        name=event.name,
        params=list(event.params),
        plots=list(event.plots),
        source_sha256=event.source_sha256,
        wasm_sha256=event.wasm_sha256,
    )


def _rejected(event: StrategyRejected) -> Problem:
    found = [diagnostic.model_dump() for diagnostic in event.diagnostics]
    lines = [f"line {d.line}, column {d.column}: {d.message}" for d in event.diagnostics]
    return Problem(
        422,
        "strategy-rejected",
        "; ".join(lines) or "the strategy does not compile",
        id=event.strategy_id,
        edit_id=event.edit_id,
        diagnostics=found,
    )


async def delete(request: Request) -> Response:
    require_known(request, ())
    strategy_id = path_name(request, "id", "strategy")
    await _existing(request, strategy_id)
    shared = services(request)
    active = shared.tail.directory.active_deployments(strategy_id)
    if active:
        raise Problem(
            409,
            "conflict",
            f"strategy {strategy_id!r} is deployed as {', '.join(active)}; end that first with "
            f"DELETE /v1/deployments/{active[0]}",
            deployments=active,
        )
    edit_id = uuid.uuid4().hex
    deleted = StrategyDeleted(strategy_id=strategy_id, edit_id=edit_id, author=AUTHOR_DEFAULT)
    with shared.tail.answers.expect(lambda event: event == deleted) as seen:
        place = await shared.writer.publish(EDITS, deleted, strategy_id, edit_id)
        event = await within(seen, shared.settings.api.write_wait_s)
    placed = EditPlaced(
        id=strategy_id,
        edit_id=edit_id,
        topic=place.topic,
        partition=place.partition,
        offset=place.offset,
    )
    return json_answer(placed, 202 if event is None else 200)
