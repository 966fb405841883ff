"""The projections by name: which topics fill which tables, and so can only be rebuilt together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from deploy.errors import UserError
from processors.projections.tables import TABLES, Table
from processors.projections.topics import PROJECTED, TABLES_OF
from streams.catalog import Topic


@dataclass(frozen=True, slots=True)
class Projections:
    """Topics, and all the tables that they fill."""

    topics: tuple[Topic, ...]
    tables: tuple[Table, ...]


NAMES = tuple(dict.fromkeys(tables[0].name for tables in TABLES_OF.values()))
"""Of each projection: its first table's."""


def projections_of(names: Sequence[str]) -> Projections:
    """Those of these names, or all without any. Raises `UserError` on a name that there isn't."""
    for name in names:
        if name not in NAMES:
            raise UserError(f"There is no projection {name}. There are: {', '.join(NAMES)}.")
    wanted = set(names or NAMES)
    topics = tuple(topic for topic in PROJECTED if TABLES_OF[topic][0].name in wanted)
    written = {table for topic in topics for table in TABLES_OF[topic]}
    return Projections(topics, tuple(table for table in TABLES if table in written))
