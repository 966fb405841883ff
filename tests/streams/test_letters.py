"""Dead letters as data, and what was decided about them."""

from __future__ import annotations

import json

import pytest

from schemas.events.dead_letters import (
    DeadLetterDropped,
    DeadLetterEvent,
    DeadLetterRetried,
    DeadLetterRetryStarted,
)
from schemas.events.strategies import PartitionClaimed
from schemas.series import Series
from streams.catalog import ACTIVATIONS, BARS, LETTER_DECISIONS
from streams.codec import DEAD_LETTER_PART_BYTES_MAX, Outgoing, RecordError, dead_letter, encode
from streams.decisions import Decisions, Undecided
from streams.letters import (
    RETRY_OF,
    UNKNOWN,
    Address,
    Letter,
    Repeats,
    letter_of,
    place_again,
    sent_again,
)
from streams.producer import Position, partition_of
from tests.records import RawRecord, bar_value, event_record

SERIES = Series("mine", "AAPL", "1d")
KEY = SERIES.key.encode()
PARTITIONS = 4


def record(
    origin: int,
    at: int = 0,
    *,
    reason: str = "malformed",
    value: bytes | None = b"{}",
    timestamp: int | None = None,
) -> RawRecord:
    """The letter at offset `at` about the record that came at offset `origin`."""
    came_ms = 1000 + origin if timestamp is None else timestamp
    sent = dead_letter(
        BARS.name, 1, origin, KEY, value, [("mine", b"x")], came_ms, reason=reason, message="no"
    )
    return RawRecord(BARS.dlq, 1, at, came_ms, sent.key, sent.value, sent.headers)


def letter(origin: int, at: int = 0, **changes: object) -> Letter:
    return letter_of(record(origin, at, **changes))  # type: ignore[arg-type]  # those of `record`


def test_an_address_is_read_as_it_is_written() -> None:
    address = Address.parse("market.bars.v1.dlq/3/17")
    assert address == Address(BARS.dlq, 3, 17)
    assert str(address) == "market.bars.v1.dlq/3/17"
    assert address.topic is BARS


@pytest.mark.parametrize(
    "text",
    [
        "market.bars.v1/0/1",
        "market.bars.v1.dlq.dlq/0/1",
        "nothing.dlq/0/1",
        "market.bars.v1.dlq/0",
        "market.bars.v1.dlq/-1/0",
        "market.bars.v1.dlq/0/٣",
        "market.bars.v1.dlq/0/1\n",
        "",
    ],
)
def test_what_is_no_address_is_refused_with_one_that_is(text: str) -> None:
    with pytest.raises(ValueError, match=r"as market\.bars\.v1\.dlq/0/17"):
        Address.parse(text)


def test_a_letter_says_where_it_came_from_and_why() -> None:
    found = letter(5, 7, reason="out_of_order")
    assert found.address == Address(BARS.dlq, 1, 7)
    assert found.origin == Position(BARS.name, 1, 5)
    assert (found.reason, found.message, found.retry_of) == ("out_of_order", "no", None)


@pytest.mark.parametrize(
    "headers",
    [
        [],
        [("dlq_topic", b"market.bars.v1"), ("dlq_partition", b"x"), ("dlq_offset", b"1")],
        [("dlq_topic", b"chat.turns.v1"), ("dlq_partition", b"0"), ("dlq_offset", b"1")],
        [("dlq_topic", b"\xff"), ("dlq_reason", None)],
    ],
)
def test_a_record_that_somebody_else_put_there_is_a_letter_without_an_origin(
    headers: list[tuple[str, bytes]],
) -> None:
    found = letter_of(RawRecord(BARS.dlq, 0, 0, -1, None, b"\xff", headers))
    assert (found.origin, found.reason) == (None, UNKNOWN)


def test_a_letter_that_was_cut_is_not_whole_but_knows_its_original() -> None:
    value = b"x" * (DEAD_LETTER_PART_BYTES_MAX + 5)
    found = letter(5, value=value)
    assert not found.whole
    assert found.key_whole
    assert letter(5).whole
    assert found.is_of(RawRecord(BARS.name, 1, 5, 1005, KEY, value, ()))
    assert not found.is_of(RawRecord(BARS.name, 1, 5, 1006, KEY, value, ())), "of another time"
    assert not found.is_of(RawRecord(BARS.name, 1, 5, 1005, KEY, b"y", ())), "another value"


def test_what_a_restarted_worker_writes_again_is_a_repeat() -> None:
    repeats = Repeats()
    log = [letter(origin, at) for at, origin in enumerate([3, 7, 3, 7, 9])]
    assert [repeats.has(each) for each in log] == [False, False, True, True, False]
    assert not repeats.has(letter(7, reason="refused_by_database")), "of another worker"
    assert not repeats.has(letter(0, timestamp=9999)), "of a topic that was made anew"
    assert repeats.has(letter(0, timestamp=9999))


