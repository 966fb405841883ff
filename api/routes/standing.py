"""Standing screens: registrations and their ends go to the log; what they pick is read of the
view."""

from __future__ import annotations

import json
import uuid
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from api.answers import json_answer, page_answer
from api.bodies import body_problem, read_body, validated
from api.fresh import Item, until
from api.params import microseconds, path_name, require_known, window_of
from api.problems import Problem, not_found
from api.reads.protocol import Window
from api.routes.universes import latest_close, not_in_force
from api.services import Services, services
from api.versions import version_of
from schemas.events.screens import ScreenEnded, ScreenRegistered
from schemas.standing_views import NewStanding, StandingPlaced
from schemas.views import AUTHOR_DEFAULT
from streams.catalog import STANDING
from streams.producer import Position
from streams.universes import definition_at

PARAMETERS = ("limit", "cursor")
CLOSE_PARAMETERS = ("from", "to", "limit", "cursor")
PATH = "/v1/screens/standing"


async def standing(request: Request) -> Response:
    require_known(request, PARAMETERS)
    window = window_of(request, {"standing": (str,)})
    page = await services(request).reads.standing_screens(window)
    return page_answer(request, "standing", page, "standing")


async def one(request: Request) -> Response:
    require_known(request, ())
    screen_id = path_name(request, "id", "screen")
    return json_answer(await _there(services(request), screen_id))


async def closes(request: Request) -> Response:
    require_known(request, CLOSE_PARAMETERS)
    screen_id = path_name(request, "id", "screen")
    shared = services(request)
    page = await shared.reads.screen_closes(screen_id, window_of(request, {"closes": (int,)}))
    if page.items == b"[]":
        await _there(shared, screen_id)
    return page_answer(request, "closes", page, "closes")


async def create(request: Request) -> Response:
    require_known(request, ())
    body = await read_body(request, NewStanding)
    shared = services(request)
    await shared.tail.wait_until_caught_up(shared.settings.api.write_wait_s)
    given: dict[str, Any] = body.model_dump(exclude={"id", "begin"})
    given |= version_of(body.strategy_id, body.version, body.params, shared.tail.directory)
    given["screen_id"] = body.id or f"{body.universe[:50]}-{uuid.uuid4().hex[:8]}"
    given["begin_ts"] = None if body.begin is None else microseconds(body.begin)
    registered = validated(given, ScreenRegistered)
    await _check_universe(shared, registered)
    if await _item(shared, registered.screen_id) is not None:
        detail = f"standing screen {registered.screen_id!r} exists; take another id"
        raise Problem(409, "conflict", detail)
    place = await _publish(shared, registered)

    async def is_seen() -> bool:
        return await _item(shared, registered.screen_id) is not None

    seen = await until(is_seen, shared.settings.api.write_wait_s)
    location = {"Location": f"{PATH}/{registered.screen_id}"}
    return json_answer(_placed(registered.screen_id, place), 201 if seen else 202, location)


async def end(request: Request) -> Response:
    require_known(request, ())
    screen_id = path_name(request, "id", "screen")
    shared = services(request)
    item = await _there(shared, screen_id)
    if item["state"] != "active":
        detail = f"standing screen {screen_id!r} is {item['state']} already"
        raise Problem(409, "conflict", detail, state=item["state"])
    place = await _publish(shared, ScreenEnded(screen_id=screen_id, author=AUTHOR_DEFAULT))

    async def is_seen() -> bool:
        return bool((await _there(shared, screen_id))["state"] != "active")

    seen = await until(is_seen, shared.settings.api.write_wait_s)
    return json_answer(_placed(screen_id, place), 200 if seen else 202)


async def _check_universe(shared: Services, registered: ScreenRegistered) -> None:
    """A Problem where the universe is nothing at the first close, so that nothing would be said."""
    name = registered.universe
    definitions = await shared.reads.universe_definitions(name)
    if not definitions:
        raise body_problem("universe", f"there is no universe {name!r}; /v1/universes lists them")
    first_us = registered.begin_ts
    if first_us is None:
        first_us = await latest_close(shared, definitions[0])
    if definition_at(definitions, first_us) is None:
        raise not_in_force(name, definitions, first_us)


async def _item(shared: Services, screen_id: str) -> Item | None:
    page = await shared.reads.standing_screens(Window(limit=1), screen_id)
    items: list[Item] = json.loads(page.items)
    return items[0] if items else None


async def _there(shared: Services, screen_id: str) -> Item:
    item = await _item(shared, screen_id)
    if item is None:
        raise not_found(f"there is no standing screen {screen_id!r}; {PATH} lists them")
    return item


async def _publish(shared: Services, event: ScreenRegistered | ScreenEnded) -> Position:
    return await shared.writer.publish(STANDING, event, event.screen_id, uuid.uuid4().hex)


def _placed(screen_id: str, place: Position) -> StandingPlaced:
    return StandingPlaced(
        id=screen_id, topic=place.topic, partition=place.partition, offset=place.offset
    )
