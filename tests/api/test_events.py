"""What of the log is an event of the stream, and what filters are told of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from api.stream.events import EventReader, Labels, sse_body
from api.stream.filters import Filter
from schemas.events.actions import SplitDeclared
from schemas.events.instruments import InstrumentListed
from schemas.events.strategies import SeriesFilter, StrategyDeployed
from streams.catalog import ACTIONS, BARS, DEPLOYMENTS, INDICATORS, INSTRUMENTS
from streams.producer import partition_of
from tests.api.made import Made, bar, outgoing, record, signal

PARTITIONS = 4
KEY = b"test/AAA/1d"
PARTITION = partition_of(KEY, PARTITIONS)
BAR = record(bar(1), 7, PARTITION)
SIGNAL = record(signal((5, 2), strategy="mine"), 8, PARTITION)

DEPLOYED_EVENT = StrategyDeployed(
    deployment_id="d",
    strategy_id="mine",
    version=1,
    params={},
    series=SeriesFilter(),
    author="me",
)
DEPLOYED = Made(
    DEPLOYMENTS.name,
    partition_of(b"mine", PARTITIONS),
    3,
    b"mine",
    (DEPLOYMENT := outgoing(DEPLOYED_EVENT, "mine")).value,
    DEPLOYMENT.headers,
)


def changed(old: str, new: str) -> bytes:
    """The signal's JSON with other text in one place."""
    text = (SIGNAL.value or b"").decode()
    assert text.count(old) == 1
    return text.replace(old, new).encode()


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
    "same",
    [
        replace(SIGNAL, value=changed('"seq":2', '"seq":"2"')),
        replace(SIGNAL, value=changed('"seq":2', '"seq":2,"newer":[1]')),
    ],
)
def test_what_the_contract_takes_of_agents_is_an_event_however_it_is_written(same: Made) -> None:
    found = EventReader(PARTITIONS).read(same)
    assert found is not None
    assert found[0].labels == Labels("test", "AAA", "mine", None, 5, 2)


def test_a_deployment_is_an_event_with_its_model() -> None:
    found = EventReader(PARTITIONS).read(DEPLOYED)
    assert found is not None
    assert (found[0].kind, found[1]) == ("StrategyDeployed", DEPLOYED_EVENT)


def test_what_is_said_of_an_instrument_is_an_event_that_filters_know() -> None:
    split = SplitDeclared(feed="test", symbol="AAA", ex_date=date(2005, 2, 28), ratio=2.0)
    listed = InstrumentListed(
        feed="test", symbol="AAA", tick_size=0.01, lot=1.0, currency="USD", calendar="XNYS"
    )
    partition = partition_of(b"test/AAA", PARTITIONS)
    for topic, said in ((ACTIONS, split), (INSTRUMENTS, listed)):
        sent = outgoing(said, "test/AAA")
        found = EventReader(PARTITIONS).read(
            Made(topic.name, partition, 3, sent.key, sent.value, sent.headers)
        )
        assert found is not None
        assert (found[0].kind, found[1]) == (type(said).__name__, said)
        assert found[0].labels == Labels(feed="test", symbol="AAA")
        assert Filter(symbols=frozenset({"AAA"})).matches(found[0])
        assert topic.name in Filter(types=frozenset({type(said).__name__})).topics


@pytest.mark.parametrize(
    "no_event",
    [
        replace(BAR, value=None),
        replace(BAR, value=b"{}"),
        replace(BAR, value=(BAR.value or b"").replace(b'"high":2.0', b'"high":0.1')),
        replace(BAR, key=b"test/BBB/1d"),
        replace(BAR, partition=(PARTITION + 1) % PARTITIONS),
        replace(BAR, headers=SIGNAL.headers),
        replace(SIGNAL, headers=[]),
        replace(SIGNAL, value=None),
        replace(SIGNAL, value=b"{not json"),
        replace(SIGNAL, headers=BAR.headers),
        replace(SIGNAL, topic=INDICATORS.name),
        replace(SIGNAL, key=b"zz"),
        replace(SIGNAL, key=b"test/BBB/1d"),
        replace(SIGNAL, partition=(PARTITION + 1) % PARTITIONS),
        replace(SIGNAL, value=b'{"source_offset":9000000000000000,"seq":0}'),
        replace(SIGNAL, value=changed('"price":1.0', '"price":"x"')),
        replace(SIGNAL, value=changed('"plots":{}', '"plots":{"a":"b"}')),
        replace(SIGNAL, value=changed('"hash":"1', '"has":"1')),
        replace(SIGNAL, value=changed('"strategy_id":"mine"', '"strategy_id":"mine\\n"')),
        replace(SIGNAL, value=changed('"strategy_id":"mine"', '"strategy_id":"mi\\u0000"')),
        replace(SIGNAL, value=changed('"source_offset":5', '"source_offset":-5')),
        replace(SIGNAL, value=changed('"source_offset":5', f'"source_offset":{2**63}')),
        replace(DEPLOYED, key=b"theirs"),
        replace(DEPLOYED, partition=(DEPLOYED.partition + 1) % PARTITIONS),
    ],
)
def test_what_is_no_event_of_its_topic_reaches_nobody(no_event: Made) -> None:
    assert EventReader(PARTITIONS).read(no_event) is None
