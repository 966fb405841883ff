"""What the tables have of a person, and what of it still runs."""

from __future__ import annotations

from dataclasses import dataclass

import psycopg
from psycopg import sql

from deploy.worlds.world import connected
from processors.projections.tables import TABLES
from streams.settings import Settings

AUTHORED = tuple(t.name for t in TABLES if "author" in (name for name, _ in t.columns))
"""Tables whose rows say who wrote them."""
COUNT = sql.SQL("SELECT count(*) FROM {} WHERE author = %s")
STRATEGIES = """
    SELECT strategy_id FROM strategies s WHERE author = %(user)s AND NOT deleted AND NOT EXISTS (
        SELECT 1 FROM strategy_versions v
        WHERE v.strategy_id = s.strategy_id AND v.version IS NOT NULL AND v.author <> %(user)s
    ) ORDER BY 1
"""
"""Theirs as a whole: one that somebody else wrote a version of goes back to that."""
DEPLOYMENTS = "SELECT deployment_id FROM deployments WHERE author = %(user)s ORDER BY 1"
ENDING = """
    SELECT d.deployment_id, d.strategy_id FROM deployments d LEFT JOIN strategy_versions v
        ON (v.strategy_id, v.version) = (d.strategy_id, d.version)
    WHERE d.active AND v.author = %(user)s
       OR d.author = %(user)s AND (d.active OR d.refusal_reason IS NOT NULL)
    ORDER BY 1
"""
"""Also refused ones: why they were goes along, and they would look active."""
SCREENS = """
    SELECT d.screen_id FROM standing_screens d LEFT JOIN strategy_versions v
        ON (v.strategy_id, v.version) = (d.strategy_id, d.version)
    WHERE d.state = 'active' AND (
        d.author = %(user)s OR v.author = %(user)s
        OR d.universe IN (SELECT universe FROM universes WHERE author = %(user)s)
    ) ORDER BY 1
"""
REQUESTS = """
    SELECT q.request_id, q.queue FROM research_requests q
    LEFT JOIN research_results r USING (request_id)
    WHERE q.author = %(user)s AND coalesce(r.state, 'waiting') IN ('waiting', 'running')
    ORDER BY 1
"""
ACTIVE = """
    SELECT deployment_id FROM activations WHERE deployment_id = ANY(%s) AND until_offset IS NULL
"""
TURNS = """
    SELECT turn_id FROM chat_turns
    WHERE author = %(user)s AND reply_state NOT IN ('completed', 'failed')
"""
FILES = """
    SELECT name FROM research_results r
    JOIN research_requests q USING (request_id),
    unnest(ARRAY[r.report_sha256, r.page_sha256]) AS name
    WHERE q.author = %(user)s AND name IS NOT NULL
"""
DROP_FILES = """
    DELETE FROM research_files WHERE sha256 = ANY(%s) AND NOT EXISTS (
        SELECT 1 FROM research_results r LEFT JOIN research_requests q USING (request_id)
        WHERE q.author IS DISTINCT FROM %s AND sha256 IN (r.report_sha256, r.page_sha256)
    )
"""


@dataclass(frozen=True, slots=True)
class Belongings:
    """rows: how many they wrote, by table. deployments: all of theirs. The others have to end:
    strategies, deployments with their strategy, standing screens, and requests with their queue.
    files: hashes of their reports."""

    rows: dict[str, int]
    deployments: tuple[str, ...]
    strategies: tuple[str, ...]
    ending: tuple[tuple[str, str], ...]
    screens: tuple[str, ...]
    requests: tuple[tuple[str, str], ...]
    files: tuple[str, ...]


def belongings_of(settings: Settings, user: str) -> Belongings:
    """As the tables have them now. Raises `UserError` when the database is away."""
    with connected(settings) as connection:
        known = {"user": user}
        return Belongings(
            rows=_counts(connection, user),
            deployments=_names(connection, DEPLOYMENTS, user),
            strategies=_names(connection, STRATEGIES, user),
            ending=tuple(connection.execute(ENDING, known).fetchall()),
            screens=_names(connection, SCREENS, user),
            requests=tuple(connection.execute(REQUESTS, known).fetchall()),
            files=_names(connection, FILES, user),
        )


def rows_of(settings: Settings, user: str) -> dict[str, int]:
    """How many rows they wrote, by table."""
    with connected(settings) as connection:
        return _counts(connection, user)


def unsettled(settings: Settings, user: str, deployments: list[str]) -> int:
    """How much is still at work that was ended or asked for: activations, requests, turns."""
    with connected(settings) as connection:
        rows = connection.execute(ACTIVE, [deployments]).fetchall()
        for query in (REQUESTS, TURNS):
            rows += connection.execute(query, {"user": user}).fetchall()
    return len(rows)


def drop_files(settings: Settings, user: str, files: tuple[str, ...]) -> None:
    """Delete reports that nobody else's result names."""
    with connected(settings) as connection:
        connection.execute(DROP_FILES, [list(files), user])


def _counts(connection: psycopg.Connection, user: str) -> dict[str, int]:
    found = {}
    for table in AUTHORED:
        row = connection.execute(COUNT.format(sql.Identifier(table)), [user]).fetchone()
        assert row is not None
        if row[0]:
            found[table] = int(row[0])
    return found


def _names(connection: psycopg.Connection, query: str, user: str) -> tuple[str, ...]:
    rows = connection.execute(query.encode(), {"user": user}).fetchall()
    return tuple(name for (name,) in rows)
