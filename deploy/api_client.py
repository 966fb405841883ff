"""Asks the API on behalf of a command; its problems become sentences for a user."""

from __future__ import annotations

from typing import Any

import httpx

from deploy.errors import UserError
from streams.settings import Settings

TIMEOUT_S = 15.0


class ApiRefusalError(UserError):
    """The API refused with an HTTP `status`; `body` is its problem document (RFC 9457)."""

    def __init__(self, status: int, body: dict[str, Any]) -> None:
        super().__init__(str(body.get("detail") or body.get("title") or "the API refused"))
        self.status = status
        self.body = body


def api_host(settings: Settings) -> str:
    """Where this machine reaches the API, which may listen on all of its interfaces."""
    host = settings.api.host
    return "127.0.0.1" if host in ("0.0.0.0", "::") else host  # noqa: S104 -- compared with


def api_url(settings: Settings) -> str:
    """The API's address as this machine reaches it, without a trailing slash."""
    host = api_host(settings)
    bracketed = f"[{host}]" if ":" in host else host
    return f"http://{bracketed}:{settings.api.port}"


def open_client(settings: Settings, timeout_s: float = TIMEOUT_S) -> httpx.Client:
    """A client of the API, straight to it: a proxy of the environment can't reach our loopback."""
    return httpx.Client(base_url=api_url(settings), timeout=timeout_s, trust_env=False)


def ask(
    settings: Settings, method: str, path: str, body: dict[str, Any] | None = None
) -> dict[str, Any]:
    """The answer's JSON object. Raises ApiRefusalError, and `UserError` when it isn't our API."""
    url = api_url(settings)
    try:
        with open_client(settings) as client:
            answer = client.request(method, path, json=body)
    except httpx.HTTPError as error:
        raise UserError(
            f"The API at {url} does not answer: start everything with `peripheral up`, or set "
            "PERIPHERAL_API__PORT to where it listens."
        ) from error
    document = _document(answer, url)
    if not answer.is_success:
        raise ApiRefusalError(answer.status_code, document)
    return document


def _document(answer: httpx.Response, url: str) -> dict[str, Any]:
    try:
        document = answer.json() if answer.content else {}
    except ValueError:
        document = None
    if not isinstance(document, dict):
        raise UserError(
            f"What answers at {url} (HTTP {answer.status_code}) is not Peripheral's API: set "
            "PERIPHERAL_API__PORT to where that listens."
        )
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
