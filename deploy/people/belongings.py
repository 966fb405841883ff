"""What the tables have of a person, and what of it still runs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import sql

from deploy.worlds.world import connected
from processors.projections.tables import TABLES
from streams.settings import Settings

AUTHORED = tuple(t.name for t in TABLES if "author" in (name for name, _ in t.columns))
"""Tables whose rows say who wrote them."""
COUNT = sql.SQL("SELECT count(*) FROM {} WHERE author = %s")
STRATEGIES = """
    SELECT strategy_id FROM strategies WHERE author = %(user)s AND NOT deleted ORDER BY 1
"""
DEPLOYMENTS = "SELECT deployment_id FROM deployments WHERE author = %(user)s ORDER BY 1"
ACTIVE = """
    SELECT deployment_id, strategy_id FROM deployments
    WHERE active AND (author = %(user)s OR strategy_id = ANY(%(strategies)s)) ORDER BY 1
"""
SCREENS = """
    SELECT screen_id FROM standing_screens
    WHERE state = 'active' AND (author = %(user)s OR strategy_id = ANY(%(strategies)s))
    ORDER BY 1
"""
REQUESTS = """
    SELECT q.request_id, q.queue FROM research_requests q
    LEFT JOIN research_results r USING (request_id)
    WHERE q.author = %(user)s AND coalesce(r.state, 'waiting') IN ('waiting', 'running')
    ORDER BY 1
"""
FILES = """
    SELECT name FROM research_results r
    JOIN research_requests q USING (request_id),
    unnest(ARRAY[r.report_sha256, r.page_sha256]) AS name
    WHERE q.author = %(user)s AND name IS NOT NULL
"""
UNSETTLED = """
    SELECT count(*) FROM activations WHERE deployment_id = ANY(%s) AND until_offset IS NULL
"""
DROP_FILES = """
    DELETE FROM research_files WHERE sha256 = ANY(%s) AND NOT EXISTS (
        SELECT 1 FROM research_results r WHERE sha256 IN (r.report_sha256, r.page_sha256)
    )
"""


@dataclass(frozen=True, slots=True)
class Belongings:
    """rows: how many they wrote, by table. deployments: all of theirs. The others have to end:
    strategies, active deployments with their strategy, standing screens, and requests with their
    queue. files: hashes of their reports."""

    rows: dict[str, int]
    deployments: tuple[str, ...]
    strategies: tuple[str, ...]
    active: tuple[tuple[str, str], ...]
    screens: tuple[str, ...]
    requests: tuple[tuple[str, str], ...]
    files: tuple[str, ...]


def belongings_of(settings: Settings, user: str) -> Belongings:
    """As the tables have them now. Raises `UserError` when the database is away."""
    with connected(settings) as connection:
        strategies = _names(connection, STRATEGIES, user=user)
        known = {"user": user, "strategies": list(strategies)}
        return Belongings(
            rows=_counts(connection, user),
            deployments=_names(connection, DEPLOYMENTS, **known),
            strategies=strategies,
            active=tuple(connection.execute(ACTIVE, known).fetchall()),
            screens=_names(connection, SCREENS, **known),
            requests=tuple(connection.execute(REQUESTS, known).fetchall()),
            files=_names(connection, FILES, **known),
        )


def rows_of(settings: Settings, user: str) -> dict[str, int]:
    """How many rows they wrote, by table."""
    with connected(settings) as connection:
        return _counts(connection, user)


def still_active(settings: Settings, deployments: list[str]) -> int:
    """On how many partitions deployments that were ended still count."""
    with connected(settings) as connection:
        row = connection.execute(UNSETTLED, [deployments]).fetchone()
    assert row is not None
    return int(row[0])


def drop_files(settings: Settings, files: tuple[str, ...]) -> int:
    """Delete reports that no result names any more; how many."""
    with connected(settings) as connection:
        return connection.execute(DROP_FILES, [list(files)]).rowcount


def _counts(connection: psycopg.Connection, user: str) -> dict[str, int]:
    found = {}
    for table in AUTHORED:
        row = connection.execute(COUNT.format(sql.Identifier(table)), [user]).fetchone()
        assert row is not None
        if row[0]:
            found[table] = int(row[0])
    return found


def _names(connection: psycopg.Connection, query: str, **known: Any) -> tuple[str, ...]:
    return tuple(name for (name,) in connection.execute(query.encode(), known).fetchall())
