"""Runs a pure fold per partition, so that what it derives is on the log once and whole.

At a checkpoint first the outputs are acknowledged, then the state, then the input's offset is
committed. On a replay the state says what it has seen. Outputs may so repeat, byte for byte the
same; their readers drop repeats by the high-water mark.
"""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Protocol

from streams.catalog import Topic
from streams.codec import Outgoing
from streams.producer import Publisher
from streams.reader import read_partition
from streams.records import Record
from streams.settings import Settings
from streams.snapshots import Entry, Snapshot, entry_records, owner_name, restore

Outputs = Mapping[str, Sequence[Outgoing]]
"""Records to write, per topic, on the partition of the input's number."""

PENDING_MAX = 256
"""Output batches that may wait for their acknowledgement before the fold goes on."""
PIECE_RECORDS_MIN, PIECE_RECORDS_MAX = 256, 16_384
PIECE_S = 0.25
"""How long a fold may take before others of its process have their turn."""


class Fold(Protocol):
    """The state of one partition and how it advances; no I/O but what its agent gives it."""

    async def advance(self, records: Sequence[Record]) -> Outputs:
        """Fold records in offset order; the same log gives the same outputs, however cut."""

    def entries(self, *, everything: bool) -> list[Entry]:
        """State as bytes: what changed since the last call, or everything.

        A checkpoint may end after any of them: what an entry says must be right beside older ones
        of the others, and one that relies on others comes after them.
        """


FoldFactory = Callable[[int, Snapshot], Awaitable[Fold]]


class Owned:
    """A partition that this worker owns."""

    def __init__(self, fold: Fold, snapshot: Snapshot) -> None:
        self.fold = fold
        self.owner = owner_name(snapshot.generation, uuid.uuid4().hex[:12])
        self.next_offset = snapshot.next_offset
        self.saved_offset = snapshot.next_offset
        self.stale_keys = snapshot.stale_keys
        self.wrote_everything = False
        self.has_told = False
        """Whether the group's offset is as the state has it: after a restore it is not."""
        self.pending: list[asyncio.Future[Any]] = []
        self.piece = PIECE_RECORDS_MIN
        """Records that are folded at a time; what comes of them does not depend on it."""


def next_piece(piece: int, folded: int, taken_s: float) -> int:
    """How many records to fold next, after so many took so long."""
    if taken_s > PIECE_S:
        return max(PIECE_RECORDS_MIN, int(folded * PIECE_S / taken_s))
    if folded == piece and taken_s < PIECE_S / 2:
        return min(piece * 2, PIECE_RECORDS_MAX)
    return piece


class ComputeAgent:
    """A BatchAgent over folds of one input topic.

    make_fold: from the partition and its snapshot to its fold. version: of the state that the
    fold keeps; another one begins anew.
    """

    def __init__(
        self,
        settings: Settings,
        source: Topic,
        snapshots: Topic,
        make_fold: FoldFactory,
        version: str,
    ) -> None:
        self.topics = (source.name,)
        self._settings = settings
        self._snapshots = snapshots.name
        self._make_fold = make_fold
        self._version = version
        self._owned: dict[int, Owned] = {}
        self.publisher = Publisher(settings, snapshots.name)

    async def start(self) -> None:
        await self.publisher.start()

    async def stop(self) -> None:
        await self.publisher.stop()

    async def position(self, _topic: str, partition: int) -> int:
        return (await self._load(partition)).next_offset

    async def handle(self, _topic: str, partition: int, records: Sequence[Record]) -> None:
        owned = await self._load(partition)
        assert records[0].offset >= owned.next_offset, "the binding delivers what is expected"
        while records:
            piece, records = records[: owned.piece], records[owned.piece :]
            await self._advance(partition, owned, piece)
            if records:
                await asyncio.sleep(0)  # others have their turn

    async def _advance(self, partition: int, owned: Owned, records: Sequence[Record]) -> None:
        began_s = time.monotonic()
        outputs = await owned.fold.advance(records)
        owned.piece = next_piece(owned.piece, len(records), time.monotonic() - began_s)
        for topic, written in outputs.items():
            if written:
                owned.pending += await self.publisher.publish_many(topic, partition, written)
        owned.next_offset = records[-1].offset + 1
        if len(owned.pending) > PENDING_MAX:
            await self._acknowledged(owned)

    async def checkpoint(self) -> dict[tuple[str, int], int]:
        changed = {
            partition: owned
            for partition, owned in self._owned.items()
            if owned.next_offset != owned.saved_offset
        }
        for owned in changed.values():
            await self._acknowledged(owned)
        saving = [await self._save(partition, owned) for partition, owned in changed.items()]
        await asyncio.gather(*(future for futures in saving for future in futures))
        for owned in changed.values():
            owned.saved_offset = owned.next_offset
            owned.wrote_everything = True
            owned.stale_keys = ()
        told = {
            (self.topics[0], partition): owned.saved_offset
            for partition, owned in self._owned.items()
            if partition in changed or not owned.has_told
        }
        for owned in self._owned.values():
            owned.has_told = True
        return told

    async def release(self) -> None:
        self._owned.clear()

    async def _load(self, partition: int) -> Owned:
        owned = self._owned.get(partition)
        if owned is None:
            generation = await self._claim(partition)
            records = await read_partition(self._settings, self._snapshots, partition)
            snapshot = restore(records, self._version, generation)
            fold = await self._make_fold(partition, snapshot)
            owned = self._owned[partition] = Owned(fold, snapshot)
        return owned

    async def _claim(self, partition: int) -> int | None:  # noqa: ARG002  # for those who claim
        """The generation of this owner, where the log orders owners; before the state is read."""
        return None

    async def _save(self, partition: int, owned: Owned) -> list[asyncio.Future[Any]]:
        entries = owned.fold.entries(everything=not owned.wrote_everything)
        records = entry_records(
            owned.owner, self._version, owned.next_offset, entries, owned.stale_keys
        )
        return await self.publisher.publish_many(self._snapshots, partition, records)

    @staticmethod
    async def _acknowledged(owned: Owned) -> None:
        pending, owned.pending = owned.pending, []
        await asyncio.gather(*pending)
