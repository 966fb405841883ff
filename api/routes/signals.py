"""Signals of the deployed strategies, newest first."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from api.answers import page_answer
from api.params import name_or_none, require_known, window_of
from api.reads.protocol import SignalFilter
from api.services import services

NAMES = ("symbol", "feed", "interval", "strategy", "deployment")
PARAMETERS = (*NAMES, "from", "to", "limit", "cursor")
DIRECTIONS: dict[str, tuple[type, ...]] = {"signals": (int, int, int, int)}


async def signals(request: Request) -> Response:
    require_known(request, PARAMETERS)
    symbol, feed, interval, strategy, deployment = (name_or_none(request, n) for n in NAMES)
    wanted = SignalFilter(symbol, feed, interval, strategy, deployment)
    page = await services(request).reads.signals(wanted, window_of(request, DIRECTIONS))
    return page_answer(request, "signals", page, "signals")
