"""What is declared of an instrument: a day is a day, a ratio moves units, and defaults hold."""

from __future__ import annotations

import json
from typing import Any

import pytest
from jsonschema import Draft202012Validator, ValidationError

from schemas.events.actions import DividendDeclared, SplitDeclared
from schemas.events.base import Event
from schemas.events.instruments import InstrumentListed
from schemas.export import json_schema
from schemas.series import Instrument

NAMES = {"feed": "demo", "symbol": "AAPL"}
SPLIT = {**NAMES, "ex_date": "2005-02-28", "ratio": 2.0}
DIVIDEND = {**NAMES, "ex_date": "2012-08-09", "amount": 2.65}
LISTED = {**NAMES, "tick_size": 0.01, "lot": 1.0, "currency": "USD", "calendar": "XNYS"}


def read(event: type[Event], record: dict[str, Any]) -> Event:
    return event.read(json.dumps(record).encode())


def test_what_a_source_leaves_out_has_its_meaning() -> None:
    dividend = read(DividendDeclared, DIVIDEND)
    assert isinstance(dividend, DividendDeclared)
    assert (dividend.currency, dividend.number) == (None, 1)
    listed = read(InstrumentListed, LISTED)
    assert isinstance(listed, InstrumentListed)
    assert listed.instrument == Instrument("demo", "AAPL")
    assert (listed.sector, listed.first_day, listed.last_day) == (None, None, None)


@pytest.mark.parametrize(
    ("event", "record"),
    [
        (SplitDeclared, {**SPLIT, "ratio": 0.0}),
        (SplitDeclared, {**SPLIT, "ratio": -2.0}),
        (SplitDeclared, {**SPLIT, "ex_date": 20050228}),
        (DividendDeclared, {**DIVIDEND, "amount": -1.0}),
        (DividendDeclared, {**DIVIDEND, "currency": "usd"}),
        (DividendDeclared, {**DIVIDEND, "number": 0}),
        (InstrumentListed, {**LISTED, "tick_size": 0}),
        (InstrumentListed, {**LISTED, "lot": 0}),
        (InstrumentListed, {**LISTED, "calendar": "New York"}),
        (InstrumentListed, {**LISTED, "sector": ""}),
    ],
)
def test_a_schema_refuses_what_the_model_refuses(
    event: type[Event], record: dict[str, Any]
) -> None:
    with pytest.raises(ValidationError):
        Draft202012Validator(json_schema(event)).validate(record)
    with pytest.raises(ValueError, match="validation error"):
        read(event, record)


@pytest.mark.parametrize(
    "written", ["2005-02-28T00:00:00", "1109548800", "2005-02-30", "28/02/2005"]
)
def test_a_day_is_nothing_but_a_day(written: str) -> None:
    with pytest.raises(ValueError, match="ex_date"):
        read(SplitDeclared, {**SPLIT, "ex_date": written})


@pytest.mark.parametrize("ratio", ["Infinity", "NaN"])
def test_a_ratio_is_finite(ratio: str) -> None:
    record = json.dumps(SPLIT).replace("2.0", ratio).encode()
    with pytest.raises(ValueError, match="ratio"):
        SplitDeclared.read(record)
