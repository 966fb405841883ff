"""The events as JSON Schema 2020-12: the contract with services that are not written in Python.

Consumes event classes; produces plain dicts, equal each time. A schema says what a record
on the log holds. It is open: a consumer ignores fields it does not know, so that a newer
producer may add some. What relates two fields (high is not below low) is said in words only.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Any

from pydantic.json_schema import GenerateJsonSchema

from schemas.events.base import Event

Schema = dict[str, Any]

DEFS = "#/$defs/"
LINE_BREAK = re.compile(r"(?<!\n)\n(?!\n)")


class ContractSchema(GenerateJsonSchema):
    """Without titles that only repeat a field's name."""

    def field_title_should_be_set(self, schema: Any) -> bool:  # noqa: ARG002 — the base class hands it over
        return False


def schema_name(event: type[Event]) -> str:
    """`<Event>.v<version>`, the name of its schema and, with `.json`, of its file."""
    return f"{event.__name__}.v{event.schema_version}"


def json_schema(event: type[Event]) -> Schema:
    """One event's schema; `$id` is `urn:peripheral:<Event>.v<version>`."""
    found = event.model_json_schema(schema_generator=ContractSchema)
    return {
        "$schema": GenerateJsonSchema.schema_dialect,
        "$id": f"urn:peripheral:{schema_name(event)}",
        **_opened(found),
    }


def json_schemas(events: Iterable[type[Event]]) -> dict[str, Schema]:
    """The schemas of these events by name, sorted."""
    schemas = {schema_name(event): json_schema(event) for event in events}
    return dict(sorted(schemas.items()))


def text_of(document: Any) -> str:
    """A document as the text of its file."""
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def inlined(schema: Schema) -> Schema:
    """The schema with each `$ref` replaced by what it names, and no `$defs`.

    Events do not contain themselves, so this ends.
    """
    definitions = schema.get("$defs", {})

    def inline(node: Any) -> Any:
        if isinstance(node, list):
            return [inline(item) for item in node]
        if not isinstance(node, dict):
            return node
        if "$ref" in node:
            beside = {key: inline(value) for key, value in node.items() if key != "$ref"}
            return {**inline(definitions[node["$ref"].removeprefix(DEFS)]), **beside}
        return {key: inline(value) for key, value in node.items() if key != "$defs"}

    found: Schema = inline(schema)
    return found


def _opened(node: Any) -> Any:
    """Unknown fields allowed, and each description's paragraphs on one line."""
    if isinstance(node, list):
        return [_opened(item) for item in node]
    if not isinstance(node, dict):
        return node
    opened = {
        key: _opened(value)
        for key, value in node.items()
        if not (key == "additionalProperties" and value is False)
    }
    if isinstance(opened.get("description"), str):
        opened["description"] = LINE_BREAK.sub(" ", opened["description"])
    return opened
