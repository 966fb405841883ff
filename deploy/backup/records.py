"""Records of the log ⇄ bytes of a file: msgpack lists of some thousand, each behind its length."""

from __future__ import annotations

import hashlib
import io
import struct
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

_LENGTH = struct.Struct(">I")
CHUNK_BYTES_MAX = 1 << 30


class Saved(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """A record as it lay on the log. timestamp: milliseconds since 1970."""

    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None
    headers: list[tuple[str, bytes | None]]


_DECODER = msgspec.msgpack.Decoder(list[Saved])
_ENCODER = msgspec.msgpack.Encoder()


def pack(records: Sequence[Any]) -> bytes:
    """Records, as a Kafka client hands them over, as one chunk."""
    body = _ENCODER.encode(
        [(each.offset, each.timestamp, each.key, each.value, each.headers) for each in records]
    )
    return _LENGTH.pack(len(body)) + body


def unpack(reader: io.BufferedReader) -> Iterator[list[Saved]]:
    """The chunks of a file. Raises EOFError where one is cut short or is none."""
    while head := reader.read(_LENGTH.size):
        size = _LENGTH.unpack(head)[0] if len(head) == _LENGTH.size else CHUNK_BYTES_MAX + 1
        body = reader.read(size) if size <= CHUNK_BYTES_MAX else b""
        if len(body) != size:
            raise EOFError("a chunk of records is cut short")
        try:
            yield _DECODER.decode(body)
        except msgspec.MsgspecError as error:
            raise EOFError(f"a chunk of records can't be read: {error}") from error


def fingerprint(record: Any) -> str:
    """A digest of all that is kept of a record."""
    return hashlib.sha256(pack([record])).hexdigest()
