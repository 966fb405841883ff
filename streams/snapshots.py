"""State of a partition on its compacted snapshot topic, written by one owner at a time.

A record's key is `owner|entry`, so that a worker that lost its partition without knowing cannot
overwrite what its successor wrote: state is a function of the log, so of two copies of an entry the
one that has seen more of the log is right, and the successor deletes the others' once it has
written everything itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import msgspec

from streams.codec import Outgoing
from streams.records import Record

NEXT_ENTRY = ""
"""The entry that stands for the partition itself; written last, so it vouches for the others."""

ENTRY_BYTES_MAX = 512 * 1024

Entry = tuple[str, bytes | None]
"""Name and state of one entry; None where the entry is gone."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What is known of a partition. next_offset: the input offset at which its state goes on."""

    next_offset: int = 0
    entries: Mapping[str, bytes] = field(default_factory=dict)
    stale_keys: tuple[bytes, ...] = ()
    """Record keys of earlier owners, to be deleted after the first whole checkpoint."""


def snapshot_key(owner: str, entry: str) -> bytes:
    return f"{owner}|{entry}".encode()


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
    records = [
        Outgoing(
            snapshot_key(owner, name),
            None if state is None else msgspec.msgpack.encode((next_offset, state)),
            [],
        )
        for name, state in entries
    ]
    for record in records:
        size = len(record.value or b"")
        assert size <= ENTRY_BYTES_MAX, f"snapshot entry {record.key!r} has {size} bytes"
    vouching = msgspec.msgpack.encode((next_offset, version.encode()))
    records.append(Outgoing(snapshot_key(owner, NEXT_ENTRY), vouching, []))
    records.extend(Outgoing(key, None, []) for key in stale_keys)
    return records


def restore(records: Iterable[Record], version: str) -> Snapshot:
    """The newest state that the records of one snapshot partition hold.

    State of another version is given up: the fold begins again at the log's beginning, and what it
    then writes again lies below its readers' high-water marks.
    """
    newest: dict[str, tuple[int, bytes]] = {}
    alive: dict[bytes, tuple[str, tuple[int, bytes]]] = {}
    for record in records:
        assert record.key is not None
        if record.value is None:
            alive.pop(record.key, None)
        else:
            name = record.key.decode().split("|", 1)[1]
            alive[record.key] = (name, msgspec.msgpack.decode(record.value, type=tuple[int, bytes]))
    for name, (next_offset, state) in alive.values():
        if name not in newest or newest[name][0] < next_offset:
            newest[name] = (next_offset, state)
    next_offset, written_by = newest.pop(NEXT_ENTRY, (0, b""))
    if written_by != version.encode():
        return Snapshot(stale_keys=tuple(alive))
    return Snapshot(
        next_offset=next_offset,
        entries={name: state for name, (_, state) in newest.items()},
        stale_keys=tuple(alive),
    )
