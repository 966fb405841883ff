"""The instruments topic → `instruments`, as last listed, and `listings`, each by itself."""

from __future__ import annotations

from collections.abc import Sequence

from processors.projections.core import instruments
from processors.projections.folded import FoldedProjection
from processors.projections.sink import Connection, Position, insert
from processors.projections.tables import INSTRUMENTS, LISTINGS
from processors.projections.work import Work, admit_all
from streams import catalog
from streams.marks import Mark
from streams.records import Record


class InstrumentsProjection:
    """What is known of instruments now, and what was known of them before."""

    def __init__(self, partitions: int) -> None:
        self._partitions = partitions
        topic = catalog.INSTRUMENTS
        self._latest = FoldedProjection(topic, partitions, INSTRUMENTS, instruments.FOLD)

    async def load(self, connection: Connection, position: Position) -> None:
        """Nothing is kept: each batch reads the rows it touches."""

    def prepare(self, records: Sequence[Record], mark: Mark) -> Work:
        latest = self._latest.prepare(records, mark)
        events = admit_all(records, catalog.INSTRUMENTS, self._partitions, mark).events
        rows = [
            instruments.listing_row(event, record.offset, record.timestamp)
            for record, event in events
        ]

        async def write(connection: Connection) -> None:
            await latest.write(connection)
            await insert(connection, LISTINGS, rows)

        return Work(write, latest.rejections, latest.mark)
