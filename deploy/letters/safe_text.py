"""Bytes that anybody may have written → text that a terminal can show."""

from __future__ import annotations

import json

from streams.letters import text_of


def safe(text: str) -> str:
    """On one line: what is no visible character (escapes, line ends, marks that turn the direction
    of writing) as `\\x1b`. Printed as it is, a value could rewrite the screen."""
    return "".join(
        char if char.isprintable() else char.encode("unicode_escape").decode() for char in text
    )


def safe_lines(text: str) -> str:
    """The same, but for its line ends."""
    return "\n".join(safe(line) for line in text.split("\n"))


def shown_value(value: bytes | None) -> str:
    """A value for a person: JSON set out in lines, text as it is, other bytes as `\\xff`."""
    if value is None:
        return "(no value)"
    try:
        text = json.dumps(json.loads(value.decode()), indent=2, ensure_ascii=False)
    except (ValueError, RecursionError):
        text = text_of(value)
    return safe_lines(text)


def kind_of(value: bytes | None) -> str:
    """What a value is: JSON, text or neither."""
    if value is None:
        return "none"
    try:
        json.loads(value.decode())
    except UnicodeDecodeError:
        return "not UTF-8"
    except (ValueError, RecursionError):
        return "text, but no JSON"
    return "JSON"
