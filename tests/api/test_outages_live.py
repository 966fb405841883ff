"""The API as a process of its own: it outlives broker and database, and stops when told."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import httpx
import pytest
from httpx_sse import connect_sse

from api.server import CannotListenError, listen
from deploy.embedded.ports import free_port
from deploy.environment import child_environment
from streams.settings import ApiSettings, Settings
from streams.topics import ensure_topics
from tests.api.made import bar
from tests.api.serving import problem, wait_until_ready
from tests.api.test_stream_live import publish
from tests.stack import Stack

PROGRAM = "from api.server import run; from streams.settings import Settings; run(Settings())"
STOP_LIMIT_S = 3.0
RECOVERY_LIMIT_S = 30.0


@contextmanager
def process(settings: Settings) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """`run` in a process; its base URL."""
    settings.log_dir.mkdir(parents=True, exist_ok=True)
    with (settings.log_dir / "api.log").open("wb") as log:
        started = subprocess.Popen(
            [sys.executable, "-c", PROGRAM], env=child_environment(settings), stderr=log
        )
    try:
        yield started, f"http://127.0.0.1:{settings.api.port}"
    finally:
        started.kill()
        started.wait()


def until(reached: Callable[[], bool], limit_s: float = RECOVERY_LIMIT_S) -> None:
    deadline_s = time.monotonic() + limit_s
    while not reached():
        assert time.monotonic() < deadline_s, "not reached in time"
        time.sleep(0.1)


@pytest.mark.parametrize("signal_number", [signal.SIGTERM, signal.SIGINT])
def test_it_stops_within_three_seconds_with_streams_open(
    log_settings: Settings, signal_number: signal.Signals
) -> None:
    with process(log_settings) as (server, base):
        wait_until_ready(base)
        with (
            httpx.Client(base_url=base, timeout=10) as client,
            connect_sse(client, "GET", "/v1/stream") as first,
            connect_sse(client, "GET", "/v1/stream?types=BarClosed") as second,
        ):
            events = (first.iter_sse(), second.iter_sse())
            assert all(next(stream).id for stream in events)
            began_s = time.monotonic()
            server.send_signal(signal_number)
            assert all(list(stream) == [] for stream in events), "streams end whole"
            assert server.wait(STOP_LIMIT_S) == 0
            assert time.monotonic() - began_s < STOP_LIMIT_S


def test_an_occupied_port_is_told_in_one_sentence(log_settings: Settings) -> None:
    with listen(log_settings) as taken:
        taken.listen()
        with pytest.raises(CannotListenError, match="PERIPHERAL_API__PORT"):
            listen(log_settings)


def test_it_outlives_the_broker_and_the_database(
    new_stack: Callable[..., Stack],
) -> None:
    stack = new_stack(api=ApiSettings(port=free_port(), write_wait_s=0.2))
    asyncio.run(ensure_topics(stack.settings))
    with (
        process(stack.settings) as (server, base),
        httpx.Client(base_url=base, timeout=20) as client,
    ):
        wait_until_ready(base)

        def is_ready() -> bool:
            return client.get("/readyz").status_code == 200

        stack.database.kill()
        until(lambda: client.get("/v1/series").status_code == 503)
        problem(client.get("/v1/series"), 503, "unavailable")
        problem(client.get("/readyz"), 503, "unavailable")
        turn = {"text": "while the database is away"}
        assert client.post("/v1/conversations/out/turns", json=turn).status_code == 202
        stack.database.start()
        until(is_ready)
        assert client.get("/v1/series").status_code == 200

        stack.broker.stop()
        problem(client.post("/v1/conversations/out/turns", json=turn), 503, "unavailable")
        assert client.get("/v1/series").status_code == 200
        assert client.get("/healthz").status_code == 200
        stack.broker.start()
        until(is_ready)
        until(lambda: client.post("/v1/conversations/out/turns", json=turn).status_code == 202)

        with connect_sse(client, "GET", "/v1/stream?feed=outage") as source:
            events = source.iter_sse()
            next(events)
            asyncio.run(publish(stack.settings, bar(1, feed="outage")))
            assert next(event for event in events if event.data).event == "BarClosed"
        assert server.poll() is None
