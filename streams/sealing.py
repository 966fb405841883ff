"""What people wrote, unreadable without their key: a record's value as AES-SIV makes it (RFC 5297).

It is deterministic, so that a derived record which is written again is byte for byte the same. The
record's key is authenticated with it: a sealed value can't be moved to another one's.
"""

from __future__ import annotations

from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV

from streams.codec import SEALED_BY, Outgoing, RecordError, header
from streams.records import Record
from streams.unpacking import FetchedRecord

SECRET_BITS = 512


class OpenedRecord(FetchedRecord, frozen=True, gc=False):
    """A record with what was sealed in it. sealed: the record as it lies on the log."""

    sealed: Record


def as_it_lies(record: Record) -> Record:
    """The record as it lies on the log, opened or not."""
    return record.sealed if isinstance(record, OpenedRecord) else record


def new_secret() -> str:
    """A new key, in hexadecimal digits."""
    return AESSIV.generate_key(SECRET_BITS).hex()


@lru_cache(maxsize=1024)
def _cipher(secret: str) -> AESSIV:
    return AESSIV(bytes.fromhex(secret))


def seal(outgoing: Outgoing, key_id: str, secret: str) -> Outgoing:
    """The record as it is written: its value sealed, and a header that says under which key."""
    assert outgoing.value is not None
    name = key_id.encode()
    return Outgoing(
        key=outgoing.key,
        value=_cipher(secret).encrypt(outgoing.value, [name, outgoing.key or b""]),
        headers=[*outgoing.headers, (SEALED_BY, name)],
        timestamp_ms=outgoing.timestamp_ms,
    )


def opened(record: Record, secret: str) -> Record:
    """The record as it was before it was sealed. Raises RecordError where it was tampered with."""
    name = header(record.headers, SEALED_BY) or b""
    try:
        value = _cipher(secret).decrypt(record.value or b"", [name, record.key or b""])
    except (InvalidTag, ValueError):
        raise RecordError("malformed", "its seal is broken: it was changed, or moved") from None
    return OpenedRecord(
        record.topic,
        record.partition,
        record.offset,
        record.timestamp,
        record.key,
        value,
        [each for each in record.headers if each[0] != SEALED_BY],
        record,
    )
