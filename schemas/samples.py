"""Values of a JSON Schema that have all it allows: each choice at least once, the same each time.

Consumes an inlined schema; produces JSON values. The first has only what is required, and the
second every field; among all of them each optional field is there and is not, each value of an
enum occurs, each option of a union, and the ends of each range.
"""

from __future__ import annotations

from typing import Any

from schemas.export import Schema

WORDS = 'it\'s 5 €, "so"\n\t\\ \u202e𝄞'
"""What breaks who quotes or measures badly; no NUL, which the codec refuses."""
CHARS_MAX = 200
"""Texts that may be longer are not made as long as they may be."""

EXAMPLES = {
    r"^[a-z0-9][a-z0-9._-]{0,31}$": ("demo", "0.a-_" + "z" * 27),
    r"^[A-Za-z0-9.^=_-]{1,32}$": ("A", "^GSPC=X.b-_" + "0" * 21),
    r"^[1-9][0-9]{0,3}[smhdw]$": ("1d", "15m"),
    r"^[A-Za-z0-9][A-Za-z0-9._:-]{0,63}$": ("a", "Z9._:-" + "x" * 58),
    r"^[a-z0-9.]{1,200}\.dlq/[0-9]{1,9}/[0-9]{1,19}$": ("market.bars.v1.dlq/0/0",),
    r"^[A-Z]{3}$": ("USD", "JPY"),
    r"^[A-Za-z0-9][A-Za-z0-9_/.-]{0,31}$": ("XNYS", "24/7"),
    r"^[0-9a-f]{64}$": ("0" * 64, "ab" * 32),
}
"""Texts that match the patterns of our fields."""

ABSENT = object()


class NoSampleError(ValueError):
    """A schema that no samples can be made of yet, and what to do."""


def samples(schema: Schema) -> list[Any]:
    """Values of an inlined schema. Raises NoSampleError."""
    if "anyOf" in schema:
        beside = {key: value for key, value in schema.items() if key != "anyOf"}
        return [value for option in schema["anyOf"] for value in samples({**beside, **option})]
    if "const" in schema:
        return [schema["const"]]
    if "enum" in schema:
        return list(schema["enum"])
    match schema.get("type"):
        case "object":
            return objects(schema)
        case "array":
            return arrays(schema)
        case "string":
            return strings(schema)
        case "integer":
            return integers(schema)
        case "number":
            return numbers(schema)
        case "boolean":
            return [False, True]
        case "null":
            return [None]
    raise NoSampleError(f"teach schemas/samples.py what to make of {schema}")


def objects(schema: Schema) -> list[Any]:
    """As many as the field with the most choices has: the n-th has the n-th choice of each."""
    if "properties" not in schema:
        others = samples(schema.get("additionalProperties", {"type": "number"}))
        return [{}, {f"n{place}": value for place, value in enumerate(others)}]
    required = schema.get("required", [])
    choices = {
        name: samples(field) if name in required else [ABSENT, *samples(field)]
        for name, field in schema["properties"].items()
    }
    count = max(map(len, choices.values()), default=1)
    return [
        {
            name: values[place % len(values)]
            for name, values in choices.items()
            if values[place % len(values)] is not ABSENT
        }
        for place in range(max(count, 2))
    ]


def arrays(schema: Schema) -> list[Any]:
    """As short as may be, and one that has all there is."""
    items = samples(schema["items"])[: schema.get("maxItems")]
    fewest = schema.get("minItems", 0)
    if fewest > len(items):
        raise NoSampleError(f"teach schemas/samples.py {fewest} items of {schema}")
    return [items[:fewest], items]


def strings(schema: Schema) -> list[Any]:
    if "pattern" in schema:
        if schema["pattern"] not in EXAMPLES:
            raise NoSampleError(f"add texts that match {schema['pattern']} to schemas/samples.py")
        return list(EXAMPLES[schema["pattern"]])
    match schema.get("format"):
        case "date":
            return ["2024-02-29", "1999-12-31"]
        case "base64url":
            return ["", "AGFzbQEAAAA_-w=="]
        case None:
            fewest, most = schema.get("minLength", 0), schema.get("maxLength", CHARS_MAX + 1)
            longest = ["x" * most] if most <= CHARS_MAX else []
            return ["x" * fewest, WORDS[:most], *longest]
    raise NoSampleError(f"teach schemas/samples.py the format {schema['format']}")


def integers(schema: Schema) -> list[Any]:
    low = schema.get("minimum", schema.get("exclusiveMinimum", -4) + 1)
    high = schema.get("maximum", schema.get("exclusiveMaximum", low + 10_000) - 1)
    return list(dict.fromkeys([low, min(low + 41, high), high]))


def numbers(schema: Schema) -> list[Any]:
    low = schema.get("minimum", schema.get("exclusiveMinimum", -2.5) + 0.1)
    high = schema.get("maximum", schema.get("exclusiveMaximum", 1e15 / 3 + 0.1) - 0.1)
    return list(dict.fromkeys([float(low), min(low + 101.375, (low + high) / 2), float(high)]))
