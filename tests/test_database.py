"""The switch to a server that is given, tried on a second embedded PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest

from deploy.embedded.database import EmbeddedDatabase
from tests.database import SERVER_URL, GivenDatabase, database_of, server_has_timescale
from tests.given_server import given_server
from tests.stack import open_database, temporary_settings


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with given_server() as url:
        yield url


def databases(server: str) -> set[str]:
    with psycopg.connect(server) as connection:
        return {name for (name,) in connection.execute("SELECT datname FROM pg_database")}


def test_each_database_is_one_on_the_server_and_dropped_at_the_end(
    server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(SERVER_URL, server)
    before = databases(server)
    with open_database() as one, open_database() as other:
        assert len(databases(server) - before) == 2
        url = f"{one.database_url}&options=-csearch_path%3Dpublic"
        with psycopg.connect(url) as connection, psycopg.connect(other.database_url):
            assert connection.execute("SELECT count(*) FROM bars").fetchone() == (0,)
        assert isinstance(database_of(one), GivenDatabase)
        with pytest.raises(pytest.skip.Exception, match="not ours to kill"):
            database_of(one).kill()
    assert databases(server) == before
    assert not server_has_timescale()


def test_without_a_server_databases_are_embedded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(SERVER_URL, raising=False)
    with temporary_settings() as settings:
        assert isinstance(database_of(settings), EmbeddedDatabase)
    assert not server_has_timescale()
