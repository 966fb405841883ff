"""What was said is run again, and every byte that differs is found."""

from __future__ import annotations

import asyncio
import json
import random
import re
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from processors.evaluation.instances import Instances
from processors.evaluation.receipts.compared import Difference
from processors.evaluation.receipts.heads import Head
from processors.evaluation.receipts.replay import Done, Replay, Scope, TooLargeError
from schemas.events.signals import HASH_CHARS, HASH_END, sealed
from streams.catalog import BARS, DEPLOYMENTS, FAULTS, SIGNALS, VERSIONS
from tests.processors.evaluation.lying import PARTITIONS, SAID, LyingLog, sample
from tests.records import RawRecord
from tests.stack import RUNTIME_DIR

Change = Callable[[list[RawRecord]], list[RawRecord]]
NATIVE = RUNTIME_DIR.parent / "cache" / "modules"
BUSY = 1
"""A partition with much on it."""


def checked(log: LyingLog, only: str | None = None) -> tuple[Replay, dict[int, Done]]:
    def wanted(head: Head) -> bool:
        return only in (None, head.deployment_id)

    scope = Scope(wanted, lambda name: only in (None, name), whole=True)
    replay = Replay(log, scope, Instances(NATIVE))
    done = {n: asyncio.run(replay.partition(n)) for n in range(log.partitions)}
    return replay, done


def differences(log: LyingLog, only: str | None = None) -> list[Difference]:
    replay, _ = checked(log, only)
    assert not replay.unverifiable
    firsts = [tally.first for tally in replay.tallies.values() if tally.first is not None]
    return sorted(firsts, key=lambda first: first.head.mark)


def with_change(topic: str, change: Change) -> LyingLog:
    log = sample()
    return log.changed(topic, BUSY, change(list(log.parts[topic, BUSY])))


def of(deployment: str) -> Callable[[RawRecord], bool]:
    return lambda record: json.loads(record.value or b"")["deployment_id"] == deployment


def test_a_log_that_workers_wrote_holds() -> None:
    replay, done = checked(sample())
    assert not replay.unverifiable
    assert not any(tally.differences for tally in replay.tallies.values())
    for topic in SAID:
        lying = sum(len(sample().parts[topic, number]) for number in range(PARTITIONS))
        equal = sum(tally.equal.get(topic, 0) for tally in replay.tallies.values())
        assert equal == lying > 8, topic
    assert {number: each.until for number, each in done.items()} == sample().written
    faults = [json.loads(r.value or b"") for r in sample().parts[FAULTS.name, BUSY]]
    assert [fault["traps"] for fault in faults] == [1, 2, 3, 4, 5, 5], "it was suspended"
    assert {name for name, _ in replay.tallies} == {
        "bands",
        "channel",
        "cross",
        "early",
        "watchful",
    }


@settings(max_examples=60, deadline=None, derandomize=True)
@given(chance=st.randoms(use_true_random=False))
def test_any_byte_that_is_changed_is_found(chance: random.Random) -> None:
    topic = chance.choice(SAID)
    log = sample()
    lying = list(log.parts[topic, BUSY])
    place = chance.randrange(len(lying))
    lying[place] = one_byte_changed(lying[place], chance)
    assert differences(log.changed(topic, BUSY, lying))


def one_byte_changed(record: RawRecord, chance: random.Random) -> RawRecord:
    assert record.key is not None and record.value is not None
    parts = [record.key, record.value, *(told for _, told in record.headers)]
    place = chance.choice([n for n, part in enumerate(parts) for _ in part])
    at = chance.randrange(len(parts[place]))
    changed = bytearray(parts[place])
    changed[at] ^= chance.randrange(1, 256)
    parts[place] = bytes(changed)
    names = [name for name, _ in record.headers]
    headers = tuple(zip(names, parts[2:], strict=True))
    return replace(record, key=parts[0], value=parts[1], headers=headers)


@pytest.mark.parametrize("topic", SAID)
def test_what_is_left_out_is_missed_and_what_was_put_in_is_too_much(topic: str) -> None:
    (missed, *_) = differences(with_change(topic, lambda lying: lying[:3] + lying[4:]))
    assert missed.kind == "missing" and missed.expected is not None and missed.found is None
    mark = missed.head.mark

    def put_in(lying: list[RawRecord]) -> list[RawRecord]:
        event = json.loads(lying[3].value or b"")
        event["seq"] += 1_000
        forged = replace(lying[3], value=json.dumps(event).encode())
        return [*lying[:4], forged, *lying[4:]]

    (more,) = [each for each in differences(with_change(topic, put_in)) if each.kind == "more"]
    assert more.found is not None and more.expected is None
    assert more.head.mark == (mark[0], mark[1] + 1_000) and more.offset == 4


def test_repeats_from_any_time_are_no_difference_if_they_are_the_same() -> None:
    log = with_change(SIGNALS.name, lambda lying: lying[:90] + lying[40:120] + lying)
    replay, _ = checked(log)
    assert not any(tally.differences for tally in replay.tallies.values())
    assert sum(tally.repeats for tally in replay.tallies.values()) == 50 + 120


def test_a_repeat_with_another_byte_is_found() -> None:
    def repeated(lying: list[RawRecord]) -> list[RawRecord]:
        value = (lying[40].value or b"").replace(b'"version":1', b'"version":2')
        return [*lying[:90], *lying[30:40], replace(lying[40], value=value), *lying[41:]]

    (found,) = differences(with_change(SIGNALS.name, repeated))
    assert (found.kind, found.offset) == ("repeat", 100)


