"""A series' state under one key: in a dict, or in a Faust table, whose every change is a record."""

from __future__ import annotations

from typing import Any


def state_of(app: Any, name: str, *, durable: bool) -> Any:
    """Something like a dict from bytes to bytes."""
    if not durable:
        return {}
    return app.Table(name, key_type=bytes, value_type=bytes)


def raw_topic(app: Any, name: str) -> Any:
    """A topic of bytes."""
    return app.topic(
        name, key_type=bytes, value_type=bytes, key_serializer="raw", value_serializer="raw"
    )
