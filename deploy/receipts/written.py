"""Writes a bundle: the same log gives the same bytes."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import aclosing, contextmanager
from pathlib import Path
from typing import BinaryIO

import zstandard
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from pydantic import ValidationError

from deploy.errors import UserError
from deploy.progress import Bar
from deploy.receipts.chosen import Chosen, Log
from deploy.receipts.format import (
    MAGIC,
    SERIES_MAX,
    TOPICS,
    Manifest,
    Part,
    Partition,
    encode_manifest,
    encode_record,
    head_line,
    signed_bytes,
)
from deploy.receipts.keys import public_hex
from deploy.receipts.picked import Picks, neighbours_of
from streams.catalog import BARS, DEPLOYMENTS, VERSIONS
from streams.codec import sentence
from streams.records import Record

LEVEL = 9
_TOLD_EVERY = 1_000


async def written(
    source: Log, chosen: Chosen, out: Path, key: Ed25519PrivateKey | None, bar: Bar
) -> Manifest:
    """Write a bundle, and return what is in it. Raises UserError."""
    with _writing(out):
        body = tempfile.TemporaryFile(dir=out.parent)  # noqa: SIM115  # closed below
    with body:
        picks, parts = Picks(chosen, source.partitions), []
        for topic in TOPICS:
            for partition in range(source.partitions):
                if topic in (VERSIONS.name, DEPLOYMENTS.name) or partition in chosen.until:
                    until = chosen.until.get(partition, 0)
                    records = _needed(source, topic, partition, until, bar)
                    parts.append(await _part(topic, partition, records, picks, _Packed(body, out)))
        manifest = _manifest(source, chosen, key, parts)
        with _writing(out):
            _join(out, encode_manifest(manifest), key, body)
    return manifest


def _manifest(
    source: Log, chosen: Chosen, key: Ed25519PrivateKey | None, parts: Sequence[Part]
) -> Manifest:
    """Raises UserError where it would be one that nobody takes."""
    if chosen.keys.count > SERIES_MAX:
        raise UserError(f"There are more than {SERIES_MAX:,} series: name fewer deployments.")
    try:
        return Manifest(
            log_partitions=source.partitions,
            deployments=tuple(sorted(chosen.ids)),
            begin_us=chosen.period.begin_us,
            end_us=chosen.period.end_us,
            has_source=chosen.with_source,
            signed_by=None if key is None else public_hex(key.public_key()),
            partitions=tuple(
                Partition(
                    partition=number,
                    until_offset=until,
                    neighbours=tuple(neighbours_of(source, chosen, number)),
                )
                for number, until in sorted(chosen.until.items())
            ),
            parts=tuple(parts),
        )
    except ValidationError as error:
        raise UserError(
            f"It can't be exported as one bundle: {sentence(error)}. Name fewer deployments."
        ) from None


@contextmanager
def _writing(out: Path) -> Iterator[None]:
    """That it can't be written is a UserError."""
    try:
        yield
    except OSError as error:
        raise UserError(f"{out} can't be written: {error.strerror}.") from None


class _Packed:
    """A part as it is written."""

    def __init__(self, body: BinaryIO, out: Path) -> None:
        self.records = self.bytes = self.compressed_bytes = 0
        self._body, self._out = body, out
        self._sha256 = hashlib.sha256()
        self._packer = zstandard.ZstdCompressor(level=LEVEL).compressobj()

    def add(self, record: Record, value: bytes) -> None:
        data = encode_record(record, value)
        self.records, self.bytes = self.records + 1, self.bytes + len(data)
        self._write(self._packer.compress(data))

    def end(self, topic: str, partition: int) -> Part:
        self._write(self._packer.flush())
        return Part(
            topic=topic,
            partition=partition,
            records=self.records,
            bytes=self.bytes,
            compressed_bytes=self.compressed_bytes,
            sha256=self._sha256.hexdigest(),
        )

    def _write(self, data: bytes) -> None:
        with _writing(self._out):
            self._body.write(data)
        self._sha256.update(data)
        self.compressed_bytes += len(data)


async def _needed(
    source: Log, topic: str, partition: int, until: int, bar: Bar
) -> AsyncIterator[Record]:
    """The records of a partition; of bars those below `until`."""
    end = source.end(topic, partition)
    if topic == BARS.name:
        end = min(end, until)
    async with aclosing(source.records(topic, partition)) as records:
        async for record in records:
            if record.offset >= end:
                break
            yield record
            if record.offset % _TOLD_EVERY == 0:
                bar.update(f"{topic}/{partition} read", record.offset, end)


async def _part(
    topic: str, partition: int, records: AsyncIterator[Record], picks: Picks, packed: _Packed
) -> Part:
    async for record in records:
        if (value := picks.value(record)) is not None:
            packed.add(record, value)
    return packed.end(topic, partition)


def _join(out: Path, manifest: bytes, key: Ed25519PrivateKey | None, body: BinaryIO) -> None:
    """Put the file together beside its place, and there once it is whole."""
    beside = out.with_name(f".{out.name}.{os.getpid()}")
    try:
        with beside.open("xb") as file:
            file.write(MAGIC + head_line(manifest) + manifest)
            if key is not None:
                file.write(key.sign(signed_bytes(manifest)))
            body.seek(0)
            shutil.copyfileobj(body, file)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(out)
    finally:
        beside.unlink(missing_ok=True)
