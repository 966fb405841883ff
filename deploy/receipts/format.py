"""A bundle of receipts as bytes: docs/receipts.md, "The bundle".

A line that names the format, a line with the manifest's length and SHA-256, the manifest, an
Ed25519 signature where the manifest names a key, then the parts, one behind the other. The manifest
has each part's length and SHA-256, so no byte can change unseen.
"""

from __future__ import annotations

import hashlib
import re
import struct
from collections.abc import Iterator, Sequence
from typing import Annotated, Any, NamedTuple

import msgspec
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from schemas.events.base import ID_PATTERN, TimestampUs
from schemas.events.strategies import SeriesFilter
from streams.catalog import ACTIVATIONS, ALERTS, BARS, DEPLOYMENTS, FAULTS, SIGNALS, VERSIONS
from streams.codec import INT64_MAX, sentence
from streams.records import Record
from streams.topics import MESSAGE_BYTES_MAX

MAGIC = b"peripheral receipts 1\n"
TOPICS = tuple(
    each.name for each in (VERSIONS, DEPLOYMENTS, ACTIVATIONS, BARS, SIGNALS, ALERTS, FAULTS)
)
"""Of the parts, in their order."""
SIGNATURE_BYTES = 64
MANIFEST_BYTES_MAX = 16 * 1024 * 1024
RECORD_BYTES_MAX = 2 * MESSAGE_BYTES_MAX
"""Of one record as it lies in a part: a version without its source may be written otherwise."""
RATIO_MAX = 1_000
"""Bytes of a part by those that it is compressed to; records of the log come to some 20."""
SERIES_MAX = 100_000
EVENTS_BYTES_MAX = 256 * 1024 * 1024
"""Of all that is held while a bundle is read: versions, deployments and activations."""
WINDOW_BYTES_MAX = 8 * 1024 * 1024
PARTITIONS_MAX = 256

_LINE = re.compile(rb"([1-9][0-9]{0,8}) ([0-9a-f]{64})\n")
LINE_BYTES_MAX = 9 + 1 + 64 + 1
_LENGTH = struct.Struct(">I")

Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Size = Annotated[int, Field(ge=0, le=INT64_MAX)]


class BundleError(Exception):
    """Bytes that are no bundle of receipts as it was exported; the text says what is wrong."""


