"""Topics of which each event is a row: corrections, alerts, faults, versions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from processors.projections.sink import Connection, Position, insert
from processors.projections.tables import Table
from processors.projections.work import Work, admit_all
from streams.catalog import Topic
from streams.marks import Mark
from streams.records import Record

RowOf = Callable[[Any], tuple[Any, ...]]


class AppendedProjection:
    """Events of a derived topic → rows that never change."""

    def __init__(self, topic: Topic, partitions: int, table: Table, row_of: RowOf) -> None:
        self._topic = topic
        self._partitions = partitions
        self._table = table
        self._row_of = row_of

    async def load(self, connection: Connection, position: Position) -> None:
        """Nothing is kept but the mark, which the position holds."""

    def prepare(self, records: Sequence[Record], mark: Mark) -> Work:
        admitted = admit_all(records, self._topic, self._partitions, mark)
        rows = [self._row_of(event) for _, event in admitted.events]

        async def write(connection: Connection) -> None:
            await insert(connection, self._table, rows)

        return Work(write, admitted.rejections, admitted.mark)
