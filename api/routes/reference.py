"""Actions and instruments: the same question of two tables."""

from __future__ import annotations

import asyncio

from starlette.requests import Request
from starlette.responses import Response

from api.answers import cursor_text, link_header, page_answer
from api.params import name_or_none, require_known, window_of
from api.reads.protocol import InstrumentFilter, ReferenceTable
from api.services import services
from api.tables import JSON, negotiate, reference_bytes

NAMES = ("symbol", "feed")
INSTRUMENT_PARAMETERS = (*NAMES, "limit", "cursor")
ACTION_PARAMETERS = (*NAMES, "from", "to", "limit", "cursor")
DIRECTIONS: dict[ReferenceTable, dict[str, tuple[type, ...]]] = {
    "actions": {"actions": (str, str, int, str, int)},
    "instruments": {"instruments": (str, str)},
}


async def actions(request: Request) -> Response:
    require_known(request, ACTION_PARAMETERS)
    return await _answer(request, "actions")


async def instruments(request: Request) -> Response:
    require_known(request, INSTRUMENT_PARAMETERS)
    return await _answer(request, "instruments")


async def _answer(request: Request, table: ReferenceTable) -> Response:
    media = negotiate(request.headers.get("accept", ""))
    wanted = InstrumentFilter(*(name_or_none(request, name) for name in NAMES))
    window = window_of(request, DIRECTIONS[table])
    if media == JSON:
        page = await services(request).reads.reference_page(table, wanted, window)
        answer = page_answer(request, table, page, table)
        answer.headers["Vary"] = "Accept"
        return answer
    rows = await services(request).reads.reference_rows(table, wanted, window)
    body = await asyncio.to_thread(reference_bytes, media, table, rows.rows)
    headers = link_header(request, cursor_text(table, rows.next))
    return Response(body, 200, {**headers, "Vary": "Accept"}, media)
