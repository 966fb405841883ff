"""Orders and alerts become events of their own, as the strategy said them."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox.host.engine import SandboxEngine
from schemas.events.base import Event
from schemas.events.signals import AlertRaised, OrderEmitted, SignalEmitted, signal_hash
from streams.activations import Activation
from streams.catalog import ALERTS, BY_NAME, SIGNALS
from streams.codec import decode, header
from streams.records import Record
from tests.processors.evaluation.deployed import Deployed, deployment_of, version_of
from tests.records import Written, all_written, bar, pieces

DESK = (
    '"""Does another thing each day."""\n'
    "def on_bar(bar):\n"
    "    day = bar.time // 86400000000 % 6\n"
    "    if day == 0:\n"
    "        enter_long(size=2.0, limit=bar.low, stop_loss=bar.low - 1.0, take_profit=9.0)\n"
    "    if day == 1:\n"
    "        exit(stop=bar.low, trail=0.5)\n"
    "    if day == 2:\n"
    "        order(-1.5, stop=bar.high)\n"
    "    if day == 3:\n"
    "        cancel()\n"
    "    if day == 4:\n"
    "        exit()\n"
    "    if day == 5:\n"
    "        order(bar.close / (bar.close - bar.close))\n"
    '    alert(day == 1 or day == 2, "one or two")\n'
    '    alert(day == 2, "two")\n'
)
WORDED = (
    '"""Sizes its orders in another way each day."""\n'
    "def on_bar(bar):\n"
    "    day = bar.time // 86400000000 % 6\n"
    "    if day == 0:\n"
    '        enter_long(cash=1000.0, limit=bar.low, tif="day")\n'
    "    if day == 1:\n"
    '        enter_short(percent=12.5, at="close")\n'
    "    if day == 2:\n"
    '        order(percent=-25.0, tif="bar")\n'
    "    if day == 3:\n"
    '        exit(percent=50.0, at="close")\n'
    "    if day == 4:\n"
    "        exit(percent=50.0, stop=bar.low)\n"
    "    if day == 5:\n"
    '        enter_long(cash=bar.close / (bar.close - bar.close), at="close", tif="day")\n'
)
FIRST_DAY = 1_600_000_000_000_000 // 86_400_000_000 % 6
BARS = [bar(day, day=day) for day in range(24)]


@contextmanager
def deployed(source: str) -> Iterator[Deployed]:
    """As the strategy and the deployment `desk`."""
    engine = SandboxEngine()
    known = Deployed(engine)
    known.add_version(version_of("desk", source))
    known.directory.apply(deployment_of("desk", "desk", {}))
    yield known
    engine.close()


@pytest.fixture(scope="module")
def desk() -> Iterator[Deployed]:
    with deployed(DESK) as known:
        yield known


def said(desk: Deployed, batches: Sequence[Sequence[Record]]) -> dict[str, list[Written]]:
    fold = desk.running(Activation("desk", "desk", 0))

    async def advance() -> dict[str, list[Written]]:
        return all_written([await fold.advance(batch) for batch in batches])

    return asyncio.run(advance())


def events(written: dict[str, list[Written]], topic: str) -> list[Any]:
    found: list[Event] = []
    for _, value, headers, _ in written[topic]:
        event = decode(value, headers, BY_NAME[topic].events)
        assert header(headers, "ce_type") == event.event_type().encode()
        found.append(event)
    return found


def by_day(found: Sequence[Any]) -> dict[int, Any]:
    """The events of the first six days."""
    return {(FIRST_DAY + e.source_offset) % 6: e for e in found if e.source_offset < 6}


def test_each_thing_that_is_wanted_is_an_event_with_its_prices(desk: Deployed) -> None:
    found = by_day(events(said(desk, [BARS]), SIGNALS.name))
    assert {day: (type(e), e.action) for day, e in found.items()} == {
        0: (SignalEmitted, "enter_long"),
        1: (OrderEmitted, "protect"),
        2: (OrderEmitted, "order"),
        3: (OrderEmitted, "cancel"),
        4: (SignalEmitted, "exit"),
        5: (OrderEmitted, "cancel"),
    }, "an order without end only cancels"
    prices = ("size", "limit", "stop", "exit_limit", "exit_stop", "exit_trail")
    assert {day: [getattr(e, name) for name in prices] for day, e in found.items()} == {
        0: [2.0, 1.0, None, 9.0, 0.0, None],
        1: [None, None, None, None, 1.0, 0.5],
        2: [-1.5, None, 3.0, None, None, None],
        3: [None] * 6,
        4: [None] * 6,
        5: [None] * 6,
    }


def test_an_event_says_that_prices_of_an_exit_beside_its_order_work_at_once() -> None:
    guarded = """\"\"\"Adds at a limit, and guards what it has.\"\"\"


