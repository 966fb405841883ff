"""What counts as an event of its aggregate, by key and partition."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from schemas.events.actions import SplitDeclared
from schemas.events.base import Event
from schemas.events.strategies import PartitionClaimed, StrategyEdited
from streams import catalog
from streams.admission import admit, series_of_key
from streams.catalog import Topic
from streams.codec import RecordError, encode
from streams.producer import partition_of
from tests.processors.projections.memory_log import LogRecord

EDIT = StrategyEdited(strategy_id="s", edit_id="e", name="n", source="", author="a")
RIGHT = partition_of(b"s", 4)


def record(topic: Topic, event: Event, key: str, partition: int) -> LogRecord:
    sent = encode(event, key=key, event_id="i", source="test", ts_us=0)
    return LogRecord(topic.name, partition, 0, sent.key, sent.value, sent.headers)


def test_an_event_under_its_key_on_its_partition_is_admitted() -> None:
    assert admit(record(catalog.EDITS, EDIT, "s", RIGHT), catalog.EDITS, 4) == EDIT


def test_what_is_said_of_an_instrument_belongs_under_its_own_key() -> None:
    split = SplitDeclared(feed="f", symbol="S", ex_date=date(2005, 2, 28), ratio=2.0)
    right = partition_of(b"f/S", 4)
    assert admit(record(catalog.ACTIONS, split, "f/S", right), catalog.ACTIONS, 4) == split
    with pytest.raises(RecordError) as error:
        series = partition_of(b"f/S/1d", 4)
        admit(record(catalog.ACTIONS, split, "f/S/1d", series), catalog.ACTIONS, 4)
    assert error.value.reason == "key_mismatch"


def test_an_activation_belongs_on_the_partition_that_it_is_about() -> None:
    claim = PartitionClaimed(partition=2, epoch=1, owner="w")
    assert admit(record(catalog.ACTIVATIONS, claim, "w", 2), catalog.ACTIVATIONS, 4) == claim
    with pytest.raises(RecordError) as error:
        admit(record(catalog.ACTIVATIONS, claim, "w", 3), catalog.ACTIVATIONS, 4)
    assert error.value.reason == "wrong_partition"


@pytest.mark.parametrize(
    ("key", "partition", "reason"),
    [("another", RIGHT, "key_mismatch"), ("s", (RIGHT + 1) % 4, "wrong_partition")],
)
def test_an_event_elsewhere_is_refused(key: str, partition: int, reason: str) -> None:
    with pytest.raises(RecordError) as error:
        admit(record(catalog.EDITS, EDIT, key, partition), catalog.EDITS, 4)
    assert error.value.reason == reason


@pytest.mark.parametrize("timestamp_ms", [-(10**14), 10**15, 2**63 - 1])
def test_a_record_of_a_time_that_no_calendar_has_is_refused(timestamp_ms: int) -> None:
    good = record(catalog.EDITS, EDIT, "s", RIGHT)
    with pytest.raises(RecordError, match="send milliseconds since 1970"):
        admit(replace(good, timestamp=timestamp_ms), catalog.EDITS, 4)


def test_a_key_names_a_series_of_its_partition() -> None:
    right = partition_of(b"f/S/1m", 4)
    assert series_of_key(b"f/S/1m", right, 4).symbol == "S"
    for key, partition, reason in (
        (b"f/S/1m", (right + 1) % 4, "wrong_partition"),
        (b"f/S", right, "malformed"),
        (b"\xff", right, "malformed"),
        (None, right, "malformed"),
    ):
        with pytest.raises(RecordError) as error:
            series_of_key(key, partition, 4)
        assert error.value.reason == reason
