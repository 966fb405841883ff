"""Writes and reads who is active from which bar on: one partition of the activations topic.

An owner first claims its partition with an epoch above all before; from then on nothing counts that
an earlier owner writes, whatever it still believes.
"""

from __future__ import annotations

import time
import uuid

from schemas.events.base import Event
from schemas.events.strategies import (
    PartitionClaimed,
    StrategyActivated,
    StrategyDeactivated,
    StrategyDeployed,
)
from streams.activations import Activation, PartitionActivations, advance
from streams.admission import admit
from streams.catalog import ACTIVATIONS
from streams.codec import INT64_MAX, RecordError, encode
from streams.producer import Publisher
from streams.reader import read_partition
from streams.records import Record
from streams.settings import Settings

SOURCE = "/peripheral/evaluation"


class PartitionLostError(RuntimeError):
    """Somebody else has claimed the partition; this worker must not go on with it."""


class Claim:
    """One partition's activations, as long as this worker owns it."""

    def __init__(self, settings: Settings, publisher: Publisher, partition: int) -> None:
        self._settings = settings
        self._publisher = publisher
        self._partition = partition
        self._owner = uuid.uuid4().hex
        self._epoch = 0
        self._next_offset = 0
        self._state = PartitionActivations()

    @property
    def epoch(self) -> int:
        """Of this claim; later claims' are higher."""
        return self._epoch

    @property
    def activations(self) -> dict[str, Activation]:
        return dict(self._state.activations)

    async def take(self) -> None:
        """Claim the partition; afterwards everything that counts of earlier owners is known."""
        while True:
            await self._read()
            if self._state.epoch >= INT64_MAX:
                raise PartitionLostError(
                    f"partition {self._partition} was claimed with the highest epoch there is, by"
                    f" something that is not Peripheral: {ACTIVATIONS.name} must be restored"
                )
            self._epoch = self._state.epoch + 1
            await self._write(
                PartitionClaimed(partition=self._partition, epoch=self._epoch, owner=self._owner)
            )
            claims = [event for event in await self._read() if isinstance(event, PartitionClaimed)]
            first = next((claim for claim in claims if claim.epoch == self._epoch), None)
            if self._state.epoch == self._epoch and first and first.owner == self._owner:
                return

    async def activate(self, deployments: list[StrategyDeployed], from_offset: int) -> None:
        """Let the deployments count from that offset on; once it is on the log, it is so."""
        for deployment in deployments:
            await self._write(
                StrategyActivated(
                    deployment_id=deployment.deployment_id,
                    strategy_id=deployment.strategy_id,
                    partition=self._partition,
                    from_offset=from_offset,
                    epoch=self._epoch,
                )
            )
        await self._confirm()

    async def deactivate(self, activations: list[Activation], from_offset: int) -> None:
        """Silence the activations from that offset on."""
        for activation in activations:
            await self._write(
                StrategyDeactivated(
                    deployment_id=activation.deployment_id,
                    strategy_id=activation.strategy_id,
                    partition=self._partition,
                    from_offset=from_offset,
                    epoch=self._epoch,
                )
            )
        await self._confirm()

    async def _confirm(self) -> None:
        """Read back what was written; PartitionLostError when a later claim is there."""
        await self._read()
        if self._state.epoch != self._epoch:
            raise PartitionLostError(
                f"partition {self._partition} was claimed with epoch {self._state.epoch}"
            )

    async def _read(self) -> list[Event]:
        records = await read_partition(
            self._settings, ACTIVATIONS.name, self._partition, self._next_offset
        )
        if records:
            self._next_offset = records[-1].offset + 1
        events = [event for record in records if (event := self._event(record)) is not None]
        self._state = advance(self._state, events)
        return events

    def _event(self, record: Record) -> Event | None:
        """None for what is no event; the projection of the topic dead-letters it."""
        try:
            return admit(record, ACTIVATIONS, self._settings.kafka.partitions)
        except RecordError:
            return None

    async def _write(
        self, event: PartitionClaimed | StrategyActivated | StrategyDeactivated
    ) -> None:
        about = f"partition-{event.partition}"
        if not isinstance(event, PartitionClaimed):
            about = event.deployment_id
        record = encode(
            event,
            key=about,
            event_id=f"{ACTIVATIONS.name}/{self._partition}/{event.epoch}/{type(event).__name__}/"
            f"{about}/{self._owner}",
            source=SOURCE,
            ts_us=time.time_ns() // 1000,
        )
        await self._publisher.publish(ACTIVATIONS.name, record, self._partition)
