"""A digest for each table: two databases, or a database and its rebuild, are equal if these are."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from processors.projections.sink import Connection
from processors.projections.tables import TABLES, Table

MISSING = "missing"


async def digests(connection: Connection, tables: Sequence[Table] = TABLES) -> dict[str, str]:
    """SHA-256 in hex by table name, over all rows of one moment."""
    async with one_moment(connection):
        return await digests_now(connection, tables)


@asynccontextmanager
async def one_moment(connection: Connection) -> AsyncIterator[None]:
    """A transaction that sees the rows as they are at its first statement."""
    async with connection.transaction():
        await connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield


async def digests_now(connection: Connection, tables: Sequence[Table]) -> dict[str, str]:
    """The same in a transaction that is under way."""
    # COPY writes floats in their shortest exact form, and times in the session's zone.
    await connection.execute("SET LOCAL timezone = 'UTC'")
    await connection.execute("SET LOCAL extra_float_digits = 1")
    return {table.name: await digest(connection, table) for table in tables}


async def digest(connection: Connection, table: Table) -> str:
    """SHA-256 in hex over a table's rows as COPY writes them, in the order of the key.

    MISSING where there is no such table.
    """
    cursor = await connection.execute("SELECT to_regclass(%s)", [table.name])
    if await cursor.fetchone() == (None,):
        return MISSING
    statement = b"COPY (" + table.ordered + b") TO STDOUT"
    hashed = hashlib.sha256()
    async with connection.cursor() as cursor, cursor.copy(statement) as stream:
        async for chunk in stream:
            hashed.update(chunk)
    return hashed.hexdigest()
