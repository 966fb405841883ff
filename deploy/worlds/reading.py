"""Reads in a world: by the API's own routes, without its server, or by SQL."""

from __future__ import annotations

import csv
import sys

import httpx
import psycopg
from psycopg import sql

from api.app import create_app
from deploy.errors import UserError
from deploy.worlds.groups import NAMES, projections_of
from deploy.worlds.world import World, connected
from processors.projections.tables import Table

READ_LIMIT_S = 60.0


async def get(world: World, path: str) -> httpx.Response:
    """The API's answer to a GET, as of the world."""
    app = create_app(world.settings, past=True)
    transport = httpx.ASGITransport(app)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(
            transport=transport, base_url="http://localhost", timeout=READ_LIMIT_S
        ) as client,
    ):
        return await client.get(path)


def print_rows(world: World, query: str) -> None:
    """What a query finds in the world, as CSV. Raises `UserError` where it is none that reads."""
    with connected(world.settings) as connection:
        connection.execute("SET default_transaction_read_only = on")
        try:
            cursor = connection.cursor()
            lines = csv.writer(sys.stdout, lineterminator="\n")
            for number, row in enumerate(cursor.stream(query.encode())):  # it may be long
                if number == 0:
                    lines.writerow(column.name for column in cursor.description or ())
                lines.writerow(row)
        except psycopg.Error as error:
            raise UserError(f"The query failed: {str(error).strip()}") from error


def row_counts(world: World) -> dict[str, int]:
    """How many rows each table has."""
    counts = {}
    with connected(world.settings) as connection:
        for table in projections_of(NAMES).tables:
            counts[table.name] = _count(connection, table)
    return counts


def _count(connection: psycopg.Connection, table: Table) -> int:
    query = sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(table.name))
    row = connection.execute(query).fetchone()
    assert row is not None
    return int(row[0])
