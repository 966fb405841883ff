"""The ASGI application: routes, and what they share from start to stop."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from starlette.applications import Starlette
from starlette.datastructures import MutableHeaders
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.hosts import HostCheck
from api.log.cuts import Cuts
from api.log.letters import LetterCount
from api.log.tail import Tail
from api.log.writer import Writer
from api.problems import HANDLERS
from api.reads.postgres import PostgresReads
from api.reads.protocol import Reads
from api.routes import (
    bars,
    conversations,
    deployments,
    documents,
    reference,
    series,
    signals,
    standing,
    status,
    strategies,
    trials,
    universes,
)
from api.routes.backtests import BACKTESTS
from api.routes.research import Requests
from api.routes.screens import SCREENS
from api.routes.stream import Stream
from api.services import CATCH_UPS_MAX, Services
from api.stream.hub import Hub
from streams.settings import Settings


def create_app(settings: Settings, reads: Reads | None = None, *, past: bool = False) -> Starlette:
    """The application. reads: the database of `settings` unless given. past: it holds what was,
    and is not to be held against what the log says now.

    Broker and database need not be there when it starts: what needs one answers 503 until
    it comes.
    """
    return Starlette(
        routes=ROUTES,
        middleware=[Middleware(SecurityHeaders), Middleware(HostCheck, settings.api)],
        exception_handlers=HANDLERS,
        lifespan=_lifespan(settings, reads, past=past),
    )


def _lifespan(
    settings: Settings, given: Reads | None, *, past: bool
) -> Callable[[Starlette], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        hub = Hub()
        reads = given or PostgresReads(settings)
        tail = Tail(settings, hub, reads.next_offsets)
        cuts = Cuts(settings)
        letters = LetterCount(settings)
        writer = Writer(settings)
        catch_ups = asyncio.Semaphore(CATCH_UPS_MAX)
        app.state.services = Services(settings, reads, tail, cuts, letters, writer, hub, catch_ups)
        await reads.open()
        hub.start()
        if not past:
            tail.start()
            letters.start()
        connecting = asyncio.create_task(writer.start())
        try:
            yield
        finally:
            connecting.cancel()
            await asyncio.gather(
                hub.stop(),
                tail.stop(),
                letters.stop(),
                cuts.stop(),
                writer.stop(),
                reads.close(),
                return_exceptions=True,
            )

    return lifespan


Handler = Callable[[Request], Awaitable[Response]]


def resource(path: str, **handlers: Handler) -> Route:
    """A route with a handler by method: one route a path, so that 405 names all methods."""
    by_method = {method.upper(): handler for method, handler in handlers.items()}

    async def handle(request: Request) -> Response:
        method = "GET" if request.method == "HEAD" else request.method
        return await by_method[method](request)

    return Route(path, handle, methods=list(by_method))


def requests(kind: Requests) -> list[Route]:
    """The routes of a kind of requests for research."""
    path = f"/v1/{kind.name}"
    return [
        resource(path, get=kind.list, post=kind.create),
        resource(path + "/{id}", get=kind.one, delete=kind.cancel),
        resource(path + "/{id}/report", get=kind.report),
    ]


ROUTES = [
    resource("/", get=documents.index),
    resource("/healthz", get=status.healthy),
    resource("/readyz", get=status.ready),
    resource("/docs", get=documents.docs),
    resource("/docs.js", get=documents.docs_script),
    resource("/openapi.json", get=documents.openapi),
    resource("/asyncapi.json", get=documents.asyncapi),
    resource("/schemas/{name}.json", get=documents.schema),
    Route("/v1/stream", Stream(), methods=["GET"]),
    resource("/v1/status", get=status.status),
    resource("/v1/series", get=series.series),
    resource("/v1/bars/{symbol}", get=bars.bars),
    resource("/v1/indicators/{symbol}", get=bars.indicators),
    resource("/v1/actions", get=reference.actions),
    resource("/v1/instruments", get=reference.instruments),
    resource("/v1/universes", get=universes.universes, post=universes.create),
    resource("/v1/universes/{name}", get=universes.universe),
    resource("/v1/signals", get=signals.signals),
    resource("/v1/alerts", get=signals.alerts),
    resource("/v1/strategies", get=strategies.strategies, post=strategies.create),
    resource(
        "/v1/strategies/{id}",
        get=strategies.strategy,
        put=strategies.change,
        delete=strategies.delete,
    ),
    resource("/v1/strategies/{id}/versions", get=strategies.versions),
    resource("/v1/deployments", get=deployments.deployments, post=deployments.create),
    resource("/v1/deployments/{id}", get=deployments.deployment, delete=deployments.delete),
    resource("/v1/deployments/{id}/traps", get=deployments.traps),
    *requests(BACKTESTS),
    resource(standing.PATH, get=standing.standing, post=standing.create),
    resource(standing.PATH + "/{id}", get=standing.one, delete=standing.end),
    resource(standing.PATH + "/{id}/closes", get=standing.closes),
    *requests(SCREENS),
    resource("/v1/trials", get=trials.trials, post=trials.create),
    resource("/v1/conversations/{id}", get=conversations.conversation),
    resource("/v1/conversations/{id}/turns", post=conversations.post_turn),
]


class SecurityHeaders:
    """Headers that every answer carries. Wraps `send` alone: `receive` has to reach the stream
    as the server made it."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers["X-Content-Type-Options"] = "nosniff"
                headers["X-Frame-Options"] = "DENY"
                headers["Referrer-Policy"] = "no-referrer"
                headers.setdefault("Cache-Control", "no-cache")
            await send(message)

        await self._app(scope, receive, with_headers)