def test_a_signal_that_was_sealed_anew_is_found_and_so_is_the_break_of_the_chain() -> None:
    lying = sample().parts[SIGNALS.name, BUSY]
    first = next(n for n, record in enumerate(lying) if of("cross")(record))
    value = lying[first].value or b""
    forged = re.sub(rb'"price":[^,]+', b'"price":1.5', value)
    assert forged != value
    empty = forged[: -len(HASH_END) - HASH_CHARS] + HASH_END
    resealed, _ = sealed(empty)

    def change(records: list[RawRecord]) -> list[RawRecord]:
        return [*records[:first], replace(records[first], value=resealed), *records[first + 1 :]]

    replay, _ = checked(with_change(SIGNALS.name, change))
    (tally,) = [each for each in replay.tallies.values() if each.differences]
    assert tally.differences == 2, "itself, and the next, which names the one that it was"
    assert tally.first is not None and (tally.first.kind, tally.first.chain) == ("changed", None)


def test_a_signal_whose_hash_was_left_says_so() -> None:
    def change(lying: list[RawRecord]) -> list[RawRecord]:
        value = (lying[7].value or b"").replace(b'"version":1', b'"version":2')
        return [*lying[:7], replace(lying[7], value=value), *lying[8:]]

    (found,) = differences(with_change(SIGNALS.name, change))
    assert found.chain == "its hash is not that of its bytes"


def test_a_bar_that_was_changed_is_found_by_what_was_said_of_it() -> None:
    spoken = json.loads(sample().parts[SIGNALS.name, BUSY][20].value or b"")["source_offset"]

    def change(lying: list[RawRecord]) -> list[RawRecord]:
        bar = json.loads(lying[spoken].value or b"")
        changed = json.dumps({**bar, "close": (bar["close"] + bar["low"]) / 2}).encode()
        return [*lying[:spoken], replace(lying[spoken], value=changed), *lying[spoken + 1 :]]

    found = differences(with_change(BARS.name, change))
    assert found and found[0].head.source_offset >= spoken


def test_what_is_not_written_yet_is_no_fault_but_what_should_be_there_is() -> None:
    log = sample()
    lying = log.parts[SIGNALS.name, BUSY]
    short = log.changed(SIGNALS.name, BUSY, lying[:-30])
    assert differences(short)[0].kind == "missing"
    first = json.loads(lying[-30].value or b"")["source_offset"]
    short.written = {**log.written, BUSY: first}
    replay, done = checked(short)
    assert not any(tally.differences for tally in replay.tallies.values())
    assert done[BUSY].until == first


def test_one_deployment_is_checked_by_itself_whatever_is_wrong_with_others() -> None:
    log = with_change(SIGNALS.name, lambda lying: [r for r in lying if not of("bands")(r)])
    assert {each.head.deployment_id for each in differences(log)} == {"bands"}
    replay, _ = checked(log, only="cross")
    assert {name for name, _ in replay.tallies} == {"cross"}
    assert differences(log, only="cross") == []


def test_what_was_said_by_nobody_is_too_much() -> None:
    def put_in(lying: list[RawRecord]) -> list[RawRecord]:
        value = (lying[-1].value or b"").replace(b'"deployment_id":"', b'"deployment_id":"ghost-')
        event = json.loads(value)
        event["seq"] += 9
        return [*lying, replace(lying[-1], value=json.dumps(event).encode())]

    (found,) = differences(with_change(SIGNALS.name, put_in))
    assert found.kind == "more" and found.head.deployment_id.startswith("ghost-")


def test_records_that_are_no_events_count_for_nobody_and_are_told() -> None:
    def put_in(lying: list[RawRecord]) -> list[RawRecord]:
        return [replace(lying[0], value=b"{}"), *lying, replace(lying[0], key=b"walk/X/1d")]

    replay, done = checked(with_change(SIGNALS.name, put_in))
    assert not any(tally.differences for tally in replay.tallies.values())
    assert done[BUSY].unreadable == 2


@pytest.mark.parametrize(
    ("topic", "before", "after", "why"),
    [
        (VERSIONS.name, b'"wasm_sha256":"', b'"wasm_sha256":"0', "another SHA-256"),
        (VERSIONS.name, b'"alerts":["a ', b'"alerts":["the ', "other plots or alerts"),
        (VERSIONS.name, b'"version":1', b'"version":2', "there is no version 1"),
        (DEPLOYMENTS.name, b'"params":{', b'"params":{"nothing":1.0', "nothing"),
        (DEPLOYMENTS.name, b'"deployment_id":"', b'"deployment_id":"other-', "no StrategyDeployed"),
    ],
)
def test_what_can_not_be_run_again_is_told(
    topic: str, before: bytes, after: bytes, why: str
) -> None:
    log = sample()
    parts = {
        place: [
            replace(record, value=(record.value or b"").replace(before, after))
            if place[0] == topic and record.key == b"watchful"
            else record
            for record in lying
        ]
        for place, lying in log.parts.items()
    }
    replay, _ = checked(LyingLog(parts, log.written))
    assert set(replay.unverifiable) == {"watchful"} and why in replay.unverifiable["watchful"]


def test_states_that_take_too_much_are_refused() -> None:
    scope = Scope(lambda _: True, lambda _: True, whole=True)
    with pytest.raises(TooLargeError, match="10,000 bytes"):
        asyncio.run(Replay(sample(), scope, Instances(NATIVE), 10_000).partition(BUSY))
