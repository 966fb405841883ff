"""A world: a schema of the database, with tables of its own for a fold of the log.

Its settings lead whoever reads or writes by them there. What is no fold of the log (files of
research) it shares with the live schema.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from pydantic import SecretStr

from deploy.errors import UserError
from deploy.migrate import migrate
from processors.projections.tables import TABLES
from streams.settings import DATABASE_KEEPALIVES, Settings

LOCK_KEY = 0x776F_726C  # "worl"
SHARED_TABLES = ("research_files",)
"""What is no fold of the log: a world looks at the live ones."""
MARK = "peripheral world: "
"""How the comment of a world's schema begins; behind it stands what the world is."""
SESSIONS = "peripheral worlds"
"""What sessions that fill and switch worlds are called."""
CONNECT_LIMIT_S = 5
FIND_EXTENSION = """
    SELECT extnamespace::regnamespace::text FROM pg_extension WHERE extname = 'timescaledb'
"""
FIND_WORLDS = """
    SELECT nspname, obj_description(oid, 'pg_namespace') FROM pg_namespace
    WHERE starts_with(obj_description(oid, 'pg_namespace'), %s) ORDER BY nspname
"""


@dataclass(frozen=True, slots=True)
class World:
    """schema: its name; live: the name of the one beside it; settings: lead to it."""

    schema: str
    live: str
    settings: Settings


@contextmanager
def connected(settings: Settings) -> Iterator[psycopg.Connection]:
    """A connection that commits each statement. Raises `UserError` when the database is away."""
    try:
        with psycopg.connect(
            settings.database_url,
            autocommit=True,
            connect_timeout=CONNECT_LIMIT_S,
            application_name=SESSIONS,
            **DATABASE_KEEPALIVES,
        ) as connection:
            connection.execute("SET client_min_messages = warning")
            yield connection
    except psycopg.OperationalError as error:
        raise database_away(error) from error


def database_away(error: psycopg.OperationalError) -> UserError:
    """What to tell of a database that can't be reached."""
    reason = (str(error).strip() or "it is away").splitlines()[0]
    return UserError(
        f"The database can't be reached: {reason}. Start it with `peripheral up`, or correct "
        "PERIPHERAL_DATABASE__URL."
    )


def find_world(settings: Settings, schema: str) -> World:
    """The world of that name, there or not."""
    with connected(settings) as connection:
        row = connection.execute("SELECT current_schema()").fetchone()
        # TimescaleDB's functions are looked up too; live tables are not, or what a world lacks
        # would be read, and written, in them.
        others = connection.execute(FIND_EXTENSION).fetchall()
    assert row is not None
    return World(schema, str(row[0]), in_schemas(settings, schema, *(name for (name,) in others)))


def make_world(settings: Settings, schema: str, what: str) -> World:
    """A world with empty tables, in the place of one of its name that was cut short.

    what: it is, in a word or two, as people should read it.
    """
    drop_world(settings, schema)
    world = find_world(settings, schema)
    with connected(settings) as connection:
        name, comment = sql.Identifier(schema), sql.Literal(MARK + what)
        connection.execute(sql.SQL("CREATE SCHEMA {}").format(name))
        migrate(world.settings.database_url)
        for table in SHARED_TABLES:
            own, live = sql.Identifier(schema, table), sql.Identifier(world.live, table)
            connection.execute(sql.SQL("DROP TABLE {}").format(own))
            connection.execute(sql.SQL("CREATE VIEW {} AS TABLE {}").format(own, live))
        for table in (t.name for t in TABLES):
            found = connection.execute("SELECT to_regclass(%s)", [f"{schema}.{table}"]).fetchone()
            assert found is not None and found[0] is not None, table
        # Last: without it, it is none.
        connection.execute(sql.SQL("COMMENT ON SCHEMA {} IS {}").format(name, comment))
    return world


def worlds_of(settings: Settings) -> dict[str, str]:
    """Each world of the database, and what it is."""
    with connected(settings) as connection:
        rows = connection.execute(FIND_WORLDS, [MARK]).fetchall()
    return {name: comment.removeprefix(MARK) for name, comment in rows}


@contextmanager
def held(settings: Settings, schema: str) -> Iterator[None]:
    """Be the only one that makes, fills or reads a world of that name; waits for another one."""
    with connected(settings) as connection:
        connection.execute("SELECT pg_advisory_lock(%s, hashtext(%s))", [LOCK_KEY, schema])
        yield


def drop_unused(settings: Settings, schema: str) -> bool:
    """End a world that nobody holds; whether it is gone."""
    with connected(settings) as connection:
        query = "SELECT pg_try_advisory_lock(%s, hashtext(%s))"
        if connection.execute(query, [LOCK_KEY, schema]).fetchone() == (True,):
            drop_world(settings, schema)
            return True
    return False


def drop_world(settings: Settings, schema: str) -> None:
    """End a world with all that is in it; one that isn't there is left so."""
    with connected(settings) as connection:
        name = sql.Identifier(schema)
        connection.execute(sql.SQL("DROP SCHEMA IF EXISTS {} CASCADE").format(name))


def in_schemas(settings: Settings, *schemas: str) -> Settings:
    """Settings whose database is looked up, and made, in these schemas, the first one first."""
    assert all(re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", schema) for schema in schemas)
    url = settings.database_url
    options = f"{conninfo_to_dict(url).get('options') or ''} -csearch_path={','.join(schemas)}"
    database = settings.database.model_copy(
        update={"url": SecretStr(make_conninfo(url, options=options.strip()))}
    )
    return settings.model_copy(update={"database": database})
