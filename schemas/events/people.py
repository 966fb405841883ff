"""People: the keys that what they write is sealed under, and their erasure."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from schemas.events.base import Event, Id

Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class KeyIssued(Event):
    """A key of a person. Without it nothing that is sealed under it can be read again."""

    user: str
    secret: Annotated[str, Field(pattern=r"^[0-9a-f]{128}$")]
    """Of AES-SIV with 256 bits (RFC 5297), in hexadecimal digits."""


class UserErased(Event):
    """What a person wrote is gone: who keeps copies of it deletes them.

    The person may come back; what is written from `ends` on is another's.
    """

    user_sha256: Sha256
    """Of the name in UTF-8. The name itself is not on the log any more."""
    deployments: tuple[Id, ...]
    """What these have signalled is the person's as well."""
    ends: dict[str, tuple[int, ...]]
    """By topic, the offset behind the last record of each partition when it happened."""
