"""Topics of which a row is the fold of many events: actions, strategies, deployments, chat turns.

The rows that a batch touches are read, folded in memory, and written back, all in its transaction.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from processors.projections.core.fold import RowFold
from processors.projections.sink import Connection, Position, select, upsert
from processors.projections.tables import Table
from processors.projections.work import Work, admit_all
from streams.catalog import Topic
from streams.marks import Mark
from streams.records import Record


class FoldedProjection:
    """Events of a topic → the rows they change."""

    def __init__(self, topic: Topic, partitions: int, table: Table, fold: RowFold[Any]) -> None:
        self._topic = topic
        self._partitions = partitions
        self._table = table
        self._fold = fold

    async def load(self, connection: Connection, position: Position) -> None:
        """Nothing is kept: each batch reads the rows it touches."""

    def prepare(self, records: Sequence[Record], mark: Mark) -> Work:
        admitted = admit_all(records, self._topic, self._partitions, mark)

        async def write(connection: Connection) -> None:
            keys = dict.fromkeys(self._fold.key_of(event) for _, event in admitted.events)
            found = await select(connection, self._table, keys)
            before = {row[: len(self._table.key)]: self._fold.make(row) for row in found}
            after = dict(before)
            for record, event in admitted.events:
                key = self._fold.key_of(event)
                place = record.timestamp if self._fold.timed else record.offset
                row = self._fold.advance(after.get(key), event, place)
                if row is not None:
                    after[key] = row
            changed = [row for key, row in after.items() if row != before.get(key)]
            await upsert(connection, self._table, changed)

        return Work(write, admitted.rejections, admitted.mark)
