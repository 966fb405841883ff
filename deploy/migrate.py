"""Brings a database to the schema of this version.

Consumes the files of `schemas/sql/`, in the order of their numbers, and a libpq URL;
produces the tables, and a row per applied file in `schema_migrations`. A file's name
says where it runs:

    0001_name.sql             everywhere
    0002_name.timescale.sql   where TimescaleDB is usable under its full licence
    0002_name.native.sql      everywhere else

A variant's file and its sibling, if it has one, share a number. What a database is gets
decided when its first file is applied, and stays: a table with rows does not become a
hypertable by the way. Each file runs in a transaction of its own, together with its row.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import psycopg

import schemas
from deploy.errors import UserError

SQL_DIR = Path(schemas.__file__).parent / "sql"
_NAME = re.compile(r"(?P<number>\d{4})_[a-z0-9_]+(?:\.(?P<variant>native|timescale))?\.sql")
_LOCK_KEY = 0x7065_7269_7068  # "periph": one migration at a time per database
_LOCK_LIMIT = "60s"
_TABLE = """
CREATE TABLE IF NOT EXISTS schema_migrations (
    number integer PRIMARY KEY,
    name text NOT NULL,
    sha256 text NOT NULL,
    variant text NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT now()
)
"""

Variant = Literal["native", "timescale"]


@dataclass(frozen=True)
class Migration:
    """One SQL file; `variant` is None when it runs everywhere."""

    number: int
    name: str
    variant: Variant | None
    sql: bytes

    @property
    def sha256(self) -> str:
        """The checksum that an applied file must keep, in hex."""
        return hashlib.sha256(self.sql).hexdigest()


def read_migrations(folder: Path = SQL_DIR) -> list[Migration]:
    """Every `*.sql` of `folder`, by number. Raises `UserError` on a name that fits no rule."""
    found = []
    for path in sorted(folder.glob("*.sql")):
        match = _NAME.fullmatch(path.name)
        if match is None:
            raise UserError(f"{path.name} is not named like 0001_name[.native|.timescale].sql.")
        variant: Variant | None = match["variant"]  # type: ignore[assignment]  # the pattern's two
        found.append(Migration(int(match["number"]), path.name, variant, path.read_bytes()))
    seen: set[tuple[int, Variant]] = set()
    for migration in found:
        places: tuple[Variant, ...] = ("native", "timescale")
        if migration.variant is not None:
            places = (migration.variant,)
        for place in places:
            if (migration.number, place) in seen:
                raise UserError(f"{migration.name} has the number of another file for {place}.")
            seen.add((migration.number, place))
    return found


def migrate(url: str, folder: Path = SQL_DIR) -> list[str]:
    """Apply what is missing and return the names of the files applied now.

    Raises `UserError` when the database can't be reached, an applied file has changed or
    is gone, or a file fails (everything before it stays applied).
    """
    migrations = read_migrations(folder)
    try:
        return _migrate(url, migrations)
    except psycopg.Error as error:
        reason = error.diag.message_primary or type(error).__name__
        raise UserError(f"The database can't be migrated: {reason}.") from error


def _migrate(url: str, migrations: list[Migration]) -> list[str]:
    with _connect(url) as connection:
        connection.execute("SELECT set_config('lock_timeout', %s, false)", [_LOCK_LIMIT])
        connection.execute("SELECT pg_advisory_lock(%s)", [_LOCK_KEY])
        connection.execute("SET client_min_messages = warning")
        connection.execute(_TABLE)
        applied = _applied(connection)
        variant = _variant(connection)
        wanted = [m for m in migrations if m.variant in (None, variant)]
        _check(wanted, applied)
        missing = [m for m in wanted if m.number not in applied]
        for migration in missing:
            _apply(connection, migration, variant)
    return [migration.name for migration in missing]


def _connect(url: str) -> psycopg.Connection:
    try:
        return psycopg.connect(url, autocommit=True, connect_timeout=10)
    except psycopg.OperationalError as error:
        raise UserError(
            f"The database can't be reached: {str(error).strip()}. Start it, or correct "
            "PERIPHERAL_DATABASE__URL."
        ) from error
    except psycopg.Error:
        # What libpq can't read it repeats, password and all.
        raise UserError("PERIPHERAL_DATABASE__URL is no URL of a database.") from None


def _applied(connection: psycopg.Connection) -> dict[int, tuple[str, str]]:
    rows = connection.execute("SELECT number, name, sha256 FROM schema_migrations")
    return {number: (name, sha256) for number, name, sha256 in rows}


def _variant(connection: psycopg.Connection) -> Variant:
    """What this database was made as, or else what it can be."""
    row = connection.execute("SELECT variant FROM schema_migrations LIMIT 1").fetchone()
    if row is not None:
        return "timescale" if row[0] == "timescale" else "native"
    return "timescale" if timescale_usable(connection) else "native"


def timescale_usable(connection: psycopg.Connection) -> bool:
    """Whether TimescaleDB is there, preloaded, created and under its full licence.

    Creates the extension when it is there and preloaded; without the preload that would
    end the session.
    """
    available = connection.execute(
        "SELECT 1 FROM pg_available_extensions WHERE name = 'timescaledb'"
    ).fetchone()
    # `shared_preload_libraries` is hidden from ordinary roles; this setting is the preloaded
    # loader's own, and unknown without it.
    preloaded = connection.execute(
        "SELECT current_setting('timescaledb.disable_load', true) IS NOT NULL"
    ).fetchone()
    if not available or not preloaded or not preloaded[0]:
        return False
    connection.execute("CREATE EXTENSION IF NOT EXISTS timescaledb")
    licence = connection.execute("SELECT current_setting('timescaledb.license', true)").fetchone()
    return licence is not None and licence[0] == "timescale"


def _check(wanted: list[Migration], applied: dict[int, tuple[str, str]]) -> None:
    by_number = {migration.number: migration for migration in wanted}
    for number, (name, sha256) in applied.items():
        migration = by_number.get(number)
        if migration is None or migration.name != name:
            raise UserError(
                f"The database has had {name} applied, which this version of Peripheral does "
                "not know: use the version that made it, or another database."
            )
        if migration.sha256 != sha256:
            raise UserError(
                f"{name} was changed after it had been applied to this database: put the file "
                "back as it was and make the change in a new file."
            )


def _apply(connection: psycopg.Connection, migration: Migration, variant: Variant) -> None:
    try:
        with connection.transaction():
            connection.execute(migration.sql)
            connection.execute(
                "INSERT INTO schema_migrations (number, name, sha256, variant) "
                "VALUES (%s, %s, %s, %s)",
                [migration.number, migration.name, migration.sha256, variant],
            )
    except psycopg.Error as error:
        raise UserError(f"{migration.name} failed: {str(error).strip()}") from error
