"""Reads a backup back, all of it, and says what is wrong with it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from deploy.backup.database import check_dump
from deploy.backup.files import DamageError, Stored, decompressed
from deploy.backup.log import Told
from deploy.backup.manifest import Manifest, SavedPartition, SavedTopic
from deploy.backup.offsets import GapError, steps, with_fillers
from deploy.backup.place import Place
from deploy.backup.postgres_programs import Program, program
from deploy.backup.records import Saved, fingerprint, unpack


def damages(place: Place, manifest: Manifest, told: Told) -> list[str]:
    """What of a backup is not as it was when it was made, in words; nothing when all is."""
    found = []
    restoring = program("pg_restore", manifest.database.dumped_by)
    for stored in (manifest.database.dump, manifest.database.referred):
        found += _dump_damage(place, manifest.name, stored, restoring)
    done = 0
    for topic in manifest.topics:
        for partition in topic.partitions:
            found += _partition_damage(place, manifest.name, topic, partition)
            done += partition.records
            told(topic.name, done)
    return found


def hindrances(place: Place, manifest: Manifest) -> list[str]:
    """Why a backup that is undamaged can't be restored as it was: gaps that can't be made again."""
    found = []
    for topic in manifest.topics:
        for partition in topic.partitions if not topic.compacted else ():
            if not partition.gaps:
                continue
            try:
                records = read_records(place, manifest.name, partition)
                for _ in steps(with_fillers(records, partition.first), partition.end):
                    pass
            except GapError as error:
                found.append(
                    f"of {topic.name}/{partition.partition} the {error.width:,} offsets from "
                    f"{error.offset:,} on are missing, as after a compaction, and can't be left "
                    "out again: offsets behind them would change, which the database and other "
                    "records name"
                )
    return found


def read_records(place: Place, name: str, partition: SavedPartition) -> Iterator[Saved]:
    """The records of a partition. Raises DamageError."""
    for chunk in read_chunks(place, name, partition):
        yield from chunk


def read_chunks(place: Place, name: str, partition: SavedPartition) -> Iterator[list[Saved]]:
    """The same, as they lie in the file, some thousand at a time."""
    if partition.file is not None:
        with decompressed(place, name, partition.file) as reader:
            yield from unpack(reader)


def _dump_damage(place: Place, name: str, stored: Stored, restoring: Program) -> list[str]:
    try:
        with decompressed(place, name, stored) as dump:
            read = check_dump(restoring, dump)
    except DamageError as error:
        return [str(error)]
    return [] if read else [f"{stored.path} is no dump that pg_restore can read"]


def _partition_damage(
    place: Place, name: str, topic: SavedTopic, partition: SavedPartition
) -> list[str]:
    records, offset = 0, partition.first - 1
    first: int | None = None
    last: Any = None
    try:
        for chunk in read_chunks(place, name, partition):
            for record in chunk:
                if record.offset <= offset:
                    raise DamageError(f"offset {record.offset} comes after {offset}")
                offset = record.offset
            if first is None and chunk:
                first = chunk[0].offset
            records += len(chunk)
            last = chunk[-1] if chunk else last
        said = (partition.records, partition.first, partition.last)
        found = (
            records,
            partition.first if first is None else first,
            None if last is None else fingerprint(last),
        )
        if found != said or offset >= partition.end:
            raise DamageError(f"{records:,} records up to offset {offset} are not what was saved")
    except DamageError as error:
        return [f"{topic.name}/{partition.partition}: {error}"]
    return []
