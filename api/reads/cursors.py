"""Cursors: the sort key of a page's last item, opaque to clients."""

from __future__ import annotations

import base64
import binascii
import json

from api.reads.protocol import Key


class CursorError(ValueError):
    """A text that is no cursor of this list."""


def encode(direction: str, key: Key) -> str:
    """direction: a word that says in which list, and which way, the cursor goes on."""
    text = json.dumps([direction, *key], separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def decode(text: str, directions: dict[str, tuple[type, ...]]) -> tuple[str, Key]:
    """The direction and the key; directions: the types of the key for each that is allowed.

    Raises CursorError.
    """
    try:
        decoded = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        direction, *key = json.loads(decoded)
        types = directions[direction]
    except (binascii.Error, ValueError, TypeError, KeyError, RecursionError):
        raise CursorError("this is no cursor that this list gave") from None
    fits = len(key) == len(types) and all(
        type(value) is kind and _fits(value) for value, kind in zip(key, types, strict=True)
    )
    if not fits:
        raise CursorError("this is no cursor that this list gave")
    return direction, tuple(key)


def _fits(value: object) -> bool:
    """Whether the database has room for it: 64 bits, and no NUL in a text."""
    return abs(value) < 2**63 if isinstance(value, int) else "\0" not in str(value)
