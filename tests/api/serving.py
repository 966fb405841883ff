"""The application under test: over views in memory, or live on uvicorn in a thread."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Literal

import httpx

from api.app import create_app
from api.log.cuts import Cuts
from api.log.letters import LetterCount
from api.log.tail import Tail
from api.log.writer import Writer
from api.server import listen, make_server
from api.services import Services
from api.stream.hub import Hub
from deploy.embedded.ports import free_port
from streams.settings import ApiSettings, KafkaSettings, Settings
from tests.api.memory_reads import MemoryReads

READY_LIMIT_S = 20.0


def client_on(reads: MemoryReads, *, caught_up: bool = True) -> httpx.AsyncClient:
    """A client of the application on `reads`; there is no broker."""
    settings = Settings(
        kafka=KafkaSettings(bootstrap_servers="127.0.0.1:1"), api=ApiSettings(write_wait_s=0.2)
    )
    app = create_app(settings, reads)
    hub = Hub()
    tail = Tail(settings, hub, reads.next_offsets)
    if caught_up:
        tail.caught_up.set()
    app.state.services = Services(
        settings,
        reads,
        tail,
        Cuts(settings),
        LetterCount(settings),
        Writer(settings),
        hub,
        asyncio.Semaphore(1),
    )
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url="http://localhost")


@contextmanager
def live(settings: Settings, http: Literal["httptools", "h11"] = "httptools") -> Iterator[str]:
    """The application on uvicorn; its base URL, once it is ready. Gone afterwards."""
    api = settings.api.model_copy(update={"port": free_port()})
    settings = settings.model_copy(update={"api": api})
    bound = listen(settings)
    server = make_server(settings)
    server.config.http = http
    thread = threading.Thread(target=server.run, kwargs={"sockets": [bound]}, daemon=True)
    thread.start()
    base = f"http://127.0.0.1:{settings.api.port}"
    try:
        wait_until_ready(base)
        yield base
    finally:
        server.should_exit = True
        thread.join(timeout=10)
        bound.close()
        assert not thread.is_alive(), "the server did not stop"


def wait_until_ready(base: str) -> None:
    deadline_s = time.monotonic() + READY_LIMIT_S
    while time.monotonic() < deadline_s:
        try:
            if httpx.get(f"{base}/readyz").status_code == 200:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.05)
    raise AssertionError(f"{base} is not ready")


def problem(response: httpx.Response, status: int, kind: str) -> dict[str, Any]:
    """The document of a problem, checked for what RFC 9457 asks and we promise."""
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    document: dict[str, Any] = response.json()
    assert document["type"] == f"/docs#{kind}"
    assert document["status"] == status
    assert {"title", "detail", "instance"} <= document.keys()
    return document
