"""What of the log is an event of the stream, and what filters are told of it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from api.stream.events import EventReader, Labels, sse_body
from streams.catalog import BARS, INDICATORS
from streams.producer import partition_of
from tests.api.made import Made, bar, record, signal

PARTITIONS = 4
KEY = b"test/AAA/1d"
PARTITION = partition_of(KEY, PARTITIONS)
BAR = record(bar(1), 7, PARTITION)
SIGNAL = record(signal((5, 2), strategy="mine"), 8, PARTITION)


def test_a_bar_is_an_event_with_or_without_its_type() -> None:
    for headers in (BAR.headers, []):
        found = EventReader(PARTITIONS).read(replace(BAR, headers=headers))
        assert found is not None
        event, _ = found
        assert (event.kind, event.partition, event.offset) == (
            *("BarClosed", (BARS.name, PARTITION)),
            7,
        )
        assert event.labels == Labels(feed="test", symbol="AAA")
        assert event.body == sse_body("BarClosed", BAR.value or b"")


def test_what_agents_derive_has_the_labels_of_its_json() -> None:
    found = EventReader(PARTITIONS).read(SIGNAL)
    assert found is not None
    event, _ = found
    assert event.kind == "SignalEmitted"
    assert event.labels == Labels("test", "AAA", "mine", None, 5, 2)
    assert event.labels.mark == (5, 2)


@pytest.mark.parametrize(
    "no_event",
    [
        replace(BAR, value=None),
        replace(BAR, value=b"{}"),
        replace(BAR, value=(BAR.value or b"").replace(b'"high":2.0', b'"high":0.1')),
        replace(BAR, key=b"test/BBB/1d"),
        replace(BAR, partition=(PARTITION + 1) % PARTITIONS),
        replace(BAR, headers=SIGNAL.headers),
        replace(SIGNAL, value=None),
        replace(SIGNAL, value=b"{not json"),
        replace(SIGNAL, headers=[]),
        replace(SIGNAL, topic=INDICATORS.name),
    ],
)
def test_what_is_no_event_of_its_topic_reaches_nobody(no_event: Made) -> None:
    assert EventReader(PARTITIONS).read(no_event) is None
