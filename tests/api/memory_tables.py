"""Rows of tables as lists: cut into pages, and told as JSON."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from api.reads.protocol import Key, Page, Window

Row = dict[str, Any]

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def microseconds(time: datetime) -> int:
    return (time - EPOCH) // timedelta(microseconds=1)


def within(
    rows: Sequence[Row], window: Window, when: Callable[[Row], datetime] = lambda row: row["ts"]
) -> list[Row]:
    return [
        row
        for row in rows
        if (window.start is None or when(row) >= window.start)
        and (window.end is None or when(row) < window.end)
    ]


def cut(
    rows: Sequence[Row], window: Window, key: Callable[[Row], Key], after: Key | None
) -> tuple[list[Row], Key | None]:
    """The page in ascending order of the key, and the key of its last row if more follow."""
    found = sorted((row for row in rows if after is None or key(row) > after), key=key)
    part = found[: window.limit]
    return part, key(part[-1]) if len(found) > window.limit else None


def pick(row: Row, *names: str) -> Row:
    return {name: row[name] for name in names}


def page(items: list[Row], key: Key | None) -> Page:
    def text(value: Any) -> str:
        assert isinstance(value, date)
        return value.isoformat().replace("+00:00", "Z")

    return Page(json.dumps(items, default=text).encode(), key)
