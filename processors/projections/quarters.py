"""Partitions of a table, made before the rows that need them.

They are made in the transaction of those rows. Where retention has dropped one that is known here,
the rows are refused; as after any error, the projection is then loaded anew, and knows none.
"""

from __future__ import annotations

from datetime import date

from processors.projections.core.quarters import missing_quarters
from processors.projections.sink import Connection
from processors.projections.tables import Table
from schemas.columns import Ints

MAKE_QUARTERS = "SELECT make_quarters(%s::text::regclass, %s)"


class Quarters:
    """The partitions of one table of which it is known that they are there."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self._known: set[date] = set()

    async def make(self, connection: Connection, ts_us: Ints) -> None:
        """Make those that rows with these times need, shape (n,) in microseconds since 1970."""
        missing = missing_quarters(ts_us, self._known)
        if missing:
            await connection.execute(MAKE_QUARTERS, (self._table.name, missing))
            self._known.update(missing)
