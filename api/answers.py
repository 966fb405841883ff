"""Answers that are not errors: JSON and pages."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response

from api.reads import cursors
from api.reads.protocol import Key, Page


def json_answer(
    content: Any, status: int = 200, headers: Mapping[str, str] | None = None
) -> Response:
    """A view, or plain data, as JSON."""
    body = (
        content.model_dump_json()
        if isinstance(content, BaseModel)
        else json.dumps(content, ensure_ascii=False, allow_nan=False)
    )
    return Response(body, status, dict(headers or {}), "application/json")


def page_answer(
    request: Request,
    name: str,
    page: Page,
    direction: str,
    members: Mapping[str, str] | None = None,
) -> Response:
    """A page: `members`, the items under `name`, and `next`, that is in the Link header too."""
    cursor = cursor_text(direction, page.next)
    head = "".join(
        f"{json.dumps(key)}:{json.dumps(value)}," for key, value in (members or {}).items()
    )
    body = b'{%s"%s":%s,"next":%s}' % (
        head.encode(),
        name.encode(),
        page.items,
        json.dumps(cursor).encode(),
    )
    return Response(body, 200, link_header(request, cursor), "application/json")


def cursor_text(direction: str, key: Key | None) -> str | None:
    return None if key is None else cursors.encode(direction, key)


def link_header(request: Request, cursor: str | None) -> dict[str, str]:
    """RFC 8288, relative to the server."""
    if cursor is None:
        return {}
    following = request.url.include_query_params(cursor=cursor)
    return {"Link": f'<{following.path}?{following.query}>; rel="next"'}
