"""Conversations with the assistant."""

from __future__ import annotations

import uuid

from starlette.requests import Request
from starlette.responses import Response

from api.answers import json_answer, page_answer
from api.bodies import read_body
from api.params import path_name, require_known, window_of
from api.problems import not_found
from api.services import services
from schemas.events.chat import TurnPosted
from schemas.views import NewTurn, TurnPlaced
from streams.catalog import CHAT

PARAMETERS = ("limit", "cursor")
DIRECTIONS: dict[str, tuple[type, ...]] = {"turns": (int, str)}


async def conversation(request: Request) -> Response:
    require_known(request, PARAMETERS)
    conversation_id = path_name(request, "id", "conversation")
    window = window_of(request, DIRECTIONS)
    page = await services(request).reads.turns(conversation_id, window)
    if page.items == b"[]" and window.after is None:
        raise not_found(f"nothing was said in conversation {conversation_id!r} yet")
    members = {"conversation_id": conversation_id}
    return page_answer(request, "turns", page, "turns", members)


async def post_turn(request: Request) -> Response:
    require_known(request, ())
    conversation_id = path_name(request, "id", "conversation")
    body = await read_body(request, NewTurn)
    turn = TurnPosted(
        conversation_id=conversation_id,
        turn_id=uuid.uuid4().hex,
        author=body.author,
        text=body.text,
    )
    place = await services(request).writer.publish(CHAT, turn, conversation_id, turn.turn_id)
    placed = TurnPlaced(
        conversation_id=conversation_id,
        turn_id=turn.turn_id,
        stream=f"/v1/stream?conversation={conversation_id}",
        topic=place.topic,
        partition=place.partition,
        offset=place.offset,
    )
    return json_answer(placed, 202, {"Location": f"/v1/conversations/{conversation_id}"})
