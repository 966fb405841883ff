"""What a fork is, kept with its tables: written last, so that one that was cut short has none."""

from __future__ import annotations

import msgspec
import psycopg
from psycopg import sql

from deploy.errors import UserError
from deploy.forks.topics import SCHEMA_PREFIX, schema_of
from deploy.worlds.world import connected, worlds_of
from streams.settings import Settings

TABLE = "fork"


class Manifest(msgspec.Struct, frozen=True):
    """moment, changes: as they were given. since, until: offsets of bars by partition, between
    which it goes its own way. replaced: names of deployments, old to new."""

    name: str
    moment: str
    changes: tuple[str, ...]
    since: tuple[int, ...]
    until: tuple[int, ...]
    replaced: dict[str, str]


def keep(settings: Settings, manifest: Manifest) -> None:
    """The fork is whole."""
    table = sql.Identifier(schema_of(manifest.name), TABLE)
    with connected(settings) as connection, connection.transaction():
        connection.execute(sql.SQL("CREATE TABLE {} (manifest json NOT NULL)").format(table))
        written = msgspec.json.encode(manifest).decode()
        connection.execute(sql.SQL("INSERT INTO {} VALUES (%s)").format(table), [written])


def find(settings: Settings, name: str) -> Manifest | None:
    """None of one that isn't there, or was cut short."""
    table = sql.Identifier(schema_of(name), TABLE)
    with connected(settings) as connection:
        try:
            row = connection.execute(
                sql.SQL("SELECT manifest::text FROM {}").format(table)
            ).fetchone()
        except (psycopg.errors.UndefinedTable, psycopg.errors.InvalidSchemaName):
            return None
    return None if row is None else msgspec.json.decode(row[0], type=Manifest)


def known(settings: Settings, name: str) -> Manifest:
    """Raises `UserError` where there is no such fork."""
    manifest = find(settings, name)
    if manifest is None:
        names = ", ".join(all_names(settings)) or "none"
        raise UserError(f"There is no fork {name}; there are: {names}.")
    return manifest


def all_names(settings: Settings) -> list[str]:
    """Of forks, also of those that were cut short."""
    return [
        schema.removeprefix(SCHEMA_PREFIX)
        for schema in worlds_of(settings)
        if schema.startswith(SCHEMA_PREFIX)
    ]
