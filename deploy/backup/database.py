"""Dumps the database, and restores it into an empty one, by PostgreSQL's own programs.

Dumps are of pg_dump's custom format, not compressed by it: the file is a zstd stream as the others
are. A dump is restored in one transaction, so it is there whole or not at all.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import IO

import psycopg

from deploy.backup.files import Stored, compressed, decompressed
from deploy.backup.manifest import SavedDatabase
from deploy.backup.place import Place
from deploy.backup.postgres_programs import (
    Program,
    connection_variables,
    database_option,
    program,
)
from deploy.backup.reading_order import REFERRED_TABLES
from deploy.errors import UserError
from deploy.worlds.world import FIND_WORLDS, MARK
from streams.settings import DATABASE_KEEPALIVES

DUMP = "database/tables.dump.zst"
REFERRED = "database/referred.dump.zst"
BACKUP_SESSION = "peripheral backup"
RESTORE_SESSION = "peripheral restore"
_COPY_BYTES = 1 << 20
_DUMP_OPTIONS = ("--format=custom", "--compress=0", "--no-owner", "--no-privileges")
_RESTORE_OPTIONS = ("--no-owner", "--no-privileges", "--single-transaction", "--exit-on-error")
_TABLES = """
    SELECT quote_ident(n.nspname) || '.' || quote_ident(c.relname)
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND NOT c.relispartition
        AND n.nspname !~ '^(pg_|_timescaledb|timescaledb)' AND n.nspname <> 'information_schema'
        AND n.nspname <> ALL(%s)
        AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass
                        AND d.objid = c.oid AND d.deptype = 'e')
    ORDER BY 1
"""
_POSITIONS = """
    SELECT projection, topic, partition, next_offset FROM consumer_offsets ORDER BY 1, 2, 3
"""
_END_EARLIER = """
    SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity
    WHERE datname = current_database() AND application_name = %s AND usename = current_user
"""


class DatabaseDump:
    """The database as of one moment, and what is saved of it when. Made by `save_tables`."""

    def __init__(self, url: str, place: Place, name: str) -> None:
        self._url = url
        self._place = place
        self._name = name

    def save_tables(self) -> None:
        """Dump all but the tables that the log refers to. Raises `UserError`."""
        with connect(self._url) as connection:
            self._server = major_version(connection)
            self._program = program("pg_dump", self._server)
            connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            # They are made anew from the log, and may be dropped at any time.
            worlds = [str(name) for name, _ in connection.execute(FIND_WORLDS, [MARK])]
            self._tables = tuple(tables(connection, without=worlds))
            if "public.consumer_offsets" not in self._tables:
                raise UserError(
                    "The database has no tables of Peripheral: see that PERIPHERAL_DATABASE__URL "
                    "is right, and run `peripheral migrate`."
                )
            self._timescale = timescale_version(connection)
            self._positions = tuple(connection.execute(_POSITIONS).fetchall())
            row = connection.execute("SELECT pg_export_snapshot()").fetchone()
            assert row is not None
            excluded = [f"--exclude-table=public.{table}" for table in REFERRED_TABLES]
            excluded += [f'--exclude-schema="{name}"' for name in worlds]
            self._dump = self._save(DUMP, [f"--snapshot={row[0]}", *excluded])

    def save_referred(self) -> SavedDatabase:
        """Dump the tables that the log refers to, after the log; what was saved in all."""
        referred = self._save(REFERRED, [f"--table=public.{table}" for table in REFERRED_TABLES])
        return SavedDatabase(
            server=self._server,
            dumped_by=self._program.major,
            timescale=self._timescale,
            tables=self._tables,
            positions=self._positions,
            referred=referred,
            dump=self._dump,
        )

    def _save(self, path: str, options: Sequence[str]) -> Stored:
        with (
            compressed(self._place, self._name, path) as file,
            _running(self._program, self._url, [*_DUMP_OPTIONS, *options]) as dumping,
        ):
            assert dumping.stdout is not None
            while data := dumping.stdout.read(_COPY_BYTES):
                file.write(data)
        return file.stored


def restore_database(url: str, saved: SavedDatabase, place: Place, name: str) -> None:
    """Fill an empty database, or one that a restore of this backup has begun to fill."""
    with connect(url) as connection:
        # A restore that was killed leaves sessions that find out when they read on.
        connection.execute(_END_EARLIER, [RESTORE_SESSION])
        restoring = program("pg_restore", max(saved.dumped_by, major_version(connection)))
        with timescale_restoring(connection, saved.timescale):
            there = tables(connection)
            if not {f"public.{table}" for table in REFERRED_TABLES} & set(there):
                _restore(restoring, url, place, name, saved.referred)
            if "public.consumer_offsets" not in there:
                _restore(restoring, url, place, name, saved.dump)
        connection.execute("ANALYZE")


def _restore(restoring: Program, url: str, place: Place, name: str, stored: Stored) -> None:
    with (
        decompressed(place, name, stored) as dump,
        _running(restoring, url, _RESTORE_OPTIONS, reads=True) as running,
    ):
        _feed(running, dump)


def check_dump(restoring: Program, dump: IO[bytes]) -> bool:
    """Whether pg_restore can read it, to its end."""
    argv = [str(restoring.path), "--file=/dev/null"]
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stderr=subprocess.DEVNULL) as running:
        _feed(running, dump)
    return running.returncode == 0


def _feed(running: subprocess.Popen[bytes], dump: IO[bytes]) -> None:
    assert running.stdin is not None
    with contextlib.suppress(BrokenPipeError):  # it has ended, and says why
        while data := dump.read(_COPY_BYTES):
            running.stdin.write(data)
        running.stdin.close()


@contextmanager
def timescale_restoring(connection: psycopg.Connection, version: str | None) -> Iterator[None]:
    """What TimescaleDB asks for around pg_restore, where the dump is of a database that has it."""
    if version is None:
        yield
        return
    connection.execute("CREATE EXTENSION IF NOT EXISTS timescaledb")
    connection.execute("SELECT timescaledb_pre_restore()")
    try:
        yield
    finally:
        connection.execute("SELECT timescaledb_post_restore()")


@contextmanager
def connect(url: str) -> Iterator[psycopg.Connection]:
    """A session that commits each statement. Raises `UserError`."""
    try:
        connection = psycopg.connect(
            url, autocommit=True, connect_timeout=10, **DATABASE_KEEPALIVES
        )
    except psycopg.Error as error:
        raise UserError(
            f"The database can't be reached: {str(error).strip()}. Start it, or correct "
            "PERIPHERAL_DATABASE__URL."
        ) from error
    with connection:
        try:
            yield connection
        except psycopg.Error as error:
            reason = error.diag.message_primary or str(error).strip()
            raise UserError(f"The database can't do it: {reason}.") from error


def major_version(connection: psycopg.Connection) -> int:
    """The server's: 18 of 18.6."""
    return connection.info.server_version // 10_000


