"""Every bar that is no plain next bar gets an event, once, however the log is cut or owned."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from processors.bars.core import BarsFold
from schemas.events.market import BarCorrected
from streams.catalog import BARS, CORRECTIONS
from streams.codec import Outgoing, decode, header
from streams.records import Record
from streams.snapshots import Snapshot
from streams.topics import MESSAGE_BYTES_MAX
from tests.processors.owners import Partition, Step, live, steps
from tests.records import SERIES, Written, all_written, bar, pieces, raw, walk

KEY = SERIES[0].key.encode()
WALK = walk(240, seed=1)


async def make_fold(snapshot: Snapshot) -> BarsFold:
    return BarsFold(0, 1, snapshot)


def folded(batches: Sequence[Sequence[Record]]) -> dict[str, list[Written]]:
    async def fold() -> dict[str, list[Written]]:
        bars = await make_fold(Snapshot())
        return all_written([await bars.advance(batch) for batch in batches])

    return asyncio.run(fold())


def letters(records: Sequence[Record]) -> list[Outgoing]:
    return list(asyncio.run(BarsFold(0, 1, Snapshot()).advance(records))[BARS.dlq])


WHOLE = folded([WALK])


def test_the_walk_has_everything_that_is_judged() -> None:
    reasons = {dict(headers)["dlq_reason"] for _, _, headers, _ in WHOLE[BARS.dlq]}
    assert reasons == {b"malformed", b"out_of_order"}
    assert len(WHOLE[CORRECTIONS.name]) > 10


@settings(max_examples=50, deadline=None, derandomize=True)
@given(cuts=st.lists(st.integers(1, len(WALK)), max_size=12))
def test_outputs_do_not_depend_on_where_the_log_is_cut(cuts: list[int]) -> None:
    assert folded(pieces(WALK, cuts)) == WHOLE


def test_outputs_are_the_same_record_by_record() -> None:
    assert folded([[record] for record in WALK]) == WHOLE


@settings(max_examples=150, deadline=None, derandomize=True)
@given(happens=steps())
def test_whatever_happens_to_owners_readers_see_each_output_once(happens: list[Step]) -> None:
    seen = asyncio.run(live(Partition(WALK, make_fold), happens))
    assert seen == WHOLE


def test_a_corrected_bar_tells_both_values_and_a_correction_back_is_one_too() -> None:
    records = [bar(0), bar(1, close=2.0), bar(2, close=2.0), bar(3)]
    outputs = folded([records])[CORRECTIONS.name]
    events = [decode(value, headers, (BarCorrected,)) for _, value, headers, _ in outputs]
    told = [(e.source_offset, e.previous.close, e.close) for e in events]  # type: ignore[attr-defined]  # of the class that was asked for
    assert told == [(1, 2.5, 2.0), (3, 2.0, 2.5)]
    assert [key for key, *_ in outputs] == [SERIES[0].key.encode()] * 2


def test_a_correction_carries_trace_time_and_an_id_made_of_its_place() -> None:
    again = bar(7, close=2.0)
    traced = raw(7, again.key, again.value, [("traceparent", b"00-1-2-01")])
    _, _, headers, timestamp_ms = folded([[bar(6), traced]])[CORRECTIONS.name][0]
    assert header(headers, "traceparent") == b"00-1-2-01"
    assert header(headers, "ce_id") == b"market.corrections.v1/0/7/0"
    assert header(headers, "ce_time") == b"2020-09-14T12:26:40Z", "the bar's end"
    assert timestamp_ms == traced.timestamp


def test_dead_letters_come_in_the_order_of_their_origins() -> None:
    records = [bar(0, day=5), bar(1, day=4), raw(2, b"?", b"x"), bar(3, day=3), raw(4, b"?", b"x")]
    places = [
        (header(o.headers, "dlq_offset"), header(o.headers, "dlq_reason")) for o in letters(records)
    ]
    assert places == [
        (b"1", b"out_of_order"),
        (b"2", b"malformed"),
        (b"3", b"out_of_order"),
        (b"4", b"malformed"),
    ]


def test_a_dead_letter_keeps_the_record_and_tells_its_origin() -> None:
    record = raw(9, b"walk/AAA/1d", b"\xff", [("mine", b"\x00")])
    (found,) = letters([record])
    assert (found.key, found.value, found.timestamp_ms) == (record.key, b"\xff", record.timestamp)
    assert dict(found.headers)["mine"] == b"\x00"
    origin = [header(found.headers, f"dlq_{name}") for name in ("topic", "partition", "offset")]
    assert origin == [b"market.bars.v1", b"0", b"9"]


@pytest.mark.parametrize("old", [b"abc", b"3", b""])
def test_a_dead_letter_that_is_sent_again_and_fails_again_has_its_new_origin(old: bytes) -> None:
    again = raw(9, b"walk/AAA/1d", b"{}", [("dlq_offset", old), ("dlq_reason", b"malformed")])
    found = letters([raw(8, b"?", b"x"), again])
    assert [header(letter.headers, "dlq_offset") for letter in found] == [b"8", b"9"]


def test_the_letter_of_a_late_bar_says_which_time_was_late() -> None:
    (found,) = letters([bar(0, day=1), bar(1, day=0)])
    assert b"2020-09-13T12:26:40Z is older" in (header(found.headers, "dlq_message") or b"")
    assert json.loads(found.value or b"")["symbol"] == "AAA"


def test_the_dead_letter_of_the_largest_record_fits_a_request() -> None:
    large = b"\x01" * MESSAGE_BYTES_MAX
    headers = [("ce_type", large), ("mine", b"kept")]
    found = letters(
        [raw(0, large, large, headers), raw(1, KEY, large), raw(2, KEY, b"{}", headers)]
    )
    assert [header(letter.headers, "dlq_reason") for letter in found] == [
        b"malformed",
        b"malformed",
        b"unknown_type",
    ]
    for letter in found:
        parts = [letter.key or b"", letter.value or b"", *(v for _, v in letter.headers)]
        assert sum(map(len, parts)) < MESSAGE_BYTES_MAX - 64 * 1024
