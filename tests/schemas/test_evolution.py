"""A change is allowed only when old and new can read each other's records."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.errors import InvalidArgument
from jsonschema import Draft202012Validator

from schemas.evolution import REMEDY, check, check_all, unread
from schemas.export import Schema
from tests.schemas.records import values

OLD: Schema = {
    "$defs": {
        "Leg": {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]}
    },
    "type": "object",
    "properties": {
        "id": {"type": "string", "pattern": "^[a-z]+$", "maxLength": 8},
        "count": {"type": "integer", "minimum": 0, "maximum": 10},
        "price": {"type": "number", "exclusiveMinimum": 0},
        "side": {"enum": ["buy", "sell"], "type": "string"},
        "note": {"anyOf": [{"type": "string"}, {"type": "null"}], "default": None},
        "legs": {"type": "array", "items": {"$ref": "#/$defs/Leg"}},
        "params": {"type": "object", "additionalProperties": {"type": "number"}},
        "rules": {
            "type": "object",
            "properties": {"rate": {"type": "number", "default": 0.0}},
            "default": {"rate": 0.0},
        },
    },
    "required": ["id", "count", "price", "side", "legs", "params"],
}

Change = Callable[[Schema], Any]


def field(name: str, **keywords: Any) -> Change:
    return lambda schema: schema["properties"][name].update(keywords)


def replaced(name: str, schema: Schema) -> Change:
    return lambda whole: whole["properties"].update({name: schema})


def changed(change: Change) -> Schema:
    new = copy.deepcopy(OLD)
    change(new)
    return new


def new_rule(default: float) -> Change:
    """A field in an object that has a default of its own, which says 0 of it."""

    def change(schema: Schema) -> None:
        rules = schema["properties"]["rules"]
        rules["properties"]["tick"] = {"type": "number", "default": default}
        rules["default"] = {"rate": 0.0, "tick": 0.0}

    return change


def new_required(schema: Schema) -> None:
    schema["properties"]["venue"] = {"type": "string"}
    schema["required"].append("venue")


def removed_required(schema: Schema) -> None:
    del schema["properties"]["count"]
    schema["required"].remove("count")


ALLOWED: dict[str, Change] = {
    "nothing": lambda schema: None,
    "words": lambda schema: schema.update(title="Other", description="Other words."),
    "a new field with a default": replaced("venue", {"type": "string", "default": "x"}),
    "a new field in an object's default, with its own": new_rule(0.0),
    "an object's default that leaves to its fields what they say": field("rules", default={}),
    "an optional field removed": lambda schema: schema["properties"].pop("note"),
    "the order of enum": field("side", enum=["sell", "buy"]),
    "a definition inlined": replaced(
        "legs",
        {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"n": {"type": "integer"}},
                "required": ["n"],
            },
        },
    ),
}

FORBIDDEN: dict[str, tuple[Change, str, str]] = {
    "a new required field": (new_required, "$.venue", "already on the log"),
    "a removed required field": (removed_required, "$.count", "already running"),
    "a field no longer required": (
        lambda schema: schema["required"].remove("count"),
        "$.count",
        "already running",
    ),
    "an optional field made required": (
        lambda schema: schema["required"].append("note"),
        "$.note",
        "already on the log",
    ),
    "another type": (
        replaced("count", {"type": "string"}),
        "$.count",
        "type integer is not string",
    ),
    "integer widened to number": (
        replaced("count", {"type": "number", "minimum": 0, "maximum": 10}),
        "$.count",
        "already running: type number is not integer",
    ),
    "null no longer allowed": (
        replaced("note", {"type": "string"}),
        "$.note",
        "already on the log: type null is not string",
    ),
    "null newly allowed": (
        replaced("price", {"anyOf": [{"type": "number", "exclusiveMinimum": 0}, {"type": "null"}]}),
        "$.price",
        "already running: type null is not number",
    ),
    "a narrower range": (field("count", maximum=9), "$.count", "already on the log"),
    "a wider range": (field("count", minimum=-1), "$.count", "already running"),
    "a limit that includes its end": (
        replaced("price", {"type": "number", "minimum": 0}),
        "$.price",
        "already running",
    ),
    "a shorter text": (field("id", maxLength=7), "$.id", "already on the log"),
    "a longer text": (field("id", maxLength=9), "$.id", "already running"),
    "another pattern": (field("id", pattern="^[a-z0-9]+$"), "$.id", "pattern"),
    "a new value of an enum": (
        field("side", enum=["buy", "sell", "short"]),
        "$.side",
        "already running: ['short'] is not among ['buy', 'sell']",
    ),
    "a value of an enum removed": (field("side", enum=["buy"]), "$.side", "already on the log"),
    "an enum opened": (replaced("side", {"type": "string"}), "$.side", "already running"),
    "a deeper field": (
        lambda schema: schema["$defs"]["Leg"]["properties"].update(n={"type": "string"}),
        "$.legs[*].n",
        "type integer is not string",
    ),
    "another type of a map's values": (
        replaced("params", {"type": "object", "additionalProperties": {"type": "string"}}),
        "$.params.*",
        "type number is not string",
    ),
    "a map with a named value of another type, read from old records": (
        replaced("params", {"type": "object", "properties": {"n": {"type": "string"}}}),
        "$.params.n",
        "already on the log: type number is not string",
    ),
    "a map with a named value of another type, read by old consumers": (
        replaced("params", {"type": "object", "properties": {"n": {"type": "string"}}}),
        "$.params.n",
        "already running: type string is not number",
    ),
    "a closed object": (
        lambda schema: schema["$defs"]["Leg"].update(
            properties={}, required=[], additionalProperties=False
        ),
        "$.legs[*].n",
        "unknown ones are refused",
    ),
    "another default of an object": (
        field("rules", default={"rate": 0.1}),
        "$.rules",
        "default {'rate': 0.0} became {'rate': 0.1}",
    ),
    "a new field in an object's default, with another": (new_rule(1.0), "$.rules", "became"),
    "another default": (field("note", default="none"), "$.note", "default None became 'none'"),
    "a keyword that is not understood": (
        field("id", contentMediaType="text/plain"),
        "$.id",
        "contentMediaType differs",
    ),
}


@pytest.mark.parametrize("name", ALLOWED)
def test_a_change_that_both_sides_can_read_is_allowed(name: str) -> None:
    assert check(OLD, changed(ALLOWED[name])) == []


@pytest.mark.parametrize("name", FORBIDDEN)
def test_a_change_that_one_side_cannot_read_is_found(name: str) -> None:
    change, path, message = FORBIDDEN[name]
    findings = check(OLD, changed(change))
    assert any(found.path == path and message in found.message for found in findings), findings
    assert all(found.remedy == REMEDY for found in findings)


def test_an_event_that_is_gone_is_found() -> None:
    (found,) = check_all({"Gone.v1": OLD}, {"Here.v1": OLD})
    assert found.path == "Gone.v1"
    assert "keep the class" in found.remedy


def schemas() -> st.SearchStrategy[Schema]:
    """Small schemas of the kind that events have."""
    bound = st.integers(-3, 3)
    leaf = st.one_of(
        *(
            st.fixed_dictionaries(
                {"type": st.sampled_from(["integer", "number"])}, optional={lower: bound}
            )
            for lower in ("minimum", "exclusiveMinimum")
        ),
        st.fixed_dictionaries(
            {"type": st.just("string")}, optional={"maxLength": st.integers(0, 3)}
        ),
        st.fixed_dictionaries(
            {"type": st.just("string"), "enum": st.lists(st.sampled_from("abc"), min_size=1)}
        ),
        st.just({"type": "null"}),
    )

    def deeper(part: st.SearchStrategy[Schema]) -> st.SearchStrategy[Schema]:
        return st.one_of(
            st.fixed_dictionaries({"anyOf": st.lists(part, min_size=1, max_size=2)}),
            st.fixed_dictionaries({"type": st.just("array"), "items": part}),
            st.fixed_dictionaries({"type": st.just("object"), "additionalProperties": part}),
            st.dictionaries(st.sampled_from("xyz"), part, min_size=1).flatmap(
                lambda fields: st.fixed_dictionaries(
                    {
                        "type": st.just("object"),
                        "properties": st.just(fields),
                        "required": st.lists(st.sampled_from(sorted(fields)), unique=True),
                    }
                )
            ),
        )

    return st.recursive(leaf, deeper, max_leaves=4)


@st.composite
def relatives(draw: st.DrawFn, schema: Schema) -> Schema:
    """The schema after a change here and there: two schemas drawn apart have little in common."""
    match draw(st.sampled_from(["same", "same", "drop", "step", "option", "inside", "inside"])):
        case "drop":
            loose = {*schema} - {"type", "anyOf", "properties", "items"}
            gone = draw(st.sampled_from([*sorted(loose), None]))
            return {key: value for key, value in schema.items() if key != gone}
        case "step":
            step = draw(st.sampled_from([-1, 1]))
            return {k: v + step if isinstance(v, int) else v for k, v in schema.items()}
        case "option":
            return {"anyOf": [schema, draw(schemas())]}
        case "inside":
            return {key: draw(inside(key, value)) for key, value in schema.items()}
    return schema


@st.composite
def inside(draw: st.DrawFn, keyword: str, value: Any) -> Any:
    """A keyword's value, with the schemas in it changed."""
    match keyword:
        case "anyOf":
            return [draw(relatives(part)) for part in value]
        case "items" | "additionalProperties":
            return draw(relatives(value))
        case "properties":
            return {name: draw(relatives(part)) for name, part in value.items()}
        case "required":
            return [name for name in value if draw(st.booleans())]
    return value


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_what_is_found_readable_is_readable(data: st.DataObject) -> None:
    schema = data.draw(schemas())
    changed_schema = data.draw(relatives(schema))
    for written, reader in ((schema, changed_schema), (changed_schema, schema)):
        if not list(unread(written, reader)):
            try:
                record = data.draw(values(written))
            except InvalidArgument:  # bounds that leave no value
                continue
            Draft202012Validator(reader).validate(record)


@settings(max_examples=50, deadline=None)
@given(schema=schemas())
def test_every_schema_can_take_its_own_place(schema: Schema) -> None:
    assert check(schema, schema) == []
