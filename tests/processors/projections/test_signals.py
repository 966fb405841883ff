"""The fast way to read signals takes what the contract takes, and keeps the record's own JSON."""

from __future__ import annotations

import json
import struct
from typing import Any

import numpy as np
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter

from processors.projections.core.binary_copy import varying_tuples
from processors.projections.core.signals import SignalDecoder, SignalRows
from processors.projections.core.times import utc
from schemas.events.fills import FillTerms
from schemas.events.signals import Intent, Receipt
from schemas.series import Series
from streams.admission import admit
from streams.catalog import SIGNALS
from streams.codec import RecordError
from streams.producer import partition_of
from streams.records import Record
from tests.processors.projections.memory_log import PARTITIONS
from tests.processors.projections.scenario import bar, order, signal
from tests.records import event_record, raw

SERIES = Series("test", "S0", "1m")
KEY = SERIES.key.encode()
PARTITION = partition_of(KEY, PARTITIONS)
EVENT = signal(bar(SERIES, 0, 7.0), PARTITION, 3)
GOOD = event_record(0, EVENT, SERIES.key, SIGNALS.name, PARTITION)
ORDERED = event_record(0, order(EVENT), SERIES.key, SIGNALS.name, PARTITION)
PLAIN = EVENT.model_dump()
PLOTS = TypeAdapter(dict[str, float | None])
RULED_RECEIPT = EVENT.receipt.model_copy(update={"rules": FillTerms(rate=0.001, cash=5e4)})
RULED = event_record(
    0, EVENT.model_copy(update={"receipt": RULED_RECEIPT}), SERIES.key, SIGNALS.name, PARTITION
)
PLACES = [
    *((name,) for name in PLAIN),
    *(("receipt", name) for name in PLAIN["receipt"]),
    *(("plots", name) for name in PLAIN["plots"]),
    ("receipt", "params", "length"),
]
TOKENS = st.one_of(
    st.floats().map(json.dumps),
    st.integers().map(json.dumps),
    st.integers(-3, 3).map(json.dumps),
    st.text(max_size=4).map(json.dumps),
    st.sampled_from(
        [
            *("NaN", "Infinity", "1e999", "-1e999", "-0.0", "-0", "01", "1E2", "2.0", "1" * 400),
            *("true", "null", "[]", "{}", '{"a": 1}', '{"a": "1"}', '{"a": true}', '"exit"'),
            *('"2"', '" 2 "', '"\\ud800"', '"\\u0000"', '"\\\\u0000"', '{"\\ud800": 1}'),
            *(
                '"order"',
                *('"percent"', '"close"', '"day"', '"units"'),
                '{"a": 1, "a": 2}',
                '{"a": 1e999}',
                '{"\\u0000": 1}',
                '"a\\n"',
                '"' + "x" * 65 + '"',
            ),
            *("9223372036854775807", "9223372036854775808", "-9223372036854775809"),
        ]
    ),
)


def with_token(place: tuple[str, ...], token: str | None, *, extra: bool = False) -> bytes:
    """The good signal with a token in a place, or without the field there (None)."""
    fields: dict[str, Any] = json.loads(GOOD.value or b"")
    holder = fields
    for name in place[:-1]:
        holder = holder[name]
    name = "extra" if extra else place[-1]
    if token is None:
        del holder[place[-1]]
    else:
        holder[name] = "<token>"
    return json.dumps(fields).replace('"<token>"', token or "").encode()


@st.composite
def values(draw: st.DrawFn) -> bytes:
    """A signal's JSON with one field changed, added or left out, or broken as bytes."""
    token = draw(st.one_of(st.none(), TOKENS))
    value = with_token(draw(st.sampled_from(PLACES)), token, extra=draw(st.booleans()))
    if draw(st.integers(0, 9)) == 0:
        place = draw(st.integers(0, len(value)))
        value = value[:place] + draw(st.binary(max_size=3)) + value[place + 1 :]
    return value


def record_of(value: bytes | None, **changes: Any) -> Record:
    fields: dict[str, Any] = {"key": KEY, "headers": GOOD.headers, "partition": PARTITION}
    fields |= changes
    return raw(0, fields["key"], value, fields["headers"], SIGNALS.name, fields["partition"])


def read(record: Record) -> str:
    """What a decoder makes of a record: its row with the JSON read, or what is wrong."""
    values, rejections = SignalDecoder(record.partition, PARTITIONS).decode([record])
    if rejections:
        return repr([(rejection.reason, rejection.message) for rejection in rejections])
    ((*row, plots, receipt),) = SignalRows(values).rows()
    # Numbers may be spelled otherwise: 1 for 1.0.
    return repr((*row, PLOTS.validate_json(plots), Receipt.model_validate_json(receipt)))


