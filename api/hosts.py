"""Against DNS rebinding: a page whose name resolves to loopback must not read or write here.

A browser sends the page's own name as Host, whatever address that name has.
"""

from __future__ import annotations

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from api.problems import Problem
from streams.settings import ApiSettings

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


def allowed_hosts(settings: ApiSettings) -> frozenset[str]:
    """Names by which the API may be called, without brackets; empty: by any."""
    if settings.allowed_hosts:
        return LOOPBACK.union(name.lower().strip("[]") for name in settings.allowed_hosts)
    return LOOPBACK if settings.host in LOOPBACK else frozenset()


def name_of(host: str) -> str:
    """The name in a Host header, without port and brackets (RFC 9110 §7.2)."""
    if host.startswith("["):
        return host[1:].partition("]")[0].lower()
    return host.partition(":")[0].lower()


class HostCheck:
    """421 for requests to other names. `receive` has to reach the stream as the server made it."""

    def __init__(self, app: ASGIApp, settings: ApiSettings) -> None:
        self._app = app
        self._allowed = allowed_hosts(settings)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        host = Headers(scope=scope).get("host", "") if scope["type"] == "http" else ""
        if scope["type"] != "http" or not self._allowed or name_of(host) in self._allowed:
            await self._app(scope, receive, send)
            return
        problem = Problem(
            421,
            "misdirected",
            f"this server is not {host[:80]!r}; call it by {', '.join(sorted(self._allowed))}, or "
            "add the name to PERIPHERAL_API__ALLOWED_HOSTS",
        )
        await problem.response(Request(scope))(scope, receive, send)
