"""A partition and the workers that own it one after the other, some of which do not know when to
stop: everything that a restart can meet, without a broker.

An owner folds records, writes what that gives, and writes checkpoints record by record, so that
one can be cut short anywhere, or go on when there is a new owner already.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

from hypothesis import strategies as st

from streams.codec import Outgoing
from streams.compute import Fold
from streams.records import Record
from streams.snapshots import Snapshot, entry_records, owner_name, restore
from tests.records import RawRecord, Written, counted, raw, written

MakeFold = Callable[[Snapshot], Awaitable[Fold]]


@dataclass
class Owner:
    """One worker's life with the partition, as ComputeAgent leads it."""

    fold: Fold
    snapshot: Snapshot
    name: str
    next_offset: int
    version: str
    fetched: int | None = None
    """Where its fetched records end, once it has a successor."""
    wrote_everything: bool = False
    sending: list[Outgoing] = field(default_factory=list)


class Partition:
    """The input log as far as it is published, the snapshot topic, and the derived topics."""

    def __init__(self, records: Sequence[RawRecord], make_fold: MakeFold) -> None:
        self.records = records
        self.published = 0
        self.snapshots: list[RawRecord] = []
        self.outputs: dict[str, list[Written]] = {}
        self.owners: list[Owner] = []
        self._make_fold = make_fold

    async def take_over(self, version: str = "1", generation: int | None = None) -> Owner:
        """A new worker owns the partition; the one before it may not know."""
        for earlier in self.owners:
            earlier.fetched = self.published if earlier.fetched is None else earlier.fetched
        snapshot = restore(self.snapshots, version, generation)
        fold = await self._make_fold(snapshot)
        name = owner_name(snapshot.generation, f"worker{len(self.owners)}")
        owner = Owner(fold, snapshot, name, snapshot.next_offset, version)
        self.owners.append(owner)
        return owner

    def publish(self, count: int) -> None:
        self.published = min(self.published + count, len(self.records))

    async def advance(self, owner: Owner, count: int) -> None:
        """Fold the next records in; not while a checkpoint is being written."""
        end = self.published if owner.fetched is None else owner.fetched
        batch: Sequence[Record] = self.records[owner.next_offset : end][:count]
        if not batch or owner.sending:
            return
        for topic, outgoing in (await owner.fold.advance(batch)).items():
            self.outputs.setdefault(topic, []).extend(map(written, outgoing))
        owner.next_offset = batch[-1].offset + 1

    def checkpoint(self, owner: Owner) -> None:
        """Begin a checkpoint, unless one is being written."""
        if not owner.sending:
            entries = owner.fold.entries(everything=not owner.wrote_everything)
            stale = () if owner.wrote_everything else owner.snapshot.stale_keys
            owner.sending = entry_records(
                owner.name, owner.version, owner.next_offset, entries, stale
            )

    def send(self, owner: Owner, count: int) -> None:
        """Let the next records of its checkpoint reach the log."""
        for outgoing in owner.sending[:count]:
            offset = len(self.snapshots)
            self.snapshots.append(raw(offset, outgoing.key, outgoing.value, topic="snapshots"))
        if owner.sending and count >= len(owner.sending):
            owner.wrote_everything = True
        del owner.sending[:count]

    async def happen(self, what: str, owner: Owner, much: int) -> None:
        """What can happen to some partitions only."""
        raise ValueError(what)

    async def finish(self) -> dict[str, list[Written]]:
        """A last owner goes to the end of the log; what readers have seen then, per topic."""
        last = await self.take_over(self.owners[-1].version if self.owners else "1")
        self.publish(len(self.records))
        await self.advance(last, len(self.records))
        return {topic: counted(records) for topic, records in self.outputs.items()}


Step = tuple[str, int, int]
"""What happens, to which owner (from the newest), how much."""


async def live(partition: Partition, steps: Sequence[Step]) -> dict[str, list[Written]]:
    """Let the steps happen, then finish."""
    await partition.take_over()
    for what, who, much in steps:
        owner = partition.owners[-1 - who % min(2, len(partition.owners))]
        match what:
            case "publish":
                partition.publish(much)
            case "advance":
                await partition.advance(owner, much)
            case "save":
                partition.checkpoint(owner)
                partition.send(owner, much)
            case "take over":
                await partition.take_over()
            case _:
                await partition.happen(what, owner, much)
    return await partition.finish()


EVERYTHING = 1_000


def steps(*more: st.SearchStrategy[Step]) -> st.SearchStrategy[list[Step]]:
    """Anything that can happen: much of it to the owner before the newest, and cut short."""

    def step(what: str, much: st.SearchStrategy[int]) -> st.SearchStrategy[Step]:
        return st.tuples(st.just(what), st.sampled_from([0, 0, 1]), much)

    happens = [
        step("publish", st.integers(20, 80)),
        step("advance", st.integers(1, 60)),
        step("save", st.just(EVERYTHING)),
        step("save", st.integers(1, 9)),
        step("take over", st.just(0)),
        *more,
    ]
    begin = [("publish", 0, 100), ("advance", 0, 50)]
    return st.lists(st.one_of(happens), min_size=4, max_size=25).map(lambda found: begin + found)
