"""The commands' client and the examples against an HTTP server that answers as told."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from deploy.api_client import ask
from deploy.errors import UserError
from deploy.examples import SOURCES, register_examples
from deploy.summary import api_answers
from streams.settings import ApiSettings, Settings

NAMES = [source.stem for source in SOURCES]


class Told(HTTPServer):
    """Has the strategies, compiles each between two reads, and keeps what was posted."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answers)
        self.posted: list[tuple[str, str]] = []
        self.reads: dict[str, int] = {}
        self.conflicts: set[str] = set()


class Answers(BaseHTTPRequestHandler):
    """A strategy has its version from the second read on."""

    server: Told

    def do_GET(self) -> None:
        if self.path == "/page":
            return self._answer(200, b"<html>")
        reads = self.server.reads[self.path] = self.server.reads.get(self.path, 0) + 1
        return self._answer(200, json.dumps({"version": 1 if reads > 1 else None}).encode())

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.posted.append((self.path, body["id"]))
        if self.path == "/v1/deployments":
            assert self.server.reads[f"/v1/strategies/{body['strategy_id']}"] == 2
        self._answer(409 if self.path in self.server.conflicts else 202, b"{}")

    def _answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Quiet."""


@pytest.fixture
def told() -> Iterator[Told]:
    with Told() as server:
        threading.Thread(target=server.serve_forever, args=[0.01], daemon=True).start()
        yield server
        server.shutdown()


@pytest.fixture
def settings(told: Told, tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path, api=ApiSettings(port=told.server_port))


def test_an_interrupted_start_s_examples_are_deployed_once_they_are_compiled(
    told: Told, settings: Settings
) -> None:
    told.conflicts.add("/v1/strategies")
    assert register_examples(settings) == NAMES
    assert [made for path, made in told.posted if path == "/v1/deployments"] == [
        f"{name}-live" for name in NAMES
    ]
    told.posted.clear()
    assert register_examples(settings) == []
    assert told.posted == []


def test_examples_that_are_there_are_not_new(told: Told, settings: Settings) -> None:
    told.conflicts.update(["/v1/strategies", "/v1/deployments"])
    assert register_examples(settings) == []
    assert len(told.posted) == 2 * len(NAMES)


def test_another_program_on_the_port_is_one_sentence(settings: Settings) -> None:
    with pytest.raises(UserError, match="is not Peripheral's API: set PERIPHERAL_API__PORT"):
        ask(settings, "GET", "/page")


def test_an_api_that_is_gone_is_one_sentence(told: Told, settings: Settings) -> None:
    told.server_close()
    with pytest.raises(UserError, match="does not answer: start everything"):
        register_examples(settings)


def test_a_proxy_of_the_environment_is_not_asked_for_loopback(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    assert api_answers(settings)
    assert ask(settings, "GET", "/v1/strategies/x") == {"version": None}
