"""What a backup holds, and by which checksums that is known again: `manifest.json`, written last.

A folder without it is a backup that was cut short. It holds no address and no secret.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any

import msgspec

from deploy.backup.files import DamageError, Stored
from deploy.backup.place import Place
from deploy.errors import UserError

FILE = "manifest.json"
FORMAT = 1


class SavedPartition(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A partition; its records lie at [first, end), `gaps` times with offsets missing in between.

    first: where the first record lies, and `end` where there is none. last: the fingerprint of the
    last record. file: None where there is no record.
    """

    partition: int
    first: int
    end: int
    records: int
    gaps: int
    last: str | None
    file: Stored | None


class SavedTopic(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A topic with the settings of its own. compacted: its offsets may change with a restore."""

    name: str
    compacted: bool
    config: dict[str, str]
    partitions: tuple[SavedPartition, ...]

    @property
    def records(self) -> int:
        return sum(each.records for each in self.partitions)


class SavedDatabase(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The database: a dump, and one of the tables that the log refers to.

    server, dumped_by: major versions of the server and of pg_dump. timescale: the extension's
    version. positions: how far (projection, topic, partition) had come.
    """

    server: int
    dumped_by: int
    timescale: str | None
    tables: tuple[str, ...]
    positions: tuple[tuple[str, str, int, int], ...]
    referred: Stored
    dump: Stored


class Manifest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A backup. name: its folder, and when it began. topics: in the order of reading."""

    format: int
    name: str
    took_s: float
    partitions: int
    database: SavedDatabase
    topics: tuple[SavedTopic, ...]

    @property
    def files(self) -> list[Stored]:
        log = [each.file for topic in self.topics for each in topic.partitions]
        return [self.database.dump, self.database.referred, *(each for each in log if each)]

    @property
    def bytes(self) -> int:
        """What its files take, packed."""
        return sum(file.bytes for file in self.files)

    @property
    def records(self) -> int:
        return sum(topic.records for topic in self.topics)

    @property
    def digest(self) -> str:
        """SHA-256 of what it says, by which it is known."""
        return _digest(msgspec.to_builtins(self))


def write_manifest(place: Place, manifest: Manifest) -> None:
    """Make the backup a whole one."""
    fields = msgspec.to_builtins(manifest)
    text = json.dumps({**fields, "sha256": manifest.digest}, indent=1)
    with place.create(f"{manifest.name}/{FILE}") as sink:
        sink.write(text.encode())


def read_manifest(place: Place, name: str) -> Manifest:
    """Raises DamageError, FileNotFoundError where the backup is none, or was cut short, and
    `UserError` where another version has made it."""
    with place.open(f"{name}/{FILE}") as source:
        text = b"".join(iter(lambda: source.read(1 << 20), b""))
    try:
        fields = json.loads(text)
        said = fields.pop("sha256")
        number = fields["format"]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise DamageError(f"{FILE} can't be read") from error
    if said != _digest(fields):
        raise DamageError(f"{FILE} is not what was written")
    if number != FORMAT:
        raise UserError(
            f"{name} has format {number}, and this version of Peripheral reads {FORMAT}."
        )
    try:
        return msgspec.convert(fields, Manifest)
    except msgspec.ValidationError as error:
        raise DamageError(f"{FILE} can't be read: {error}") from error


def _digest(fields: Any) -> str:
    text = json.dumps(fields, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