def contract(record: Record) -> str:
    """What the contract itself makes of it."""
    try:
        event = admit(record, SIGNALS, PARTITIONS)
    except RecordError as error:
        return repr([(error.reason, error.message)])
    assert isinstance(event, Intent)
    row = event.model_dump(exclude={"feed", "symbol", "interval", "ts", "plots", "receipt"})
    offset, seq = row.pop("source_offset"), row.pop("seq")
    start = (event.series.id, offset, seq, utc(event.ts))
    return repr((*start, *row.values(), event.plots, event.receipt))


@settings(max_examples=1500, deadline=None, derandomize=True)
@given(value=values())
@example(value=with_token(("action",), '"order"'))
@example(value=b"[" * 100_000)
@example(value=RULED.value or b"")
@example(value=(RULED.value or b"").replace(b'"rate":0.001', b'"rate":-1.0'))
@example(value=(RULED.value or b"").replace(b'"rate":0.001', b'"rate":"0.5"'))
@example(value=(RULED.value or b"").replace(b'"rate":0.001', b'"more":1.0'))
@example(value=with_token(("receipt", "previous"), '"\xff"').replace(b"\xc3\xbf", b"\xff"))
@example(value=with_token(("plots",), "[" * 300 + "]" * 300))
@example(value=with_token(("plots",), "[" * 5_000 + "]" * 5_000))
@example(value=with_token(("receipt",), "[" * 5_000 + "]" * 5_000))
@example(value=with_token(("receipt",), None, extra=True))
def test_the_decoder_reads_what_the_contract_reads(value: bytes) -> None:
    record = record_of(value)
    assert read(record) == contract(record)


@settings(max_examples=500, deadline=None, derandomize=True)
@given(value=values())
@example(value=ORDERED.value or b"")
@example(value=(ORDERED.value or b"").replace(b'"size":-2.5', b'"size":null'))
@example(value=(ORDERED.value or b"").replace(b'"action":"order"', b'"action":"exit"'))
@example(value=(ORDERED.value or b"").replace(b'"action":"order"', b'"action":"cancel"'))
def test_an_order_is_read_as_the_contract_reads_it(value: bytes) -> None:
    record = record_of(value, headers=ORDERED.headers)
    assert read(record) == contract(record)


def test_what_the_contract_says_of_other_records_is_said() -> None:
    other = partition_of(KEY, PARTITIONS) ^ 1
    for record in (
        record_of(None),
        record_of(GOOD.value, key=None),
        record_of(GOOD.value, key=b"\xff"),
        record_of(GOOD.value, key=b"test/S1/1m"),
        record_of(GOOD.value, partition=other),
        record_of(GOOD.value, headers=[]),
        record_of(GOOD.value, headers=[("ce_type", b"peripheral.BarClosed.v1")]),
    ):
        assert read(record) == contract(record)
    assert read(GOOD).startswith("(")


def test_plots_and_receipt_are_the_text_of_the_record() -> None:
    value = with_token(("plots", "ema"), "1.50e+2")
    values, _ = SignalDecoder(PARTITION, PARTITIONS).decode([record_of(value)])
    ((*_, plots, receipt),) = SignalRows(values).rows()
    assert plots == '{"ema": 1.50e+2, "zero": -0.0, "warm": null}'
    assert f'"receipt": {receipt}' in value.decode()


def test_rules_that_are_not_the_defaults_stay_in_the_receipt_as_they_were_written() -> None:
    rules = b'{"cash":50000.00,"rate":1e-3}'
    value = with_token(("receipt", "rules"), rules.decode())
    values, _ = SignalDecoder(PARTITION, PARTITIONS).decode([record_of(value)])
    ((*_, receipt),) = SignalRows(values).rows()
    assert f'"receipt": {receipt}' in value.decode() and rules.decode() in receipt


def test_tuples_whose_texts_vary_are_laid_out_as_the_manual_says() -> None:
    data = varying_tuples((np.array([1, -2]), np.array([0.5, np.nan]), [b"ab", b""]))
    first, second = (
        struct.pack(">hiqidi2s", 3, 8, 1, 8, 0.5, 2, b"ab"),
        struct.pack(">hiqii", 3, 8, -2, -1, 0),
    )
    assert data == first + second
