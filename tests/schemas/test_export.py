"""The exported schemas say what is on the log: no more and no less."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator, ValidationError

from deploy import contracts
from schemas.events.base import Event
from schemas.events.market import BarClosed
from schemas.export import ContractSchema, inlined, json_schema, json_schemas
from streams.catalog import EVENT_TYPES
from streams.codec import encode
from tests.schemas.records import events

EVENTS = sorted(EVENT_TYPES.values(), key=lambda event: event.__name__)

BAR = {
    "feed": "demo",
    "symbol": "AAPL",
    "interval": "1d",
    "ts": 1_700_000_000_000_000,
    "open": 2.0,
    "high": 3.0,
    "low": 1.0,
    "close": 2.5,
    "volume": 100.0,
}


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.__name__)
@settings(max_examples=20, deadline=None)
@given(data=st.data())
def test_what_the_codec_writes_satisfies_the_schema(
    event: type[Event], data: st.DataObject
) -> None:
    made = event.model_validate_json(json.dumps(data.draw(events(event))))
    written = encode(made, key="k", event_id="1", source="test", ts_us=0)
    assert written.value is not None
    Draft202012Validator(json_schema(event)).validate(json.loads(written.value))


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.__name__)
def test_a_schema_is_valid_named_and_described(event: type[Event]) -> None:
    schema = json_schema(event)
    Draft202012Validator.check_schema(schema)
    assert schema["$id"] == f"urn:peripheral:{event.__name__}.v{event.schema_version}"
    assert schema["title"] == event.__name__
    assert len(schema["description"]) > 10
    assert "\n" not in schema["description"].replace("\n\n", "")


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.__name__)
def test_what_is_written_and_what_is_read_are_one_schema(event: type[Event]) -> None:
    # So one file serves producers and consumers; an event where they differ needs two.
    views = [
        event.model_json_schema(mode=mode, schema_generator=ContractSchema)
        for mode in ("validation", "serialization")
    ]
    assert views[0] == views[1]


def without(field: str) -> dict[str, Any]:
    return {name: value for name, value in BAR.items() if name != field}


@pytest.mark.parametrize(
    "record",
    [
        without("ts"),
        {**BAR, "ts": "2023-11-14"},
        {**BAR, "ts": 1_700_000_000_000_000_000},
        {**BAR, "volume": -1.0},
        {**BAR, "symbol": "A/B"},
        {**BAR, "open": None},
    ],
)
def test_a_schema_refuses_what_the_model_refuses(record: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Draft202012Validator(json_schema(BarClosed)).validate(record)
    with pytest.raises(ValueError, match="validation error"):
        BarClosed.read(json.dumps(record).encode())


def test_a_schema_allows_fields_that_a_newer_producer_added() -> None:
    Draft202012Validator(json_schema(BarClosed)).validate({**BAR, "vwap": 2.2})


def test_units_of_time_are_said() -> None:
    assert "microseconds" in json_schema(BarClosed)["properties"]["ts"]["description"]


def test_inlining_leaves_no_reference() -> None:
    for schema in json_schemas(EVENTS).values():
        assert "$ref" not in json.dumps(inlined(schema))
        assert "$defs" not in inlined(schema)


def test_the_committed_files_are_what_is_exported() -> None:
    assert contracts.stale() == [], "run `peripheral schemas export` and commit what it writes"


def test_the_export_is_the_same_each_time_and_notices_changes(tmp_path: Any) -> None:
    contracts.export(tmp_path)
    assert contracts.stale(tmp_path) == []
    changed, missing, left_over = (
        tmp_path / "asyncapi.json",
        tmp_path / "json" / "BarClosed.v1.json",
        tmp_path / "json" / "Gone.v1.json",
    )
    changed.write_text("{}")
    missing.unlink()
    left_over.write_text("{}")
    assert contracts.stale(tmp_path) == sorted([changed, missing, left_over])
    left_over.unlink()
    contracts.export(tmp_path)
    assert contracts.stale(tmp_path) == []
