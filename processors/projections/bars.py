"""market.bars.v1 → `bars`, what they were before corrections, and `series`.

What is no bar is left out here and dead-lettered by the bars agent, which sees the same records.
"""

from __future__ import annotations

from collections.abc import Sequence

from processors.projections.core.bars import BarRow, ChosenBars, bar_rows, last_bars
from processors.projections.quarters import Quarters
from processors.projections.sink import (
    Connection,
    Position,
    columns_of,
    insert,
    store,
    upsert,
)
from processors.projections.tables import BARS, SERIES, SUPERSEDED_BARS
from processors.projections.work import Work
from schemas.series import Series
from streams.bars import BarDecoder, SeriesGate
from streams.marks import Mark
from streams.records import Record

# One by one: PostgreSQL would rather read all partitions through than look so many bars up. Of one
# that retention has dropped no values are known, and a repeat of it counts as a correction.
NEWEST_BARS = """
    SELECT feed, symbol, "interval", series_id, last_ts, coalesce(open, 'NaN'),
        coalesce(high, 'NaN'), coalesce(low, 'NaN'), coalesce(close, 'NaN'),
        coalesce(volume, 'NaN'), coalesce(source_offset, 0)
    FROM series LEFT JOIN LATERAL (
        SELECT open, high, low, close, volume, source_offset
        FROM bars WHERE bars.series_id = series.series_id AND bars.ts = series.last_ts OFFSET 0
    ) AS newest ON true
    WHERE partition = %s
"""
# One by one, for the same reason.
SUPERSEDE = """
    INSERT INTO superseded_bars
    SELECT old.*, given.until_offset
    FROM unnest(%s::bigint[], %s::timestamptz[], %s::bigint[])
        AS given (series_id, ts, until_offset)
    CROSS JOIN LATERAL (
        SELECT series_id, ts, open, high, low, close, volume, source_offset
        FROM bars WHERE bars.series_id = given.series_id AND bars.ts = given.ts OFFSET 0
    ) AS old
"""


class BarsProjection:
    """One partition's bars, and the gate that says which of them count."""

    def __init__(self, partition: int, partitions: int) -> None:
        self._partition = partition
        self._decoder = BarDecoder(partition, partitions)
        self._gate = SeriesGate()
        self._quarters = Quarters(BARS)

    async def load(self, connection: Connection, position: Position) -> None:
        """Restore the gate: each series' newest bar."""
        cursor = await connection.execute(NEWEST_BARS, (self._partition,))
        rows = [(Series(*row[:3]), BarRow._make(row[3:])) for row in await cursor.fetchall()]
        self._gate = SeriesGate(dict(last_bars(rows, position.next_offset)))

    def prepare(self, records: Sequence[Record], mark: Mark) -> Work:
        batch = self._decoder.decode(records)
        verdicts, _ = self._gate.admit(batch)
        rows = bar_rows(batch, verdicts)

        async def write(connection: Connection) -> None:
            await upsert(connection, SERIES, rows.series)
            await self._quarters.make(connection, rows.ts)
            await store(connection, BARS, rows.new)
            await supersede(connection, rows.first)
            await insert(connection, SUPERSEDED_BARS, rows.superseded)
            await upsert(connection, BARS, rows.corrected.rows())

        return Work(write, mark=mark)


async def supersede(connection: Connection, corrections: ChosenBars) -> None:
    """Keep what the table holds of the bars that these are about to correct."""
    given = [(bar.series_id, bar.ts, bar.source_offset) for bar in corrections.rows()]
    if given:
        await connection.execute(SUPERSEDE, columns_of(given))
