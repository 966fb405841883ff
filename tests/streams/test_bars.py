"""The fast way to read bars takes what the contract takes, and a series' bars are judged alike."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from schemas.events.base import TS_US_MAX, TS_US_MIN
from schemas.events.market import BarClosed
from schemas.series import Series
from streams.bars import BarBatch, BarDecoder, LastBar, SeriesGate, Verdict
from streams.producer import partition_of
from streams.records import Record
from tests.records import DAY_US, FIRST_TS_US, SERIES, bar, bar_value, raw, walk

ONE = SERIES[0]
KEY = ONE.key.encode()
NUMBERS = ("open", "high", "low", "close", "volume")


def decoded(*records: Record) -> BarBatch:
    return BarDecoder(0, 1).decode(records)


def values_of(batch: BarBatch) -> list[tuple[Any, ...]]:
    columns = batch.columns
    names = ("ts", *NUMBERS)
    return list(zip(*(getattr(columns, name).tolist() for name in names), strict=True))


def contract(value: bytes) -> tuple[Any, ...] | None:
    """What BarClosed itself reads, or None where it refuses."""
    try:
        event = BarClosed.read(value)
    except ValidationError:
        return None
    return (event.ts, *(getattr(event, name) for name in NUMBERS))


TOKENS = st.one_of(
    st.floats().map(json.dumps),
    st.floats(-10, 10).map(json.dumps),
    st.integers().map(json.dumps),
    st.integers(-3, 3).map(json.dumps),
    st.text(max_size=4).map(json.dumps),
    st.floats().map(lambda number: json.dumps(str(number))),
    st.sampled_from(
        [
            *(
                "NaN",
                "Infinity",
                "-Infinity",
                "1e999",
                "-1e999",
                "1e-999",
                "-0.0",
                "-0",
                "01",
                "1.",
            ),
            *(
                "true",
                "false",
                "null",
                "[]",
                "{}",
                "[1]",
                '{"a": 1}',
                '""',
                '"2"',
                '"1_0"',
                '" 2 "',
            ),
            *("1E2", "1.7976931348623157e308", "-1.7976931348623157e308", "4.9e-324", "2.0", "2"),
            *("18446744073709551616", "9007199254740993", "0.1000000000000000055511151231257827"),
            *(str(TS_US_MAX), str(TS_US_MAX + 1), str(TS_US_MIN), str(TS_US_MIN - 1), "1e15"),
            *('"\\ud800"', '"\\u0041"', "nan", "--1", "+1", "0x10", "1" * 400, "1" * 5000),
        ]
    ),
)
FIELDS = ("feed", "symbol", "interval", "ts", *NUMBERS)
PLAIN = json.loads(bar_value(ONE, FIRST_TS_US))
GOOD = {name: json.dumps(PLAIN[name]) for name in FIELDS}


@st.composite
def values(draw: st.DrawFn) -> bytes:
    """A bar's JSON with some fields changed, left out, added, twice, or broken as bytes."""
    pairs = list(GOOD.items())
    for _ in range(draw(st.integers(0, 3))):
        name = draw(st.sampled_from([*FIELDS, *NUMBERS, "extra", "Open", ""]))
        change = draw(st.sampled_from(["put", "put", "add", "drop"]))
        if change == "add" or name not in GOOD:
            pairs.insert(draw(st.integers(0, len(pairs))), (name, draw(TOKENS)))
        else:
            token = draw(TOKENS)
            pairs = [
                (n, token if n == name else t) for n, t in pairs if (n, change) != (name, "drop")
            ]
    value = ("{" + ", ".join(f'"{name}": {token}' for name, token in pairs) + "}").encode()
    if draw(st.integers(0, 9)) == 0:
        place = draw(st.integers(0, len(value)))
        value = (
            value[:place] + draw(st.binary(max_size=3)) + value[place + draw(st.integers(0, 2)) :]
        )
    return value


def with_extra(extra: bytes) -> bytes:
    return bar_value(ONE, FIRST_TS_US)[:-1] + b', "extra": ' + extra + b"}"


