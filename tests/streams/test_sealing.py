"""Sealed values: theirs who have the key, the same bytes each time, and nowhere else."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.events.base import Event
from schemas.events.chat import TurnPosted
from schemas.events.strategies import StrategyDeployed, StrategyUndeployed
from streams.catalog import EVENT_TOPICS, NOBODYS, OWNED_TOPICS
from streams.codec import SEALED_BY, Outgoing, RecordError, decode, encode, header
from streams.records import Record
from streams.sealing import as_it_lies, new_secret, opened, seal
from streams.unpacking import FetchedRecord

SECRET, OTHER = new_secret(), new_secret()
RECORD = Outgoing(b"c", b'{"text":"hello"}', [("ce_id", b"1")], 17)


def lying(outgoing: Outgoing, key: bytes = b"c") -> FetchedRecord:
    return FetchedRecord("chat.turns.v1", 0, 5, 17, key, outgoing.value, outgoing.headers)


@given(st.binary(), st.binary(max_size=50))
def test_what_is_sealed_is_opened_again(value: bytes, key: bytes) -> None:
    record = Outgoing(key, value, [("ce_id", b"1")], 17)
    sealed = seal(record, "k1", SECRET)
    assert header(sealed.headers, SEALED_BY) == b"k1"
    assert seal(record, "k1", SECRET) == sealed, "a repeat is byte for byte the same"
    found = opened(lying(sealed, key), SECRET)
    assert (found.key, found.value, list(found.headers)) == (key, value, record.headers)
    assert as_it_lies(found).value == sealed.value


def test_nothing_of_the_value_is_in_what_is_written() -> None:
    assert b"hello" not in (seal(RECORD, "k1", SECRET).value or b"")


@pytest.mark.parametrize("byte", [0, 7, -1])
def test_what_was_changed_or_moved_or_is_of_another_key_is_told(byte: int) -> None:
    sealed = lying(seal(RECORD, "k1", SECRET))
    changed = bytearray(sealed.value or b"")
    changed[byte] ^= 1
    tampered = msgspec.structs.replace(sealed, value=bytes(changed))
    moved = msgspec.structs.replace(sealed, key=b"d")
    renamed = msgspec.structs.replace(sealed, headers=[(SEALED_BY, b"k2")])
    cut = msgspec.structs.replace(sealed, value=b"")
    clear = msgspec.structs.replace(sealed, value=RECORD.value)
    for wrong, secret in (
        *((each, SECRET) for each in (tampered, moved, renamed, cut, clear)),
        (sealed, OTHER),
    ):
        assert_malformed(opened(wrong, secret))


def assert_malformed(record: Record, kind: type[Event] = TurnPosted) -> None:
    with pytest.raises(RecordError) as caught:
        decode(record.value, record.headers, (kind,))
    assert caught.value.reason == "malformed"


def test_of_a_deployment_only_the_name_is_sealed_and_the_rest_stays() -> None:
    place = {"deployment_id": "d", "strategy_id": "s", "author": "alice"}
    event = StrategyDeployed(**place, version=1, params={"fast": 12.0}, series={})
    record = encode(event, key="s", event_id="e", source="/t", ts_us=0)
    sealed = lying(seal(record, "k1", SECRET), b"s")
    assert b"alice" not in (sealed.value or b"")
    for secret, author in ((SECRET, "alice"), (None, "")):
        found = opened(sealed, secret)
        assert decode(found.value, found.headers, (StrategyDeployed,)) == event.model_copy(
            update={"author": author}
        )
    assert_malformed(opened(sealed, OTHER), StrategyDeployed)


def test_a_record_that_is_still_sealed_is_no_event_and_no_dead_letter() -> None:
    sealed = seal(RECORD, "k1", SECRET)
    with pytest.raises(RecordError) as caught:
        decode(sealed.value, sealed.headers, (TurnPosted,))
    assert caught.value.reason == "erased"


def test_events_belong_to_their_author_and_ends_to_nobody() -> None:
    place = {"deployment_id": "d", "strategy_id": "s", "author": "alice"}
    begun = StrategyDeployed(**place, version=1, params={}, series={})
    ended = StrategyUndeployed(**place)

    def owner(event: StrategyDeployed | StrategyUndeployed) -> str | None:
        return encode(event, key="s", event_id="e", source="/t", ts_us=0).owner

    assert (owner(begun), owner(ended)) == ("alice", None)


def test_every_topic_whose_events_name_a_person_is_opened_by_its_readers() -> None:
    for topic in EVENT_TOPICS:
        authored = any("author" in event.model_fields and event.owned for event in topic.events)
        assert not authored or topic.name in OWNED_TOPICS, topic.name
        assert (topic in NOBODYS) != (topic.name in OWNED_TOPICS)
