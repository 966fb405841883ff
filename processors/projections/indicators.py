"""indicators.values.v1 → `indicators`."""

from __future__ import annotations

from collections.abc import Sequence

from processors.projections.core.indicators import IndicatorDecoder, indicator_rows, mark_of
from processors.projections.core.repeats import rising
from processors.projections.quarters import Quarters
from processors.projections.sink import Connection, Position, store
from processors.projections.tables import INDICATORS
from processors.projections.work import Work
from streams.marks import Mark
from streams.records import Record


class IndicatorsProjection:
    """One partition's indicator rows."""

    def __init__(self, partition: int, partitions: int) -> None:
        self._decoder = IndicatorDecoder(partition, partitions)
        self._quarters = Quarters(INDICATORS)

    async def load(self, connection: Connection, position: Position) -> None:
        """Nothing is kept but the mark, which the position holds."""

    def prepare(self, records: Sequence[Record], mark: Mark) -> Work:
        values, rejections = self._decoder.decode(records)
        fresh, mark = rising(mark, map(mark_of, values))
        rows = indicator_rows([values[row] for row in fresh])

        async def write(connection: Connection) -> None:
            await self._quarters.make(connection, rows.ts)
            await store(connection, INDICATORS, rows)

        return Work(write, rejections, mark)
