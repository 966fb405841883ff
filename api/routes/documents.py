"""The contracts as documents, and a page to read them."""

from __future__ import annotations

import json
from functools import cache
from importlib import resources
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from api.answers import json_answer
from api.params import require_known
from api.problems import PROBLEMS, not_found
from api.services import services

PAGE_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; "
    "script-src 'self'; connect-src 'self'; frame-ancestors 'none'",
}
LINKS = {
    "docs": "/docs",
    "openapi": "/openapi.json",
    "asyncapi": "/asyncapi.json",
    "stream": "/v1/stream",
    "series": "/v1/series",
    "actions": "/v1/actions",
    "instruments": "/v1/instruments",
    "strategies": "/v1/strategies",
    "deployments": "/v1/deployments",
    "backtests": "/v1/backtests",
    "signals": "/v1/signals",
    "alerts": "/v1/alerts",
    "status": "/v1/status",
    "health": "/healthz",
    "readiness": "/readyz",
}


async def index(_request: Request) -> Response:
    return json_answer({"name": "Peripheral", "links": LINKS})


async def openapi(_request: Request) -> Response:
    from api.openapi import openapi_document

    return json_answer(openapi_document())


async def asyncapi(request: Request) -> Response:
    from streams.asyncapi import asyncapi_document

    return json_answer(asyncapi_document(services(request).settings.kafka))


async def schema(request: Request) -> Response:
    require_known(request, ())
    name = str(request.path_params["name"])
    found = _schemas().get(name)
    if found is None:
        raise not_found(f"there is no schema {name[:80]!r}; there are {', '.join(_schemas())}")
    return Response(json.dumps(found), media_type="application/schema+json")


@cache
def _schemas() -> dict[str, dict[str, Any]]:
    """The events' JSON Schemas by name, as `json_schemas` names them."""
    from schemas.export import json_schemas
    from streams.catalog import EVENT_TYPES

    return json_schemas(EVENT_TYPES.values())


async def docs(_request: Request) -> Response:
    listed = "".join(
        f'<dt id="{name}">{name}</dt><dd>{words}</dd>' for name, words in PROBLEMS.items()
    )
    page = _page("docs.html").replace("<!-- problems -->", listed)
    return Response(page, 200, PAGE_HEADERS, "text/html")


async def docs_script(_request: Request) -> Response:
    return Response(_page("docs.js"), media_type="text/javascript")


@cache
def _page(name: str) -> str:
    return (resources.files("api") / "pages" / name).read_text()