def test_a_record_sent_again_is_the_original_and_names_its_letter() -> None:
    found = letter(5, 7)
    original = RawRecord(BARS.name, 1, 5, 0, KEY, b"{}", [("mine", b"x"), (RETRY_OF, b"older")])
    wanted = Outgoing(KEY, b"{}", [("mine", b"x"), (RETRY_OF, b"market.bars.v1.dlq/1/7")])
    assert sent_again(found, original) == wanted
    assert sent_again(found, found.record) == wanted, "of the letter itself as well"
    assert sent_again(found, original, b"[]").value == b"[]"
    again = RawRecord(BARS.dlq, 1, 9, 0, KEY, b"{}", wanted.headers)
    assert letter_of(again).retry_of == "market.bars.v1.dlq/1/7"


def test_a_record_goes_to_its_keys_partition_and_an_activation_to_its_own() -> None:
    sound = Outgoing(KEY, bar_value(SERIES, 0), [])
    assert place_again(sound, BARS, PARTITIONS) == (partition_of(KEY, PARTITIONS), None)

    def claim(partition: int) -> Outgoing:
        event = PartitionClaimed(partition=partition, epoch=1, owner="w")
        return encode(event, key="w", event_id="1", source="test", ts_us=0)

    assert place_again(claim(2), ACTIVATIONS, PARTITIONS) == (2, None)
    with pytest.raises(RecordError, match="partition 4 is none of 4"):
        place_again(claim(4), ACTIVATIONS, PARTITIONS)


@pytest.mark.parametrize(
    ("key", "value", "reason"),
    [
        (KEY, None, "malformed"),
        (KEY, b"\xff", "malformed"),
        (None, bar_value(SERIES, 0), "key_mismatch"),
        (b"other", bar_value(SERIES, 0), "key_mismatch"),
    ],
)
def test_what_would_come_back_has_no_place(
    key: bytes | None, value: bytes | None, reason: str
) -> None:
    with pytest.raises(RecordError) as caught:
        place_again(Outgoing(key, value, []), BARS, PARTITIONS)
    assert caught.value.reason == reason


ADDRESS = Address(BARS.dlq, 1, 7)
STARTED = DeadLetterRetryStarted(
    letter=str(ADDRESS), decided_by="ann", decided_ts=1, partition=1, from_offset=20
)
RETRIED = DeadLetterRetried(
    letter=str(ADDRESS), decided_by="ann", decided_ts=2, partition=1, offset=21, mended=False
)
DROPPED = DeadLetterDropped(letter=str(ADDRESS), decided_by="bob", decided_ts=3, why="stale")


def said(offset: int, event: DeadLetterEvent) -> RawRecord:
    return event_record(offset, event, event.letter, LETTER_DECISIONS.name, 1)


def test_a_letters_first_decision_counts() -> None:
    known = Decisions()
    for offset, event in enumerate([STARTED, RETRIED, DROPPED]):
        known.apply(said(offset, event))
    assert known.first == {ADDRESS: RETRIED}
    assert known.later == {ADDRESS: [DROPPED]}
    assert known.started == {ADDRESS: [STARTED]}


def test_two_drops_of_the_same_words_are_two() -> None:
    known = Decisions()
    known.apply(said(0, DROPPED))
    known.apply(said(1, DROPPED))
    assert known.later == {ADDRESS: [DROPPED]}


def test_what_is_no_decision_is_counted_and_left_out() -> None:
    known = Decisions()
    elsewhere = {"letter": "nothing.dlq/0/1", "decided_by": "a", "decided_ts": 1, "why": "x"}
    kind = [("ce_type", DeadLetterDropped.event_type().encode())]
    for value in (None, b"{}", json.dumps(elsewhere).encode()):
        known.apply(RawRecord(LETTER_DECISIONS.name, 0, 0, 0, None, value, kind))
    assert known.unreadable == 3
    assert not known.first


def test_undecided_are_the_letters_without_repeats_and_without_those_decided() -> None:
    left = Undecided()
    assert left.counts() == {}
    for at, origin in enumerate([3, 7, 3, 7, 9, 11, 13, 15]):
        left.apply(record(origin, at))
    assert left.counts() == {BARS.name: 6}
    left.apply(said(0, STARTED))
    assert left.counts() == {BARS.name: 6}, "it is not decided yet"
    for offset in (1, 2):
        left.apply(said(offset, RETRIED))
    assert left.counts() == {BARS.name: 5}