@settings(max_examples=1500, deadline=None, derandomize=True)
@given(value=values())
@example(value=with_extra(b'"\xff"'))
@example(value=with_extra(b"[" * 300 + b"]" * 300))
@example(value=with_extra(b"[" * 100_000 + b"]" * 100_000))
@example(value=with_extra(b"1" * 5000))
@example(value=with_extra(b"NaN"))
@example(value=b"[" * 100_000)
@example(value=b"\xef\xbb\xbf" + bar_value(ONE, FIRST_TS_US))
@example(value=bar_value(ONE, FIRST_TS_US) + b" ")
@example(value=bar_value(ONE, FIRST_TS_US) + b"x")
@example(value=bar_value(ONE, FIRST_TS_US, low=-1.7e308, high=1.7e308))
def test_the_decoder_accepts_what_the_contract_accepts_with_the_same_numbers(value: bytes) -> None:
    wanted = contract(value)
    batch = decoded(raw(0, KEY, value))
    if wanted is None:
        assert [rejection.reason for rejection in batch.rejections] == ["malformed"]
    elif batch.rejections:
        event = BarClosed.read(value)
        assert event.series != ONE
        assert batch.rejections[0].reason == "key_mismatch"
    else:
        (found,) = values_of(batch)
        assert repr(found) == repr(wanted), "-0.0 and 0.0 are told apart"


@pytest.mark.parametrize(
    ("key", "reason"),
    [
        (None, "malformed"),
        (b"", "malformed"),
        (b"\xff", "malformed"),
        (b"walk/AAA", "malformed"),
        (b"walk/AAA/1d/x", "malformed"),
        (b"walk/AAA/1d\n", "malformed"),
        (b"walk/BBB/1d", "key_mismatch"),
        (b"WALK/AAA/1d", "malformed"),
    ],
)
def test_a_bar_must_be_keyed_by_its_series(key: bytes | None, reason: str) -> None:
    record = raw(0, key, bar_value(ONE, FIRST_TS_US))
    (rejection,) = decoded(record).rejections
    assert (rejection.record, rejection.reason) == (record, reason)


def test_a_bar_on_a_wrong_partition_is_refused_with_the_right_one() -> None:
    right = partition_of(KEY, 8)
    wrong = (right + 1) % 8
    assert not BarDecoder(right, 8).decode([bar(0)]).rejections
    (rejection,) = BarDecoder(wrong, 8).decode([bar(0)]).rejections
    assert rejection.reason == "wrong_partition"
    assert f"belongs on partition {right} and came on {wrong}" in rejection.message


@pytest.mark.parametrize(
    ("headers", "reason"),
    [
        ([], None),
        ([("ce_type", b"peripheral.BarClosed.v1")], None),
        ([("other", b"x"), ("ce_type", b"peripheral.BarClosed.v1")], None),
        ([("ce_type", b"peripheral.BarClosed.v2")], "unknown_type"),
        ([("ce_type", b"")], "unknown_type"),
        ([("ce_type", b"x"), ("ce_type", b"peripheral.BarClosed.v1")], "unknown_type"),
        ([("ce_type", b"peripheral.BarClosed.v1"), ("ce_type", b"x")], None),
    ],
)
def test_a_bar_needs_no_type_but_not_a_wrong_one(
    headers: list[tuple[str, bytes]], reason: str | None
) -> None:
    batch = decoded(raw(0, KEY, bar_value(ONE, FIRST_TS_US), headers))
    assert [rejection.reason for rejection in batch.rejections] == ([reason] if reason else [])


def test_a_record_without_a_value_is_refused() -> None:
    (rejection,) = decoded(raw(0, KEY, None)).rejections
    assert rejection.reason == "malformed"


