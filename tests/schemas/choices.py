"""Which choices that a schema leaves are taken by none of some values."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from jsonschema import Draft202012Validator

from schemas.export import Schema


def untaken(schema: Schema, values: Sequence[Any], path: str = "$") -> Iterator[str]:
    """Of an inlined schema: options of unions, values of enums, optional fields there and not."""
    if not values:
        yield f"{path}: no value"
        return
    if "anyOf" in schema:
        for place, option in enumerate(schema["anyOf"]):
            valid = Draft202012Validator(option)
            taking = [value for value in values if valid.is_valid(value)]
            yield from untaken(option, taking, f"{path}|{place}")
    for value in schema.get("enum", [False, True] if schema.get("type") == "boolean" else []):
        if value not in values:
            yield f"{path}: never {value!r}"
    required = schema.get("required", [])
    for name, field in schema.get("properties", {}).items():
        there = [value[name] for value in values if name in value]
        yield from untaken(field, there, f"{path}.{name}")
        if name not in required and len(there) == len(values):
            yield f"{path}.{name}: always there"
    if "items" in schema:
        if len({len(value) for value in values}) == 1:
            yield f"{path}: always of one length"
        yield from untaken(
            schema["items"], [item for value in values for item in value], f"{path}[]"
        )
