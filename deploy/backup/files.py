"""A backup's files: zstd streams, counted and hashed on their way out and on their way in."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import zstandard

from deploy.backup.place import Place, Sink, Source

LEVEL = 3
READ_BYTES = 1 << 20


class DamageError(Exception):
    """A backup that is not what it was when it was made."""


@dataclass(frozen=True, slots=True)
class Stored:
    """A file of a backup. path: in the backup's folder; bytes, sha256: of it as it lies there."""

    path: str
    bytes: int
    sha256: str


class Compressed:
    """A file that is being written; `stored` once it is whole."""

    def __init__(self, path: str, sink: Sink) -> None:
        self._path = path
        self._sink = sink
        self._compressor = zstandard.ZstdCompressor(LEVEL, write_checksum=True).compressobj()
        self._hash = hashlib.sha256()
        self._bytes = 0

    def write(self, data: bytes) -> None:
        self._pass(self._compressor.compress(data))

    def finish(self) -> None:
        self._pass(self._compressor.flush())

    @property
    def stored(self) -> Stored:
        return Stored(self._path, self._bytes, self._hash.hexdigest())

    def _pass(self, data: bytes) -> None:
        self._sink.write(data)
        self._hash.update(data)
        self._bytes += len(data)


@contextmanager
def compressed(place: Place, name: str, path: str) -> Iterator[Compressed]:
    """A new file of the backup `name`, there once the context has ended well."""
    with place.create(f"{name}/{path}") as sink:
        file = Compressed(path, sink)
        yield file
        file.finish()


class _Hashed(io.RawIOBase):
    """Hashes what is read through it."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self.hash = hashlib.sha256()
        self.bytes = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # what it is called with
        data = self._source.read(len(buffer))
        buffer[: len(data)] = data
        self.hash.update(data)
        self.bytes += len(data)
        return len(data)


@contextmanager
def decompressed(place: Place, name: str, stored: Stored) -> Iterator[io.BufferedReader]:
    """What a file holds. Raises DamageError where it is missing or not what it was.

    That it is the same is known at the end only: until then nothing read may count.
    """
    try:
        with place.open(f"{name}/{stored.path}") as source:
            hashed = _Hashed(source)
            packed = io.BufferedReader(hashed, READ_BYTES)
            reader = zstandard.ZstdDecompressor().stream_reader(packed, read_across_frames=False)
            yield io.BufferedReader(reader, READ_BYTES)
            while packed.read(READ_BYTES):
                pass
    except FileNotFoundError as error:
        raise DamageError(f"{stored.path} is missing") from error
    except (zstandard.ZstdError, EOFError) as error:
        raise DamageError(f"{stored.path} can't be unpacked: {error}") from error
    if (hashed.bytes, hashed.hash.hexdigest()) != (stored.bytes, stored.sha256):
        raise DamageError(
            f"{stored.path} has {hashed.bytes:,} bytes with SHA-256 {hashed.hash.hexdigest()}, and "
            f"had {stored.bytes:,} with {stored.sha256}"
        )
