"""Universes: definitions go to the log; who belongs to one follows from the view."""

from __future__ import annotations

import time
import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from api.answers import json_answer, page_answer
from api.bodies import body_problem, read_body, validated
from api.fresh import until
from api.params import microseconds, path_name, require_known, time_or_none, window_of
from api.problems import Problem, not_found
from api.reads.protocol import EPOCH
from api.services import Services, services
from schemas.events.universes import UniverseDefined
from schemas.series import interval_us
from schemas.universe_views import NewUniverse, UniverseMembers, UniversePlaced
from streams.catalog import UNIVERSES
from streams.universes import definition_at, members

PARAMETERS = ("limit", "cursor")
MEMBER_PARAMETERS = ("as_of",)
DIRECTIONS: dict[str, tuple[type, ...]] = {"universes": (str, int)}


async def universes(request: Request) -> Response:
    require_known(request, PARAMETERS)
    page = await services(request).reads.universes(window_of(request, DIRECTIONS))
    return page_answer(request, "universes", page, "universes")


async def create(request: Request) -> Response:
    require_known(request, ())
    body = await read_body(request, NewUniverse)
    now_us = time.time_ns() // 1_000
    given: dict[str, Any] = body.model_dump(exclude={"name", "effective"})
    effective_ts = now_us if body.effective is None else microseconds(body.effective)
    given |= {"universe": body.name, "effective_ts": effective_ts}
    defined = validated(given, UniverseDefined)
    shared = services(request)
    await _check_bars(shared, defined)
    place = await shared.writer.publish(UNIVERSES, defined, body.name, uuid.uuid4().hex)
    placed = UniversePlaced(
        name=body.name,
        effective=moment(effective_ts),
        topic=place.topic,
        partition=place.partition,
        offset=place.offset,
    )

    async def is_seen() -> bool:
        return defined in await shared.reads.universe_definitions(body.name)

    seen = await until(is_seen, shared.settings.api.write_wait_s)
    location = {"Location": f"/v1/universes/{body.name}"}
    return json_answer(placed, 201 if seen else 202, location)


async def universe(request: Request) -> Response:
    require_known(request, MEMBER_PARAMETERS)
    name = path_name(request, "name", "universe")
    as_of = time_or_none(request, "as_of")
    shared = services(request)
    at_us = None if as_of is None else microseconds(as_of)
    definition = await in_force(shared, name, at_us)
    last_us = await latest_close(shared, definition) if at_us is None else at_us
    candidates, listings = await shared.reads.universe_candidates(definition, last_us)
    answer = {
        "name": definition.universe,
        **definition.model_dump(include={"feed", "interval", "symbols", "rule", "author"}),
        "effective": moment(definition.effective_ts),
        "as_of": moment(last_us),
        "members": members(definition, candidates, listings, last_us),
    }
    return json_answer(UniverseMembers.model_validate(answer))


async def _check_bars(shared: Services, defined: UniverseDefined) -> None:
    """A Problem where earlier definitions are about other bars: standing screens run on these."""
    for each in (await shared.reads.universe_definitions(defined.universe))[:1]:
        for name in ("feed", "interval"):
            had = getattr(each, name)
            if had != getattr(defined, name):
                raise body_problem(
                    name, f"universe {each.universe!r} has {name} {had!r}; take another name"
                )


async def in_force(shared: Services, name: str, at_us: int | None) -> UniverseDefined:
    """The definition of a universe at a time, now where that is None; a Problem when there is
    none."""
    definitions = await shared.reads.universe_definitions(name)
    if not definitions:
        raise not_found(f"there is no universe {name!r}; /v1/universes lists what there is")
    when_us = time.time_ns() // 1_000 if at_us is None else at_us
    definition = definition_at(definitions, when_us)
    if definition is None:
        raise not_in_force(name, definitions, when_us)
    return definition


def not_in_force(name: str, definitions: Sequence[UniverseDefined], at_us: int) -> Problem:
    """A list that did not hold then."""
    first = moment(min(each.effective_ts for each in definitions))
    return Problem(
        409,
        "conflict",
        f"universe {name!r} is a list that holds from {first.isoformat()} on, and"
        f" {moment(at_us).isoformat()} is before that: define what it was then, with `effective`",
    )


async def latest_close(shared: Services, definition: UniverseDefined) -> int:
    """The newest close of the universe's feed; now where it has no bars."""
    last_us = await shared.reads.last_open(definition.feed, definition.interval)
    if last_us is None:
        return time.time_ns() // 1_000
    return last_us + interval_us(definition.interval)


def moment(ts_us: int) -> datetime:
    return EPOCH + timedelta(microseconds=ts_us)
