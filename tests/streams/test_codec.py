"""What is written is read again, and what is no event of ours is refused with the reason."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from schemas.events.base import TS_US_MAX, TS_US_MIN, Event
from schemas.events.market import BarClosed
from schemas.events.strategies import StrategyDeployed
from streams.catalog import BARS, BY_NAME, EDITS, EVENT_TYPES
from streams.codec import (
    RecordError,
    dead_letter,
    decode,
    encode,
    event_headers,
    header,
    rfc3339,
)
from tests.schemas.records import events

TRACEPARENT = b"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
BAR = BarClosed(
    feed="demo",
    symbol="AAPL",
    interval="1d",
    ts=1_700_000_000_000_000,
    open=2.0,
    high=3.0,
    low=1.0,
    close=2.5,
    volume=100.0,
)


def bar_json(**changes: Any) -> bytes:
    return json.dumps({**BAR.model_dump(), **changes}).encode()


def refused(value: bytes | None, kind: str | None = None, topic: str = BARS.name) -> RecordError:
    """How `decode` refuses the value."""
    headers = [] if kind is None else [("ce_type", kind.encode())]
    with pytest.raises(RecordError) as caught:
        decode(value, headers, BY_NAME[topic].events)
    return caught.value


@pytest.mark.parametrize("kind", sorted(EVENT_TYPES))
@settings(max_examples=20, deadline=None)
@given(data=st.data())
def test_an_event_comes_back_as_it_was_written(kind: str, data: st.DataObject) -> None:
    event = EVENT_TYPES[kind].model_validate_json(json.dumps(data.draw(events(EVENT_TYPES[kind]))))
    record = encode(event, key="k", event_id="1", source="test", ts_us=0)
    assert decode(record.value, record.headers, [type(event)]) == event
    again = encode(event, key="k", event_id="1", source="test", ts_us=0)
    assert again == record, "the same event gives the same bytes"


def test_headers_follow_the_cloudevents_kafka_binding() -> None:
    record = encode(
        BAR,
        key="demo/AAPL/1d",
        event_id="42",
        source="/feeds/demo",
        ts_us=BAR.ts,
        traceparent=TRACEPARENT,
        timestamp_ms=7,
    )
    assert record.key == b"demo/AAPL/1d"
    assert record.timestamp_ms == 7
    assert dict(record.headers) == {
        "ce_specversion": b"1.0",
        "ce_id": b"42",
        "ce_source": b"/feeds/demo",
        "ce_type": b"peripheral.BarClosed.v1",
        "ce_time": b"2023-11-14T22:13:20Z",
        "content-type": b"application/json",
        "traceparent": TRACEPARENT,
    }
    assert "traceparent" not in dict(event_headers("t", "1", "s", 0))


@given(st.integers(TS_US_MIN, TS_US_MAX))
def test_times_are_rfc_3339_in_utc_to_the_microsecond(ts_us: int) -> None:
    text = rfc3339(ts_us)
    assert text.endswith("Z")
    since = datetime.fromisoformat(text) - datetime(1970, 1, 1, tzinfo=UTC)
    assert (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds == ts_us


def test_a_bar_without_headers_is_taken_since_its_topic_has_one_event() -> None:
    assert decode(bar_json(), [], BARS.events) == BAR


def test_without_a_type_a_topic_of_several_events_cannot_tell() -> None:
    found = refused(b"{}", topic=EDITS.name)
    assert found.reason == "unknown_type"
    assert "peripheral.StrategyEdited.v1, peripheral.StrategyDeleted.v1" in found.message


@pytest.mark.parametrize(
    "kind", ["peripheral.BarClosed.v2", "peripheral.SignalEmitted.v1", "", "nonsense", "\udcff"]
)
def test_a_type_that_the_topic_does_not_carry_is_refused(kind: str) -> None:
    headers = [("ce_type", kind.encode("utf-8", "surrogateescape"))]
    with pytest.raises(RecordError) as caught:
        decode(bar_json(), headers, BARS.events)
    assert caught.value.reason == "unknown_type"


def test_a_record_without_a_value_is_malformed() -> None:
    found = refused(None)
    assert (found.reason, "no value" in found.message) == ("malformed", True)


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (b"", "Invalid JSON"),
        (b"\xff\xfe", "Invalid JSON"),
        (b"[1, 2]", "event: "),
        (bar_json()[:-1], "Invalid JSON"),
        (bar_json(close="x"), "close: "),
        (bar_json(symbol="A/B"), "symbol: "),
        (bar_json(ts=None), "ts: "),
        (bar_json(ts="1700000000000000"), "ts: "),
        (bar_json(ts=TS_US_MAX + 1), "ts: "),
        (bar_json(volume=-1), "volume: "),
        (bar_json(high=0.5), "high 0.5 is below low 1.0"),
        (bar_json(close=9.0), "close 9.0 is outside low 1.0 to high 3.0"),
    ],
)
def test_a_malformed_record_is_refused_with_the_field(value: bytes, said: str) -> None:
    found = refused(value)
    assert found.reason == "malformed"
    assert said in found.message


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999"])
@pytest.mark.parametrize("field", ["open", "volume"])
def test_nan_and_infinity_are_refused(field: str, number: str) -> None:
    value = bar_json(**{field: 0.0}).replace(
        f'"{field}": 0.0'.encode(), f'"{field}": {number}'.encode()
    )
    found = refused(value)
    assert found.reason == "malformed"
    assert field in found.message or "JSON" in found.message


@pytest.mark.parametrize(("value", "taken"), [("0.5", True), ("NaN", False), ("1e999", False)])
def test_nan_is_refused_in_a_map_as_well(value: str, taken: bool) -> None:
    record = b"""{"deployment_id": "d", "strategy_id": "s", "version": 1, "params": {"n": %s},
        "series": {}, "author": "a"}""" % value.encode()
    headers = [("ce_type", b"peripheral.StrategyDeployed.v1")]
    carried = BY_NAME["strategies.deployments.v1"].events
    if taken:
        assert isinstance(decode(record, headers, carried), StrategyDeployed)
    else:
        with pytest.raises(RecordError, match="params"):
            decode(record, headers, carried)


def test_fields_of_a_newer_producer_are_ignored_and_never_written() -> None:
    assert decode(bar_json(vwap=2.2), [], BARS.events) == BAR
    with pytest.raises(ValidationError):
        BarClosed.model_validate({**BAR.model_dump(), "vwap": 2.2})


def test_fields_of_a_newer_producer_are_ignored_inside_a_field_too() -> None:
    values = {name: getattr(BAR, name) for name in ("open", "high", "low", "close", "volume")}
    value = bar_json(source_offset=1, seq=0, previous={**values, "vwap": 2.2})
    headers = [("ce_type", b"peripheral.BarCorrected.v1")]
    found: Event = decode(value, headers, BY_NAME["market.corrections.v1"].events)
    assert found.model_dump()["previous"] == values


def test_a_dead_letter_is_the_record_as_it_came_with_its_origin() -> None:
    headers = [("ce_type", b"peripheral.BarClosed.v1"), ("mine", b"\xff")]
    letter = dead_letter(
        BARS.name, 3, 99, b"k", b"not json", headers, 5, reason="malformed", message="é: wrong"
    )
    assert (letter.key, letter.value, letter.timestamp_ms) == (b"k", b"not json", 5)
    assert letter.headers[:2] == headers
    assert dict(letter.headers[2:]) == {
        "dlq_topic": b"market.bars.v1",
        "dlq_partition": b"3",
        "dlq_offset": b"99",
        "dlq_reason": b"malformed",
        "dlq_message": "é: wrong".encode(),
    }


def test_the_first_of_two_headers_of_one_name_counts() -> None:
    assert header([("a", b"1"), ("a", b"2")], "a") == b"1"
    assert header([], "a") is None
