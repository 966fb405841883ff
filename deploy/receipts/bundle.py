"""A bundle's file as what receipts are checked on: nothing has to run, and nothing is asked."""

from __future__ import annotations

import hashlib
import os
from collections.abc import AsyncGenerator, Iterator, Mapping
from pathlib import Path
from typing import BinaryIO, Self, cast

import zstandard

from deploy.receipts.chosen import Period, SeriesKeys
from deploy.receipts.format import (
    LINE_BYTES_MAX,
    MAGIC,
    RATIO_MAX,
    SERIES_MAX,
    SIGNATURE_BYTES,
    WINDOW_BYTES_MAX,
    BundleError,
    Kept,
    Manifest,
    Neighbour,
    Part,
    decode_manifest,
    decode_records,
    read_head_line,
    signed_bytes,
)
from deploy.receipts.keys import holds
from processors.evaluation.directory import Directory
from processors.evaluation.receipts.heads import head_of
from processors.evaluation.receipts.replay import SAID
from processors.evaluation.roster import FindDeployment, RunsOn
from schemas.events.base import Event
from streams.activations import Activation, PartitionActivations, advance
from streams.admission import admit
from streams.catalog import ACTIVATIONS, BARS, BY_NAME, DEPLOYMENTS, VERSIONS
from streams.codec import RecordError

PIECE_BYTES = 256 * 1024
_SAID = frozenset(topic.name for topic in SAID)


class BundleSource:
    """A bundle that was opened: its file is whole, and signed by whom it says.

    Close it. manifest: what is in it. The file is held, whatever takes its place meanwhile.
    """

    def __init__(self, path: Path) -> None:
        """Raises BundleError, OSError."""
        self._file = path.open("rb")
        try:
            self._open()
        except BaseException:
            self._file.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def _open(self) -> None:
        self.manifest = read_manifest(self._file)
        self._begins = _check_parts(self._file, self.manifest)
        self.partitions = self.manifest.log_partitions
        self._ids = frozenset(self.manifest.deployments)
        self._parts = {(part.topic, part.partition): part for part in self.manifest.parts}
        self._told = {each.partition: each for each in self.manifest.partitions}
        self.directory = Directory()
        self.erased: set[str] = set()
        for topic in (VERSIONS.name, DEPLOYMENTS.name):
            for partition in range(self.partitions):
                for event in self._events(topic, partition):
                    self.directory.apply(event)
        numbers = range(self.partitions)
        self._activations = {number: self._active_on(number) for number in numbers}
        self._neighbours = {number: self._neighbours_on(number) for number in numbers}
        named = [each for active in self._activations.values() for each in active.values()]
        if {each.deployment_id for each in named} != self._ids:
            raise BundleError("it names deployments that it does not have")
        deployments = [each for a in named if (each := self.directory.deployment(a)) is not None]
        self._keys = SeriesKeys(deployments)

    def activations(self, partition: int) -> Mapping[str, Activation]:
        return self._activations[partition]

    def neighbours(self, partition: int) -> Mapping[str, Activation]:
        return {
            name: Activation(name, "", each.from_offset, each.until_offset)
            for name, each in self._neighbours[partition].items()
        }

    def find(self, partition: int) -> FindDeployment:
        neighbours = self._neighbours[partition]

        def find(activation: Activation) -> RunsOn | None:
            neighbour = neighbours.get(activation.deployment_id)
            return self.directory.deployment(activation) if neighbour is None else neighbour

        return find

    def written_to(self, partition: int) -> int:
        told = self._told.get(partition)
        return 0 if told is None else told.until_offset

    def end(self, topic: str, partition: int) -> int:  # noqa: ARG002  # a bundle's parts are cut there
        """The offset behind the last bar that it is about."""
        return self.written_to(partition)

    async def records(self, topic: str, partition: int) -> AsyncGenerator[Kept, None]:
        """Raises BundleError."""
        for record in self._records(topic, partition):
            self._check_belongs(record)
            yield record

    def _check_belongs(self, record: Kept) -> None:
        """What is in a bundle is verified, or it is none."""
        where, manifest = f"{record.topic}/{record.partition}", self.manifest
        if record.topic == BARS.name:
            if record.offset >= self.written_to(record.partition) or record.key not in self._keys:
                raise BundleError(f"{where} has bars that it is not about")
            if self._keys.count > SERIES_MAX:
                raise BundleError(f"it has more than {SERIES_MAX:,} series")
        if record.topic in _SAID:
            head = head_of(record.value)
            period = Period(manifest.begin_us, manifest.end_us)
            if head is None or head.deployment_id not in self._ids or not period.has(head.ts):
                raise BundleError(f"{where} has records that it is not about")

    def _records(self, topic: str, partition: int) -> Iterator[Kept]:
        part = self._parts.get((topic, partition))
        if part is not None:
            begin = self._begins[topic, partition]
            yield from decode_records(part, unpacked(_Piece(self._file, begin, part), part))

    def _events(self, topic: str, partition: int) -> Iterator[Event]:
        for record in self._records(topic, partition):
            try:
                yield admit(record, BY_NAME[topic], self.partitions)
            except RecordError as error:
                raise BundleError(
                    f"record {record.offset} of {topic}/{partition} is no event: {error}"
                ) from None

    def _active_on(self, partition: int) -> Mapping[str, Activation]:
        events = self._events(ACTIVATIONS.name, partition)
        return advance(PartitionActivations(), events).activations

    def _neighbours_on(self, partition: int) -> dict[str, Neighbour]:
        """By a name that sorts where their own did: right behind an id comes that id and NUL."""
        told = self._told.get(partition)
        return {
            f"{each.behind}\0{number:08}": each
            for number, each in enumerate(told.neighbours if told is not None else ())
        }


