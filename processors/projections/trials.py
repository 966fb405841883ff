"""The topic of which an event is many rows, some of which are there already."""

from __future__ import annotations

from collections.abc import Sequence

from processors.projections.core.trials import trial_rows
from processors.projections.sink import Connection, Position, insert
from processors.projections.tables import RESEARCH_TRIALS
from processors.projections.work import Work, admit_all
from schemas.events.trials import TrialsMade
from streams import catalog
from streams.marks import Mark
from streams.records import Record


class TrialsProjection:
    """Trials → rows that never change: what was made first counts."""

    def __init__(self, partitions: int) -> None:
        self._partitions = partitions

    async def load(self, connection: Connection, position: Position) -> None:
        """Nothing is kept: the table's key tells what is there."""

    def prepare(self, records: Sequence[Record], mark: Mark) -> Work:
        admitted = admit_all(records, catalog.RESEARCH_TRIALS, self._partitions, mark)

        async def write(connection: Connection) -> None:
            for record, event in admitted.events:
                assert isinstance(event, TrialsMade)
                await insert(connection, RESEARCH_TRIALS, list(trial_rows(event, record.timestamp)))

        return Work(write, admitted.rejections, admitted.mark)
