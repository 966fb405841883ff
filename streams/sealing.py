"""What people wrote, unreadable without their key: a record's value as AES-SIV makes it (RFC 5297).

It is deterministic, so that a derived record which is written again is byte for byte the same. The
record's key is authenticated with it: a sealed value can't be moved to another one's. Of an event
that outlives its author only the author's name is sealed.
"""

from __future__ import annotations

from functools import lru_cache

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV

from streams.codec import NAME_SEALED_BY, SEALED_BY, Outgoing, header
from streams.records import Record
from streams.unpacking import FetchedRecord

SECRET_BITS = 512
NAME = "author"
_FIELDS = msgspec.json.Decoder(dict[str, msgspec.Raw])


class OpenedRecord(FetchedRecord, frozen=True, gc=False):
    """A record with what was sealed in it. sealed: the record as it lies on the log."""

    sealed: Record


def as_it_lies(record: Record) -> Record:
    """The record as it lies on the log, opened or not."""
    return record.sealed if isinstance(record, OpenedRecord) else record


def new_secret() -> str:
    """A new key, in hexadecimal digits."""
    return AESSIV.generate_key(SECRET_BITS).hex()


def sealed_by(record: Record) -> str | None:
    """The id of the key that a record is sealed under, or the name in it; None without one."""
    name = header(record.headers, SEALED_BY) or header(record.headers, NAME_SEALED_BY)
    return None if name is None else name.decode(errors="replace")


def seal(outgoing: Outgoing, key_id: str, secret: str) -> Outgoing:
    """The record as it is written, with a header that says under which key."""
    assert outgoing.value is not None
    cipher, known = _cipher(secret), [key_id.encode(), outgoing.key or b""]
    if outgoing.name_only:
        fields = _FIELDS.decode(outgoing.value)
        fields[NAME] = _raw(cipher.encrypt(bytes(fields[NAME]), known).hex())
        mark, value = NAME_SEALED_BY, msgspec.json.encode(fields)
    else:
        mark, value = SEALED_BY, cipher.encrypt(outgoing.value, known)
    return Outgoing(
        key=outgoing.key,
        value=value,
        headers=[*outgoing.headers, (mark, key_id.encode())],
        timestamp_ms=outgoing.timestamp_ms,
    )


def opened(record: Record, secret: str | None) -> Record:
    """The record as it was before it was sealed. secret: None where the key was erased: what is
    sealed as a whole stays so, and a name is nobody's. What was tampered with is no event."""
    whole = header(record.headers, SEALED_BY)
    if whole is None:
        return _unsealed(record, _with_name(record, secret))
    if secret is None:
        return record
    try:
        value = _cipher(secret).decrypt(record.value or b"", [whole, record.key or b""])
    except (InvalidTag, ValueError):
        value = b""
    return _unsealed(record, value)


def _with_name(record: Record, secret: str | None) -> bytes:
    name = header(record.headers, NAME_SEALED_BY) or b""
    try:
        fields = _FIELDS.decode(record.value or b"")
        found = b'""'
        if secret is not None:
            written = bytes.fromhex(msgspec.json.decode(fields[NAME], type=str))
            found = _cipher(secret).decrypt(written, [name, record.key or b""])
        fields[NAME] = msgspec.Raw(found)
    except (InvalidTag, ValueError, KeyError):
        return b""
    return msgspec.json.encode(fields)


def _raw(text: str) -> msgspec.Raw:
    return msgspec.Raw(msgspec.json.encode(text))


def _unsealed(record: Record, value: bytes) -> OpenedRecord:
    return OpenedRecord(
        record.topic,
        record.partition,
        record.offset,
        record.timestamp,
        record.key,
        value,
        [each for each in record.headers if each[0] not in (SEALED_BY, NAME_SEALED_BY)],
        record,
    )


@lru_cache(maxsize=1024)
def _cipher(secret: str) -> AESSIV:
    return AESSIV(bytes.fromhex(secret))
