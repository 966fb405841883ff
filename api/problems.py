"""Every error of the API as `application/problem+json` (RFC 9457)."""

from __future__ import annotations

import http
import json
import logging
from collections.abc import Mapping
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from api.log.tail import LogUnavailableError
from api.reads.protocol import ViewUnavailableError

MEDIA_TYPE = "application/problem+json"
RETRY_AFTER_S = 2

PROBLEMS = {
    "invalid-parameter": "A parameter of the query can't be used; `parameter` names it.",
    "malformed-json": "The body is not JSON; `line` and `column` say where it stops being so.",
    "not-found": "There is nothing at this address.",
    "method-not-allowed": "The address exists, with the methods that the `Allow` header names.",
    "not-acceptable": "None of the media types in `Accept` is to be had here.",
    "gone": "It was here and is kept no longer; `again` asks for the same once more.",
    "conflict": "The state of things forbids it.",
    "refused": "The platform does not run this deployment; `reason` is why, `detail` what to do.",
    "too-large": "The body is larger than this API takes.",
    "unsupported-media-type": "A body has to be sent as `application/json`.",
    "invalid-body": "The body is JSON, but not what is wanted; `errors` lists field and reason.",
    "misdirected": "The `Host` header names another server; `detail` says which names are ours.",
    "strategy-rejected": "The strategy doesn't compile; `diagnostics` say where and what to do.",
    "unavailable": "The broker or the database is away; try again after `Retry-After` seconds.",
    "internal": "A bug of ours; the server's log has the rest.",
}
"""The problem types; each is `/docs#<name>`."""

KIND_BY_STATUS = {
    400: "invalid-parameter",
    404: "not-found",
    405: "method-not-allowed",
    406: "not-acceptable",
    413: "too-large",
    415: "unsupported-media-type",
    503: "unavailable",
}

log = logging.getLogger(__name__)


class Problem(Exception):  # noqa: N818 -- RFC 9457's own word
    """An answer that is an error. members: extension members (RFC 9457 §3.2)."""

    def __init__(
        self,
        status: int,
        kind: str,
        detail: str,
        *,
        headers: Mapping[str, str] | None = None,
        **members: Any,
    ) -> None:
        assert kind in PROBLEMS
        super().__init__(detail)
        self.status = status
        self.kind = kind
        self.detail = detail
        self.headers = dict(headers or {})
        self.members = members

    def response(self, request: Request) -> Response:
        document = {
            "type": f"/docs#{self.kind}",
            "title": http.HTTPStatus(self.status).phrase,
            "status": self.status,
            "detail": self.detail,
            "instance": request.url.path,
            **self.members,
        }
        body = json.dumps(document, ensure_ascii=False)
        return Response(body, self.status, self.headers, MEDIA_TYPE)


def parameter_problem(name: str, detail: str, **members: Any) -> Problem:
    """400: `parameter` can't be used as it was written; detail says what to write."""
    return Problem(400, "invalid-parameter", f"{name}: {detail}", parameter=name, **members)


def not_found(detail: str) -> Problem:
    return Problem(404, "not-found", detail)


def unavailable(detail: str, **members: Any) -> Problem:
    """503, to be tried again."""
    headers = {"Retry-After": str(RETRY_AFTER_S)}
    return Problem(503, "unavailable", detail, headers=headers, **members)


async def on_problem(request: Request, error: Exception) -> Response:
    assert isinstance(error, Problem)
    return error.response(request)


async def on_http_error(request: Request, error: Exception) -> Response:
    """What the framework itself refuses: unknown addresses and methods."""
    assert isinstance(error, HTTPException)
    kind = KIND_BY_STATUS.get(error.status_code, "internal")
    detail = PROBLEMS[kind] if error.status_code in KIND_BY_STATUS else error.detail
    return Problem(error.status_code, kind, detail, headers=error.headers).response(request)


async def on_unavailable(request: Request, error: Exception) -> Response:
    """The broker or the database is away."""
    log.warning("%s %s: %s", request.method, request.url.path, error)
    return unavailable(str(error)).response(request)


async def on_bug(request: Request, _error: Exception) -> Response:
    """Starlette logs the error; the client learns that it isn't its fault."""
    return Problem(500, "internal", PROBLEMS["internal"]).response(request)


HANDLERS: dict[Any, Any] = {
    Problem: on_problem,
    HTTPException: on_http_error,
    LogUnavailableError: on_unavailable,
    ViewUnavailableError: on_unavailable,
    Exception: on_bug,
}
