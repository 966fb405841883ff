"""signals.emitted.v1 → `signals`."""

from __future__ import annotations

from collections.abc import Sequence

from processors.projections.core.repeats import rising
from processors.projections.core.signals import SignalDecoder, SignalRows, mark_of
from processors.projections.sink import Connection, Position, store
from processors.projections.tables import SIGNALS
from processors.projections.work import Work
from streams.marks import Mark
from streams.records import Record


class SignalsProjection:
    """One partition's signals."""

    def __init__(self, partition: int, partitions: int) -> None:
        self._decoder = SignalDecoder(partition, partitions)

    async def load(self, connection: Connection, position: Position) -> None:
        """Nothing is kept but the mark, which the position holds."""

    def prepare(self, records: Sequence[Record], mark: Mark) -> Work:
        values, rejections = self._decoder.decode(records)
        fresh, mark = rising(mark, map(mark_of, values))
        rows = SignalRows([values[row] for row in fresh])

        async def write(connection: Connection) -> None:
            await store(connection, SIGNALS, rows)

        return Work(write, rejections, mark)
