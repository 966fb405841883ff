"""Samples have all that a schema allows, each choice at least once, and nothing else."""

from __future__ import annotations

import pytest
from jsonschema import Draft202012Validator

from schemas.export import Schema
from schemas.relations import related
from schemas.samples import NoSampleError, samples
from tests.schemas.choices import untaken

SCHEMA: Schema = {
    "type": "object",
    "properties": {
        "id": {"type": "string", "pattern": "^[0-9a-f]{64}$"},
        "name": {"type": "string", "minLength": 1, "maxLength": 5},
        "day": {"type": "string", "format": "date"},
        "count": {"type": "integer", "minimum": 1, "maximum": 9},
        "rate": {"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1},
        "side": {"enum": ["buy", "sell", "hold"], "default": "buy"},
        "note": {"anyOf": [{"type": "string"}, {"type": "null"}], "default": None},
        "legs": {
            "type": "array",
            "items": {"type": "object", "properties": {"n": {"type": "integer"}}},
            "default": [],
        },
        "params": {"type": "object", "additionalProperties": {"type": "number"}},
        "fixed": {"const": 3},
        "on": {"type": "boolean", "default": False},
    },
    "required": ["id", "name", "day", "count", "rate", "params", "fixed"],
}


def test_every_choice_is_taken_and_every_sample_is_valid() -> None:
    found = samples(SCHEMA)
    assert found == samples(SCHEMA)
    for value in found:
        Draft202012Validator(SCHEMA).validate(value)
    assert list(untaken(SCHEMA, found)) == []
    assert found[0].keys() == set(SCHEMA["required"])
    assert found[1].keys() == SCHEMA["properties"].keys()
    assert {1, 9} <= {value["count"] for value in found}


def test_choices_that_are_not_taken_are_found() -> None:
    found = [{**value, "side": "buy"} for value in samples(SCHEMA)]
    assert list(untaken(SCHEMA, found)) == [
        *("$.side: never 'sell'", "$.side: never 'hold'", "$.side: always there")
    ]
    assert "$.note|1: no value" in untaken(SCHEMA, samples(SCHEMA)[:2])


@pytest.mark.parametrize(
    ("schema", "remedy"),
    [
        ({"type": "string", "pattern": "^new$"}, "add texts that match"),
        ({"type": "string", "format": "time"}, "the format time"),
        ({"type": "mystery"}, "teach schemas/samples.py"),
        ({"type": "array", "items": {"const": 1}, "minItems": 2}, "2 items"),
    ],
)
def test_what_no_sample_can_be_made_of_says_what_to_do(schema: Schema, remedy: str) -> None:
    with pytest.raises(NoSampleError, match=remedy):
        samples(schema)


def test_fields_that_exclude_each_other_become_events_of_their_own() -> None:
    both = {"strategy_id": "s", "version": 1, "source": "x", "begin_ts": 5, "end_ts": 5}
    found = related("RunBacktest", both)
    assert {"strategy_id": "s", "version": 1, "end_ts": 5} in found
    assert {"source": "x", "begin_ts": 5} in found
    assert {"source": "x", "begin_ts": 5, "strategy_id": None, "version": None} in found
    assert related("RunScreen", {"source": "y", "symbols": ["A"]}) == [
        {"source": "y", "universe": "u"}
    ]
    rule = {"price_min": 9, "price_max": 3, "top": 2}
    assert related("UniverseDefined", {"rule": rule}) == [
        {"rule": {"price_min": 3, "price_max": 9, "top": 2}}
    ]
    prices = {"open": 1, "high": 2, "low": 4, "close": 3}
    assert related("BarClosed", prices) == [{"open": 2, "high": 4, "low": 1, "close": 3}]
