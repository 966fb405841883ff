"""Which pg_dump is taken, and how it is told where the database is."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest

from deploy.backup.database import (
    timescale_offered,
    timescale_restoring,
    timescale_version,
)
from deploy.backup.postgres_programs import connection_variables, program, version_of
from deploy.embedded.database import installed_programs
from deploy.errors import UserError
from streams.settings import Settings

OURS = installed_programs() / "pg_dump"


def on_path(folder: Path, says: str, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A program of that name that answers so."""
    path = folder / "pg_dump"
    path.write_text(f"#!/bin/sh\necho '{says}'\n")
    path.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
    return path


def test_our_own_says_its_version() -> None:
    assert version_of(OURS) == 18
    assert version_of(Path("/nowhere/pg_dump")) is None


@pytest.mark.parametrize(
    ("major", "server", "taken"),
    [(16, 15, True), (16, 16, True), (16, 17, False), (19, 18, False), (19, 19, True)],
)
def test_the_oldest_that_is_new_enough_is_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, major: int, server: int, taken: bool
) -> None:
    other = on_path(tmp_path, f"pg_dump (PostgreSQL) {major}.2 (Debian)", monkeypatch)
    assert program("pg_dump", server).path == (other if taken else OURS)


def test_where_none_is_new_enough_it_is_told_what_there_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = on_path(tmp_path, "pg_dump (PostgreSQL) 16.2", monkeypatch)
    with pytest.raises(UserError, match=rf"PostgreSQL 99 or newer .*18 at .*, 16 at {other}"):
        program("pg_dump", 99)
    on_path(tmp_path, "something else", monkeypatch)
    assert program("pg_dump", 18).path == OURS


def test_a_url_becomes_variables_that_other_users_cannot_see() -> None:
    url = "postgresql://me:sec%20ret@db.example:5499/peripheral?sslmode=require"
    assert connection_variables(url) == {
        "PGUSER": "me",
        "PGPASSWORD": "sec ret",
        "PGHOST": "db.example",
        "PGPORT": "5499",
        "PGDATABASE": "peripheral",
        "PGSSLMODE": "require",
    }


def test_without_timescaledb_nothing_is_asked_of_it(live_database_settings: Settings) -> None:
    with psycopg.connect(live_database_settings.database_url, autocommit=True) as connection:
        assert timescale_version(connection) is None
        assert timescale_offered(connection) is None
        with timescale_restoring(connection, None):
            pass
        with (
            pytest.raises(psycopg.Error, match="timescaledb"),
            timescale_restoring(connection, "2.29.2"),
        ):
            pass
