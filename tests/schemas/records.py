"""Events of every class for Hypothesis, made from the exported schemas alone.

So that a test which feeds them to a model also shows that the schema promises no more than
the model accepts.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

from hypothesis import strategies as st

from schemas.events.base import Event
from schemas.export import Schema, inlined, json_schema
from schemas.relations import related

SAFE_INTEGER = 2**53 - 1
CHARACTERS = st.characters(codec="utf-8", exclude_characters="\0")
"""No text on the log holds NUL: the codec refuses it, since a database can't store it."""
ITEMS_MAX = 3


def events(event: type[Event]) -> st.SearchStrategy[dict[str, Any]]:
    """JSON objects of this event."""
    found = values(inlined(json_schema(event)))
    return found.flatmap(lambda fields: st.sampled_from(related(event.__name__, fields)))


def values(schema: Schema) -> st.SearchStrategy[Any]:
    """JSON values of an inlined schema."""
    if "anyOf" in schema:
        return st.one_of([values(option) for option in schema["anyOf"]])
    if "const" in schema:
        return st.just(schema["const"])
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    match schema.get("type"):
        case "object":
            return objects(schema)
        case "array":
            return st.lists(
                values(schema["items"]), min_size=schema.get("minItems", 0), max_size=ITEMS_MAX
            )
        case "string":
            return strings(schema)
        case "integer":
            low = schema.get("minimum", schema.get("exclusiveMinimum", -SAFE_INTEGER) + 1)
            return st.integers(low, schema.get("maximum", SAFE_INTEGER))
        case "number":
            return numbers(schema)
        case "boolean":
            return st.booleans()
        case "null":
            return st.none()
    raise AssertionError(f"no strategy for {schema}")


def objects(schema: Schema) -> st.SearchStrategy[Mapping[str, Any]]:
    fields = {name: values(part) for name, part in schema.get("properties", {}).items()}
    if "additionalProperties" in schema:
        assert not fields
        names = st.text(CHARACTERS, max_size=8)
        return st.dictionaries(names, values(schema["additionalProperties"]), max_size=ITEMS_MAX)
    required = schema.get("required", [])
    return st.fixed_dictionaries(
        {name: fields[name] for name in required},
        optional={name: part for name, part in fields.items() if name not in required},
    )


def strings(schema: Schema) -> st.SearchStrategy[str]:
    if schema.get("format") == "base64url":
        return st.binary(max_size=64).map(lambda data: base64.urlsafe_b64encode(data).decode())
    if schema.get("format") == "date":
        return st.dates().map(str)
    if "pattern" in schema:
        return st.from_regex(schema["pattern"].strip("^$"), fullmatch=True)
    return st.text(
        CHARACTERS,
        min_size=schema.get("minLength", 0),
        max_size=min(64, schema.get("maxLength", 64)),
    )


def numbers(schema: Schema) -> st.SearchStrategy[float]:
    return st.floats(
        min_value=schema.get("minimum", schema.get("exclusiveMinimum")),
        max_value=schema.get("maximum"),
        exclude_min="exclusiveMinimum" in schema,
        allow_nan=False,
        allow_infinity=False,
    )
