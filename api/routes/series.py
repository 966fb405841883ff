"""What series there are."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from api.answers import page_answer
from api.params import require_known, window_of
from api.services import services

PARAMETERS = ("limit", "cursor")
DIRECTIONS: dict[str, tuple[type, ...]] = {"series": (str, str, str)}


async def series(request: Request) -> Response:
    require_known(request, PARAMETERS)
    page = await services(request).reads.series(window_of(request, DIRECTIONS))
    return page_answer(request, "series", page, "series")