def test_bars_and_rejections_keep_their_order_and_know_their_place() -> None:
    records = walk(200, seed=5)
    batch = decoded(*records)
    refused = [rejection.record.offset for rejection in batch.rejections]
    assert refused == sorted(refused)
    assert sorted([*refused, *batch.offsets.tolist()]) == list(range(200))
    for row, offset in enumerate(batch.offsets.tolist()):
        record = records[offset]
        assert record.key == batch.keys[batch.codes[row]]
        assert batch.series[batch.codes[row]] == Series.parse((record.key or b"").decode())
        assert batch.timestamps_ms[row] == record.timestamp
        assert batch.traceparents[row] == dict(record.headers).get("traceparent")
        assert values_of(batch)[row] == contract(record.value or b"")


def test_a_batch_of_nothing_has_columns_of_the_right_types() -> None:
    batch = decoded(raw(0, KEY, b"x"))
    assert len(batch) == 0
    assert batch.columns.open.dtype == np.float64
    assert batch.codes.dtype == np.int32
    assert batch.offsets.dtype == np.int64


def judged(gate: SeriesGate, *records: Record) -> list[Verdict]:
    verdicts, _ = gate.admit(decoded(*records))
    return [Verdict(verdict) for verdict in verdicts]


A, R, C, O, S = (  # noqa: E741  # O is the field's own letter here
    Verdict.ADMITTED,
    Verdict.REPEATED,
    Verdict.CORRECTED,
    Verdict.OUT_OF_ORDER,
    Verdict.SEEN,
)


def test_a_gate_tells_new_bars_repeats_corrections_and_late_ones() -> None:
    told = judged(
        SeriesGate(),
        bar(0, day=1),
        bar(1, day=1),
        bar(2, day=1, close=2.0),
        bar(3, day=1, close=2.0),
        bar(4, day=1),
        bar(5, day=0),
        bar(6, day=3),
        bar(7, day=2),
    )
    assert told == [A, R, C, R, C, O, A, O]


def test_a_correction_replaces_the_values_as_last_corrected() -> None:
    batch = decoded(bar(0), bar(1, close=2.0), bar(2, close=1.5))
    _, replaced = SeriesGate().admit(batch)
    assert {row: values[3] for row, values in replaced.items()} == {1: 2.5, 2: 2.0}


def test_series_are_judged_apart() -> None:
    first, second = SERIES[:2]
    told = judged(SeriesGate(), bar(0, first, day=5), bar(1, second, day=1), bar(2, second, day=2))
    assert told == [A, A, A]


def test_a_replay_is_seen_whatever_it_holds_and_changes_nothing() -> None:
    gate = SeriesGate()
    log = [bar(0, day=1), bar(1, day=1, close=2.0), bar(2, day=0), bar(3, day=2)]
    assert judged(gate, *log) == [A, C, O, A]
    before = dict(gate.last)
    assert judged(gate, *log) == [S, S, S, S]
    assert gate.last == before
    assert judged(gate, log[3], bar(4, day=2), bar(5, day=3)) == [S, R, A]


def test_a_gate_knows_where_each_series_goes_on() -> None:
    gate = SeriesGate()
    judged(gate, bar(4), bar(7, day=-1))
    assert gate.last == {KEY: LastBar(FIRST_TS_US, (2.0, 3.0, 1.0, 2.5, 100.0), 8)}


@settings(max_examples=50, deadline=None, derandomize=True)
@given(days=st.lists(st.tuples(st.integers(0, 5), st.sampled_from([1.5, 2.0]))), cut=st.integers())
def test_verdicts_are_those_of_the_plainest_code(days: list[tuple[int, float]], cut: int) -> None:
    log = [bar(offset, day=day, close=close) for offset, (day, close) in enumerate(days)]
    wanted = []
    last: tuple[int, float] | None = None
    for day, close in days:
        if last is None or day > last[0]:
            wanted.append(A)
        elif day < last[0]:
            wanted.append(O)
            continue
        else:
            wanted.append(R if close == last[1] else C)
        last = (day, close)
    gate = SeriesGate()
    place = cut % (len(log) + 1)
    assert judged(gate, *log[:place]) + judged(gate, *log[place:]) == wanted
    if last is not None:
        assert gate.last[KEY].ts == FIRST_TS_US + last[0] * DAY_US