def read_manifest(file: BinaryIO) -> Manifest:
    """The manifest; the parts follow. Raises BundleError."""
    if file.read(len(MAGIC)) != MAGIC:
        raise BundleError("its first line is not that of a bundle of receipts")
    size, sha256 = read_head_line(file.readline(LINE_BYTES_MAX))
    data = file.read(size)
    if hashlib.sha256(data).hexdigest() != sha256:
        raise BundleError("its manifest was changed: it has another SHA-256")
    manifest = decode_manifest(data)
    if manifest.signed_by is not None:
        signature = file.read(SIGNATURE_BYTES)
        if not holds(manifest.signed_by, signature, signed_bytes(data)):
            raise BundleError("its signature is not of its manifest by the key that it names")
    return manifest


def _check_parts(file: BinaryIO, manifest: Manifest) -> dict[tuple[str, int], int]:
    """Where each part begins, once all are seen to be whole. Raises BundleError."""
    begins, begin = {}, file.tell()
    for part in manifest.parts:
        where = f"{part.topic}/{part.partition}"
        if part.bytes > RATIO_MAX * part.compressed_bytes:
            raise BundleError(f"{where} would be {part.bytes:,} bytes of {part.compressed_bytes:,}")
        begins[part.topic, part.partition] = begin
        found, bytes_ = hashlib.sha256(), _Piece(file, begin, part)
        while piece := bytes_.read():
            found.update(piece)
        begin += part.compressed_bytes
        if found.hexdigest() != part.sha256:
            raise BundleError(f"{where} was changed: it has another SHA-256 than the manifest says")
    if begin != os.fstat(file.fileno()).st_size:
        raise BundleError("something follows behind its last part")
    return begins


class _Piece:
    """A part as it lies in the file, or as much of it as there is; read beside others."""

    def __init__(self, file: BinaryIO, begin: int, part: Part) -> None:
        self._file, self._next, self._end = file, begin, begin + part.compressed_bytes

    def read(self, size: int = PIECE_BYTES) -> bytes:
        piece = os.pread(self._file.fileno(), min(size, self._end - self._next), self._next)
        self._next += len(piece)
        return piece


def unpacked(piece_of_file: _Piece, part: Part) -> Iterator[bytes]:
    """A part's bytes, in pieces; never more than it should have. Raises BundleError."""
    where = f"{part.topic}/{part.partition}"
    unpacker = zstandard.ZstdDecompressor(max_window_size=WINDOW_BYTES_MAX)
    packed = cast(BinaryIO, piece_of_file)  # read alone is asked for
    left = part.bytes
    try:
        with unpacker.stream_reader(packed) as reader:
            while piece := reader.read(PIECE_BYTES):
                left -= len(piece)
                if left < 0:
                    raise BundleError(f"{where} unpacks to more than {part.bytes:,} bytes")
                yield piece
    except zstandard.ZstdError as error:
        raise BundleError(f"{where} can't be unpacked: {error}") from None
    if left:
        raise BundleError(f"{where} unpacks to fewer than {part.bytes:,} bytes")