class Closed(BaseModel):
    """Read as strictly as it is written."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)


class Part(Closed):
    """The records of one topic's partition that a bundle has.

    bytes: of all of them as they lie in it, compressed_bytes: as they lie in the file, of which
    sha256 is.
    """

    topic: str
    partition: Annotated[int, Field(ge=0, lt=PARTITIONS_MAX)]
    records: Size
    bytes: Size
    compressed_bytes: Size
    sha256: Sha256


class Neighbour(Closed):
    """Somebody else's deployment, which the bundle is not about, and of which it says no more than
    that it has a place before others: a signal's `seq` counts it.

    behind: the id of the bundle's deployment behind which it comes in the order of ids; empty where
    it comes before all.
    """

    behind: Annotated[str, Field(pattern=rf"^$|{ID_PATTERN}")]
    from_offset: Size
    until_offset: Size | None
    feed: str
    symbols: tuple[str, ...]
    interval: str

    @property
    def series(self) -> SeriesFilter:
        return SeriesFilter(feed=self.feed, symbols=self.symbols, interval=self.interval)


class Partition(Closed):
    """A partition of bars. until_offset: all that was said of bars below it is in the bundle."""

    partition: Annotated[int, Field(ge=0, lt=PARTITIONS_MAX)]
    until_offset: Size
    neighbours: tuple[Neighbour, ...]


class Manifest(Closed):
    """What is in a bundle. begin_us, end_us: signals of bars from then on, and before then."""

    log_partitions: Annotated[int, Field(ge=1, le=PARTITIONS_MAX)]
    deployments: Annotated[
        tuple[Annotated[str, Field(pattern=ID_PATTERN)], ...], Field(min_length=1)
    ]
    begin_us: TimestampUs | None
    end_us: TimestampUs | None
    has_source: bool
    signed_by: Sha256 | None
    """The public key, 32 bytes in hexadecimal."""
    partitions: tuple[Partition, ...]
    parts: tuple[Part, ...]

    @model_validator(mode="after")
    def _each_once(self) -> Manifest:
        parts = [(part.topic, part.partition) for part in self.parts]
        numbers = [each.partition for each in self.partitions]
        for found in (parts, numbers, self.deployments):
            if len(set(found)) < len(found):
                raise ValueError("it names something twice")
        if not {topic for topic, _ in parts} <= set(TOPICS):
            raise ValueError("it has parts of other topics than receipts need")
        if any(number >= self.log_partitions for number in (*numbers, *(p for _, p in parts))):
            raise ValueError("it has more partitions than its log")
        held = (VERSIONS.name, DEPLOYMENTS.name, ACTIVATIONS.name)
        if sum(part.bytes for part in self.parts if part.topic in held) > EVENTS_BYTES_MAX:
            raise ValueError(f"its versions and deployments are over {EVENTS_BYTES_MAX:,} bytes")
        return self


def encode_manifest(manifest: Manifest) -> bytes:
    return manifest.model_dump_json().encode()


def decode_manifest(data: bytes) -> Manifest:
    """Raises BundleError."""
    try:
        return Manifest.model_validate_json(data)
    except ValidationError as error:
        raise BundleError(f"its manifest is wrong: {sentence(error)[:500]}") from None


def head_line(manifest: bytes) -> bytes:
    return f"{len(manifest)} {hashlib.sha256(manifest).hexdigest()}\n".encode()


def read_head_line(line: bytes) -> tuple[int, str]:
    """The manifest's length and SHA-256. Raises BundleError."""
    found = _LINE.fullmatch(line)
    if found is None:
        raise BundleError("its second line is not the length and the SHA-256 of a manifest")
    size = int(found[1])
    if size > MANIFEST_BYTES_MAX:
        raise BundleError(f"its manifest would have {size:,} bytes")
    return size, found[2].decode()


def signed_bytes(manifest: bytes) -> bytes:
    """What a signature is of."""
    return MAGIC + manifest


_Int64 = Annotated[int, msgspec.Meta(ge=0, le=INT64_MAX)]
_Timestamp = Annotated[int, msgspec.Meta(ge=-1, le=INT64_MAX)]
_Header = tuple[str, bytes | None]
_Lying = tuple[_Int64, _Timestamp, bytes | None, bytes | None, list[_Header]]
_decode = msgspec.msgpack.Decoder(_Lying).decode


class Kept(NamedTuple):
    """A record of a bundle."""

    topic: str
    partition: int
    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, Any]]


def encode_record(record: Record, value: bytes | None) -> bytes:
    """A record with that value, behind its length in 4 bytes."""
    headers = [(name, told) for name, told in record.headers]
    data = msgspec.msgpack.encode((record.offset, record.timestamp, record.key, value, headers))
    return _LENGTH.pack(len(data)) + data


def decode_records(part: Part, pieces: Iterator[bytes]) -> Iterator[Kept]:
    """The records of a part, from its bytes in pieces of any size. Raises BundleError."""
    where = f"{part.topic}/{part.partition}"
    held, last, count = bytearray(), -1, 0
    for piece in pieces:
        held += piece
        at = 0
        while len(held) - at >= _LENGTH.size:
            (size,) = _LENGTH.unpack_from(held, at)
            if size > RECORD_BYTES_MAX:
                raise BundleError(f"a record of {where} would have {size:,} bytes")
            if len(held) - at - _LENGTH.size < size:
                break
            at += _LENGTH.size + size
            try:
                record = Kept(part.topic, part.partition, *_decode(held[at - size : at]))
            except (msgspec.MsgspecError, UnicodeDecodeError) as error:
                raise BundleError(f"record {count} of {where} is none: {error}") from None
            if record.offset <= last:
                raise BundleError(f"the records of {where} are not in their order")
            last, count = record.offset, count + 1
            yield record
        del held[:at]
    if held or count != part.records:
        raise BundleError(f"{where} has not the {part.records:,} records that it should have")
