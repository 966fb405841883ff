"""What belongs to tables in a schema: partitions, views of them, functions that read them."""

from __future__ import annotations

from collections.abc import Sequence

from psycopg import sql

from processors.projections.sink import Connection

# Whatever hangs together with a table, directly or not, whichever depends on the other: found by
# what PostgreSQL itself keeps of who needs whom. A view's dependencies are those of its rule.
FIND_BELONGINGS = """
    WITH RECURSIVE nodes AS (
        SELECT 'pg_class'::regclass AS class, oid, CASE relkind
                   WHEN 'v' THEN 'VIEW' WHEN 'm' THEN 'MATERIALIZED VIEW' ELSE 'TABLE'
               END AS kind, oid::regclass::text AS name
        FROM pg_class WHERE relnamespace = %(schema)s::regnamespace
          AND relkind IN ('r', 'p', 'v', 'm')
        UNION ALL
        SELECT 'pg_proc'::regclass, oid, 'FUNCTION', oid::regprocedure::text
        FROM pg_proc WHERE pronamespace = %(schema)s::regnamespace
    ), links AS (
        SELECT coalesce(r.ev_class, k.conrelid, d.objid) AS a, d.refobjid AS b
        FROM pg_depend d
        LEFT JOIN pg_rewrite r ON d.classid = 'pg_rewrite'::regclass AND r.oid = d.objid
        LEFT JOIN pg_constraint k ON d.classid = 'pg_constraint'::regclass AND k.oid = d.objid
        WHERE d.refclassid IN ('pg_class'::regclass, 'pg_proc'::regclass)
    ), both_ways AS (
        SELECT a, b FROM links UNION SELECT b, a FROM links
    ), found AS (
        SELECT oid FROM pg_class
        WHERE relnamespace = %(schema)s::regnamespace AND relname = ANY(%(tables)s)
        UNION
        SELECT nodes.oid FROM found
        JOIN both_ways ON both_ways.a = found.oid JOIN nodes ON nodes.oid = both_ways.b
    )
    SELECT kind, name FROM nodes JOIN found USING (oid) ORDER BY kind, name
"""


async def belongings(
    connection: Connection, schema: str, tables: Sequence[str]
) -> list[tuple[str, str]]:
    """The tables and what hangs together with them there: kind and name, as ALTER wants them."""
    cursor = await connection.execute(FIND_BELONGINGS, {"schema": schema, "tables": list(tables)})
    return [(kind, name) for kind, name in await cursor.fetchall()]


async def move(connection: Connection, source: str, target: str, tables: Sequence[str]) -> None:
    """Move tables, with what belongs to them, from one schema to another."""
    # Without a path, names are given with their schema.
    await connection.execute("SET LOCAL search_path = ''")
    for kind, name in await belongings(connection, source, tables):
        statement = f"ALTER {kind} {name} SET SCHEMA {{}}"  # PostgreSQL's own, quoted words
        await connection.execute(sql.SQL(statement).format(sql.Identifier(target)))