def on_bar(bar):
    order(2, limit=1.0)
    exit(stop=0.5)
"""
    with deployed(guarded) as known:
        found = events(said(known, [BARS]), SIGNALS.name)
    first = found[0]
    assert (first.action, first.limit, first.exit_stop) == ("order", 1.0, 0.5)
    assert first.exits_from == "now"


def test_an_order_s_unit_moment_and_lifetime_are_in_its_event() -> None:
    with deployed(WORDED) as known:
        written = said(known, [BARS])
    found = by_day(events(written, SIGNALS.name))
    assert {day: (e.action, e.size, e.sizing, e.at, e.tif) for day, e in found.items()} == {
        0: ("enter_long", 1000.0, "cash", "open", "day"),
        1: ("enter_short", 12.5, "percent", "close", "gtc"),
        2: ("order", -25.0, "percent", "open", "bar"),
        3: ("exit", 50.0, "percent", "close", "gtc"),
        4: ("protect", None, "units", "open", "gtc"),
        5: ("cancel", None, "units", "open", "gtc"),
    }
    for event, (_, value, *_) in zip(
        events(written, SIGNALS.name), written[SIGNALS.name], strict=True
    ):
        assert json.loads(value or b"") == event.model_dump(mode="json", exclude_defaults=True)
        assert value is not None and signal_hash(value) == event.receipt.hash


def test_signals_and_orders_are_one_chain_of_receipts(desk: Deployed) -> None:
    written = said(desk, [BARS])
    previous = "0" * 64
    for event, (_, value, *_) in zip(
        events(written, SIGNALS.name), written[SIGNALS.name], strict=True
    ):
        assert event.receipt.previous == previous
        assert value is not None and signal_hash(value) == event.receipt.hash
        previous = event.receipt.hash


def test_what_an_order_does_not_say_is_left_out(desk: Deployed) -> None:
    written = said(desk, [BARS])
    for event, (_, value, *_) in zip(
        events(written, SIGNALS.name), written[SIGNALS.name], strict=True
    ):
        assert json.loads(value or b"") == event.model_dump(mode="json", exclude_defaults=True)


def test_each_alert_that_holds_is_an_event_numbered_within_its_bar(desk: Deployed) -> None:
    found = events(said(desk, [BARS]), ALERTS.name)
    assert {type(alert) for alert in found} == {AlertRaised}
    first = [a for a in found if a.source_offset < 6]
    told = [((FIRST_DAY + a.source_offset) % 6, a.alert, a.seq, a.message) for a in first]
    assert sorted(told) == [
        (1, 0, 0, "one or two"),
        (2, 0, 0, "one or two"),
        (2, 1, 1, "two"),
    ]
    marks = [(alert.source_offset, alert.seq) for alert in found]
    assert marks == sorted(set(marks)), "marks rise within the partition"


@settings(max_examples=20, deadline=None, derandomize=True)
@given(cuts=st.lists(st.integers(1, len(BARS)), max_size=8))
def test_orders_and_alerts_do_not_depend_on_where_the_log_is_cut(
    desk: Deployed, cuts: list[int]
) -> None:
    assert said(desk, pieces(BARS, cuts)) == said(desk, [BARS])
