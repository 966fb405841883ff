"""Signals and alerts of the deployed strategies, newest first."""

from __future__ import annotations

from dataclasses import replace

from starlette.requests import Request
from starlette.responses import Response

from api.answers import page_answer
from api.params import Directions, name_or_none, require_known, window_of
from api.reads.protocol import SignalFilter, Window
from api.routes.as_of import AS_OF, cuts_of
from api.services import services

NAMES = ("symbol", "feed", "interval", "strategy", "deployment")
PARAMETERS = (*NAMES, "from", "to", "limit", "cursor", AS_OF)
KEY_TYPES = (int, int, int, int)
SIGNALS: dict[str, tuple[type, ...]] = {"signals": KEY_TYPES}
ALERTS: dict[str, tuple[type, ...]] = {"alerts": KEY_TYPES}


async def signals(request: Request) -> Response:
    wanted = _wanted(request)
    page = await services(request).reads.signals(wanted, await _window(request, SIGNALS))
    return page_answer(request, "signals", page, "signals")


async def alerts(request: Request) -> Response:
    wanted = _wanted(request)
    page = await services(request).reads.alerts(wanted, await _window(request, ALERTS))
    return page_answer(request, "alerts", page, "alerts")


async def _window(request: Request, directions: Directions) -> Window:
    return replace(window_of(request, directions), cuts=await cuts_of(request))


def _wanted(request: Request) -> SignalFilter:
    require_known(request, PARAMETERS)
    return SignalFilter(*(name_or_none(request, name) for name in NAMES))