def tables(connection: psycopg.Connection, without: Sequence[str] = ()) -> list[str]:
    """Tables and views, of no extension, no system and not these schemas, as `schema.table`."""
    return [name for (name,) in connection.execute(_TABLES, [list(without)])]


def positions(connection: psycopg.Connection) -> list[tuple[str, str, int, int]]:
    """How far (projection, topic, partition) have come."""
    return connection.execute(_POSITIONS).fetchall()


def timescale_version(connection: psycopg.Connection) -> str | None:
    """Of the extension in this database; None where it has none."""
    row = connection.execute(
        "SELECT extversion FROM pg_extension WHERE extname = 'timescaledb'"
    ).fetchone()
    return None if row is None else str(row[0])


def timescale_offered(connection: psycopg.Connection) -> str | None:
    """The version that the extension has here, or would have."""
    row = connection.execute(
        "SELECT coalesce(installed_version, default_version) FROM pg_available_extensions "
        "WHERE name = 'timescaledb'"
    ).fetchone()
    return None if row is None else str(row[0])


@contextmanager
def _running(
    running: Program, url: str, options: Sequence[str], *, reads: bool = False
) -> Iterator[subprocess.Popen[bytes]]:
    """One of PostgreSQL's programs at work on the database. Raises `UserError` where it fails."""
    session = RESTORE_SESSION if reads else BACKUP_SESSION
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(
            [str(running.path), *options, database_option(url)],
            stdin=subprocess.PIPE if reads else subprocess.DEVNULL,
            stdout=subprocess.DEVNULL if reads else subprocess.PIPE,
            stderr=said,
            env={**os.environ, **connection_variables(url), "PGAPPNAME": session},
        )
        try:
            yield process
        except BaseException:
            process.kill()
            process.communicate()
            raise
        process.communicate()
        if process.returncode != 0:
            said.seek(0)
            words = said.read().decode(errors="replace").strip()
            raise UserError(f"{running.path.name} failed: {words[-1000:] or 'it was ended'}")
