"""Asks the API on behalf of a command; its problems become sentences for a user."""

from __future__ import annotations

from typing import Any

import httpx

from deploy.errors import UserError
from deploy.summary import api_url
from streams.settings import Settings

TIMEOUT_S = 15.0


class ApiRefusalError(UserError):
    """The API refused; `body` is its problem document (RFC 9457)."""

    def __init__(self, body: dict[str, Any]) -> None:
        super().__init__(str(body.get("detail") or body.get("title") or "the API refused"))
        self.body = body


def ask(
    settings: Settings, method: str, path: str, body: dict[str, Any] | None = None
) -> dict[str, Any]:
    """The answer's JSON. Raises ApiRefusalError, and `UserError` when the API is not there."""
    url = api_url(settings)
    try:
        answer = httpx.request(method, url + path, json=body, timeout=TIMEOUT_S)
    except httpx.HTTPError as error:
        raise UserError(
            f"The API at {url} does not answer: start everything with `peripheral up`, or set "
            "PERIPHERAL_API__PORT to where it listens."
        ) from error
    document: dict[str, Any] = answer.json() if answer.content else {}
    if not answer.is_success:
        raise ApiRefusalError(document)
    return document


def ask_all(settings: Settings, path: str, name: str) -> list[dict[str, Any]]:
    """All items of a paged read."""
    items: list[dict[str, Any]] = []
    cursor = ""
    while True:
        page = ask(settings, "GET", path + cursor)
        items += page[name]
        if page["next"] is None:
            return items
        cursor = f"?cursor={page['next']}"
