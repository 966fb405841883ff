"""The activations topic → `partition_epochs` and `activations`."""

from __future__ import annotations

from collections.abc import Sequence

from processors.projections.core.activations import (
    ActivationRow,
    EpochRow,
    keys_of,
    rows_of,
    state_of,
)
from processors.projections.sink import Connection, Position, select, upsert
from processors.projections.tables import ACTIVATIONS, EPOCHS
from processors.projections.work import Work, admit_all
from streams import catalog
from streams.activations import advance
from streams.marks import Mark
from streams.records import Record


class ActivationsProjection:
    """One partition's fence, and which deployments count on it."""

    def __init__(self, partition: int, partitions: int) -> None:
        self._partition = partition
        self._partitions = partitions

    async def load(self, connection: Connection, position: Position) -> None:
        """Nothing is kept: each batch reads the rows it touches."""

    def prepare(self, records: Sequence[Record], mark: Mark) -> Work:
        admitted = admit_all(records, catalog.ACTIVATIONS, self._partitions, mark)
        events = [event for _, event in admitted.events]

        async def write(connection: Connection) -> None:
            epochs = await select(connection, EPOCHS, [(self._partition,)])
            active = await select(connection, ACTIVATIONS, keys_of(events))
            before = state_of(map(EpochRow._make, epochs), map(ActivationRow._make, active))
            after = advance(before, events)
            if after != before:
                epoch_rows, activation_rows = rows_of(self._partition, after)
                await upsert(connection, EPOCHS, epoch_rows)
                await upsert(connection, ACTIVATIONS, activation_rows)

        return Work(write, admitted.rejections, admitted.mark)
