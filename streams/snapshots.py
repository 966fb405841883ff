"""State of a partition on its compacted snapshot topic, written by one owner at a time.

A record's key is `owner|entry`, so that a worker that lost its partition without knowing cannot
overwrite what its successor wrote. Owners have generations: a successor's is above all that it has
seen. Its first checkpoint is whole, then its records vouch for themselves, and only then does it
delete those of lower generations. So of the owners that have vouched, the one of the highest
generation has all of its entries on the log, and whatever the others write late counts no more.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import msgspec

from streams.codec import Outgoing
from streams.records import Record

logger = logging.getLogger(__name__)

NEXT_ENTRY = ""
"""The entry that stands for the partition itself; written last, so it vouches for the others."""

ENTRY_BYTES_MAX = 512 * 1024

OWNED_KEY = re.compile(rb"[1-9][0-9]{0,17}-[0-9a-z]+\|[ -~]*\Z")
"""What snapshot_key writes; anybody may write to a topic."""

Entry = tuple[str, bytes | None]
"""Name and state of one entry; None where the entry is gone."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What is known of a partition. next_offset: the input offset at which its state goes on.

    A checkpoint may have been cut short: some entries may have seen more of the log than that.
    """

    next_offset: int = 0
    entries: Mapping[str, bytes] = field(default_factory=dict)
    stale_keys: tuple[bytes, ...] = ()
    """Record keys of lower generations, to be deleted after the first whole checkpoint."""
    generation: int = 1
    """Of the owner that goes on from here."""


def snapshot_key(owner: str, entry: str) -> bytes:
    return f"{owner}|{entry}".encode()


def owner_name(generation: int, worker: str) -> str:
    """An owner; worker: tells apart owners of one generation."""
    return f"{generation}-{worker}"


def entry_records(
    owner: str,
    version: str,
    next_offset: int,
    entries: Iterable[Entry],
    stale_keys: Sequence[bytes] = (),
) -> list[Outgoing]:
    """The records of a checkpoint, in the order in which they must be written.

    version: of the code that can read the entries.
    """
    records = [Outgoing(snapshot_key(owner, name), state, []) for name, state in entries]
    for record in records:
        size = len(record.value or b"")
        assert size <= ENTRY_BYTES_MAX, f"snapshot entry {record.key!r} has {size} bytes"
    vouching = msgspec.msgpack.encode((next_offset, version))
    records.append(Outgoing(snapshot_key(owner, NEXT_ENTRY), vouching, []))
    records.extend(Outgoing(key, None, []) for key in stale_keys)
    return records


def restore(records: Iterable[Record], version: str, generation: int | None = None) -> Snapshot:
    """The state from which the next owner of a snapshot partition with these records goes on.

    generation: the next owner's, where something else orders the owners; else it is above all here.
    State of another version is given up: the fold begins again at the log's beginning, and what it
    then writes again lies below its readers' high-water marks.
    """
    alive: dict[bytes, bytes] = {}
    for record in records:
        if record.key is None or not OWNED_KEY.match(record.key):
            logger.warning("%s/%d/%d is no snapshot of ours", *place_of(record))
        elif record.value is None:
            alive.pop(record.key, None)
        else:
            alive[record.key] = record.value
    owners: dict[str, dict[str, bytes]] = {}
    for key, state in alive.items():
        owner, name = key.decode().split("|", 1)
        owners.setdefault(owner, {})[name] = state
    if generation is None:
        generation = max(map(generation_of, owners), default=0) + 1
    stale = tuple(key for key in alive if generation_of(key.decode().split("|", 1)[0]) < generation)
    vouched = [
        (generation_of(owner), *word, entries)
        for owner, entries in owners.items()
        if (word := vouched_for(owner, entries)) is not None
    ]
    _, next_offset, written_by, entries = max(vouched, key=lambda v: v[:2], default=(0, 0, "", {}))
    if written_by != version:
        return Snapshot(stale_keys=stale, generation=generation)
    del entries[NEXT_ENTRY]
    return Snapshot(next_offset, entries, stale, generation)


def place_of(record: Record) -> tuple[str, int, int]:
    return record.topic, record.partition, record.offset


def generation_of(owner: str) -> int:
    return int(owner.split("-", 1)[0])


def vouched_for(owner: str, entries: Mapping[str, bytes]) -> tuple[int, str] | None:
    """An owner's next offset and version; None where it has not vouched for its entries."""
    if NEXT_ENTRY not in entries:
        return None
    try:
        return msgspec.msgpack.decode(entries[NEXT_ENTRY], type=tuple[int, str])
    except msgspec.DecodeError:
        logger.warning("what vouches for the snapshot of owner %s is none of ours", owner)
        return None
