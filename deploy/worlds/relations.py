"""What belongs to tables: partitions, views of them, functions that read them.

Which those are a freshly migrated schema tells: all that is in it is ours, so that nothing of a
person's, or of an extension's, is taken for it in the live one.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from psycopg import sql

from deploy.errors import UserError
from processors.projections.sink import Connection


class Belonging(NamedTuple):
    """kind: as ALTER wants it; name: within its schema, quoted, of a function with its types."""

    kind: str
    name: str


# Whatever hangs together with a table, directly or not, whichever depends on the other: found by
# what PostgreSQL itself keeps of who needs whom. A view's dependencies are those of its rule.
FIND_BELONGINGS = """
    WITH RECURSIVE nodes AS (
        SELECT oid, CASE relkind
                   WHEN 'v' THEN 'VIEW' WHEN 'm' THEN 'MATERIALIZED VIEW' ELSE 'TABLE'
               END AS kind, quote_ident(relname) AS name, relispartition AS is_partition
        FROM pg_class WHERE relnamespace = %(schema)s::regnamespace
          AND relkind IN ('r', 'p', 'v', 'm')
        UNION ALL
        SELECT oid, 'FUNCTION', format('%%I(%%s)', proname, oidvectortypes(proargtypes)), false
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
    SELECT kind, name FROM nodes JOIN found USING (oid) WHERE NOT is_partition ORDER BY kind, name
"""
# TimescaleDB's are views to PostgreSQL, and materialized ones to ALTER.
AGGREGATES = "timescaledb_information.continuous_aggregates"
FIND_AGGREGATES = f"""
    SELECT quote_ident(view_name) FROM {AGGREGATES} WHERE view_schema = %s
"""  # noqa: S608 -- this module's own constant
FIND_TREE = """
    SELECT relid::regclass::text FROM pg_partition_tree(%s::regclass) WHERE NOT relid = %s::regclass
"""
FIND_OTHERS = """
    SELECT DISTINCT dependent.oid::regclass::text
    FROM pg_depend d JOIN pg_rewrite r ON d.classid = 'pg_rewrite'::regclass AND r.oid = d.objid
    JOIN pg_class dependent ON dependent.oid = r.ev_class
    WHERE d.refclassid = 'pg_class'::regclass AND d.refobjid = ANY(%(ours)s::regclass[])
      AND dependent.oid <> ALL(%(ours)s::regclass[])
      AND NOT starts_with(dependent.relnamespace::regnamespace::text, '_timescaledb')
"""
FIND_GRANTS = """
    SELECT privilege_type, is_grantable, nullif(grantee, 0)::regrole::text
    FROM pg_class, aclexplode(relacl) WHERE oid = %s::regclass AND grantee <> relowner
"""


async def belongings(connection: Connection, schema: str, tables: Sequence[str]) -> list[Belonging]:
    """The tables of a freshly migrated schema, and what hangs together with them there."""
    cursor = await connection.execute(FIND_BELONGINGS, {"schema": schema, "tables": list(tables)})
    found = await cursor.fetchall()
    aggregates = await _aggregates(connection, schema)
    return [
        Belonging("MATERIALIZED VIEW" if name in aggregates else kind, name) for kind, name in found
    ]


async def _aggregates(connection: Connection, schema: str) -> set[str]:
    cursor = await connection.execute("SELECT to_regclass(%s)", [AGGREGATES])
    if await cursor.fetchone() == (None,):
        return set()
    cursor = await connection.execute(FIND_AGGREGATES.encode(), [schema])
    return {str(row[0]) for row in await cursor.fetchall()}


async def refuse_others(connection: Connection, schema: str, moved: Sequence[Belonging]) -> None:
    """Raises `UserError` where somebody else's view reads one of these: it would go with it."""
    ours = [
        f"{schema}.{each.name}"
        for each in moved
        if each.kind != "FUNCTION" and await _is_there(connection, schema, each)
    ]
    cursor = await connection.execute(FIND_OTHERS, {"ours": ours})
    others = [str(row[0]) for row in await cursor.fetchall()]
    if others:
        raise UserError(
            f"These views read the tables that are to be replaced: {', '.join(sorted(others))}. "
            "Drop them, and make them again afterwards. Nothing was changed."
        )


async def move(
    connection: Connection, source: str, target: str, moved: Sequence[Belonging]
) -> None:
    """Move these, with their partitions, from one schema to another; what isn't there is left."""
    # Without a path, names are given with their schema.
    await connection.execute("SET LOCAL search_path = ''")
    for each in moved:
        if await _is_there(connection, source, each):
            name = f"{source}.{each.name}"
            parts = await _parts(connection, name) if each.kind == "TABLE" else []
            for one in (name, *parts):
                statement = f"ALTER {each.kind} {one} SET SCHEMA {{}}"  # PostgreSQL's quoted words
                await connection.execute(sql.SQL(statement).format(sql.Identifier(target)))


async def copy_grants(
    connection: Connection, source: str, target: str, moved: Sequence[Belonging]
) -> None:
    """Let those who may use what was there use what takes its place."""
    for each in moved:
        if each.kind == "FUNCTION" or not await _is_there(connection, source, each):
            continue
        cursor = await connection.execute(FIND_GRANTS, [f"{source}.{each.name}"])
        for privilege, is_grantable, role in await cursor.fetchall():
            grant = f"GRANT {privilege} ON {target}.{each.name} TO {role or 'PUBLIC'}"
            await connection.execute(
                (grant + " WITH GRANT OPTION" if is_grantable else grant).encode()
            )


async def _parts(connection: Connection, name: str) -> list[str]:
    cursor = await connection.execute(FIND_TREE, [name, name])
    return [str(row[0]) for row in await cursor.fetchall()]


async def _is_there(connection: Connection, schema: str, each: Belonging) -> bool:
    find = "to_regprocedure" if each.kind == "FUNCTION" else "to_regclass"
    query = f"SELECT {find}(%s) IS NOT NULL"
    cursor = await connection.execute(query.encode(), [f"{schema}.{each.name}"])
    return await cursor.fetchone() == (True,)
