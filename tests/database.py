"""The database that tests run on: an embedded PostgreSQL of their own, or one made on a server.

`PERIPHERAL_TEST_TIMESCALE_URL` names that server: a libpq URL of a role that may create databases,
and the extension in them. Each database of the tests is one made there, and dropped when it stops.
What needs partitions of PostgreSQL's own, or a server to kill, is skipped there, with the reason.
"""

from __future__ import annotations

import os
import uuid
from typing import Protocol
from urllib.parse import urlsplit

import psycopg
import pytest
from pydantic import SecretStr

from deploy.embedded.database import EmbeddedDatabase
from deploy.embedded.ports import free_port
from streams.settings import DatabaseSettings, Settings

SERVER_URL = "PERIPHERAL_TEST_TIMESCALE_URL"


class Database(Protocol):
    """What a test may do with its database."""

    def start(self) -> None: ...

    def stop(self) -> object: ...

    def kill(self) -> None: ...


class GivenDatabase:
    """A database of its own on the server that was given, there from `start` until `stop`."""

    def __init__(self, settings: Settings) -> None:
        self._name = urlsplit(settings.database_url).path.removeprefix("/")

    def start(self) -> None:
        self._on_server(f"CREATE DATABASE {self._name}")

    def stop(self) -> None:
        self._on_server(f"DROP DATABASE IF EXISTS {self._name} WITH (FORCE)")

    def kill(self) -> None:
        pytest.skip(f"the server that {SERVER_URL} names is not ours to kill")

    def _on_server(self, statement: str) -> None:
        with psycopg.connect(os.environ[SERVER_URL], autocommit=True) as connection:
            connection.execute(statement.encode())


def database_settings(fields: DatabaseSettings | None = None) -> DatabaseSettings:
    """Settings of a database that is not there yet. fields: further ones."""
    fields = fields or DatabaseSettings()
    server = os.environ.get(SERVER_URL)
    if server is None:
        return fields.model_copy(update={"embedded_port": free_port()})
    parts = urlsplit(server)
    # Tests append further options to the URL, so it has one.
    query = "&".join(filter(None, [parts.query, "connect_timeout=10"]))
    url = parts._replace(path=f"/peripheral_test_{uuid.uuid4().hex[:12]}", query=query).geturl()
    return fields.model_copy(update={"url": SecretStr(url)})


def database_of(settings: Settings) -> Database:
    """The one that the settings lead to."""
    return EmbeddedDatabase(settings) if settings.database.url is None else GivenDatabase(settings)


def server_has_timescale() -> bool:
    """Whether a server was given, and TimescaleDB is installed on it."""
    if SERVER_URL not in os.environ:
        return False
    with psycopg.connect(os.environ[SERVER_URL]) as connection:
        query = "SELECT 1 FROM pg_available_extensions WHERE name = 'timescaledb'"
        return connection.execute(query).fetchone() is not None


def require_native(url: str) -> None:
    """End the test, as skipped, where the tables are TimescaleDB's."""
    with psycopg.connect(url) as connection:
        row = connection.execute("SELECT variant FROM schema_migrations LIMIT 1").fetchone()
    if row != ("native",):
        pytest.skip("of PostgreSQL's own partitions: here the tables are TimescaleDB's")
