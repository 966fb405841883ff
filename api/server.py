"""Runs the application on uvicorn: uvloop, httptools, and a stop that streams don't delay."""

from __future__ import annotations

import contextlib
import signal
import socket
import threading

import uvicorn
from starlette.applications import Starlette

from api.app import create_app
from streams.settings import Settings

STOP_LIMIT_S = 2
"""After which requests that still run are cancelled; closing what they used takes up to 1 s."""
BACKLOG = 2048


class CannotListenError(RuntimeError):
    """The address is taken, or not ours; one sentence that says what to do."""


class Server(uvicorn.Server):
    """Lets the stream's clients go before it waits for connections to close."""

    def __init__(self, config: uvicorn.Config, app: Starlette) -> None:
        super().__init__(config)
        self._app = app

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._app.state.services.hub.close_all()
        await super().shutdown(sockets)


def make_server(settings: Settings) -> Server:
    """A server that isn't running yet."""
    app = create_app(settings)
    config = uvicorn.Config(
        app,
        loop="uvloop",
        http="httptools",
        ws="none",
        lifespan="on",
        proxy_headers=False,
        server_header=False,
        access_log=False,
        log_level="info",
        timeout_graceful_shutdown=STOP_LIMIT_S,
        backlog=BACKLOG,
    )
    return Server(config, app)


def listen(settings: Settings) -> socket.socket:
    """A socket bound to the address of the settings. Raises CannotListenError."""
    host, port = settings.api.host, settings.api.port
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    bound = socket.socket(family, socket.SOCK_STREAM)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((host, port))
    except OSError as error:
        bound.close()
        raise CannotListenError(
            f"The API can't listen on {host}:{port} ({error.strerror}): end what uses it, or set "
            "PERIPHERAL_API__PORT or PERIPHERAL_API__HOST to another."
        ) from error
    return bound


def run(settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT, then stop within 3 s, whoever listens to the stream.

    Raises CannotListenError.
    """
    bound = listen(settings)
    with contextlib.closing(bound):
        if threading.current_thread() is threading.main_thread():
            # uvicorn raises the signal again once it has stopped; we have done what it asks.
            signal.signal(signal.SIGTERM, lambda *_: None)
            signal.signal(signal.SIGINT, lambda *_: None)
        make_server(settings).run(sockets=[bound])
