"""Whoever trades a deployment's events comes to the position that the strategy sees."""

from __future__ import annotations

import asyncio
from typing import Any

import numpy as np
import pytest

from sandbox.host.engine import SandboxEngine
from schemas.columns import BarColumns
from schemas.events.signals import Intent
from streams.activations import Activation
from streams.catalog import BY_NAME, SIGNALS
from streams.codec import decode
from tests.processors.evaluation.deployed import Deployed, deployment_of, version_of
from tests.records import all_written, bar
from tests.sandbox.kept_account import Account, Kind, Order
from tests.sandbox.market import random_bars
from tests.sandbox.running import body, run

CALLS = (
    "enter_long({size})",
    "enter_short({size})",
    "order({size})",
    "exit()",
    "exit({size})",
    "cancel()",
    "enter_long({size}, limit={near}, stop_loss={far})",
    "enter_short({size}, stop={near}, take_profit={near}, trail={away})",
    "order({size}, limit={near}, stop={far})",
    "order({size}, limit={far}, trail={away})",
    "exit({size}, stop={near})",
    "exit(limit={far}, trail={away})",
    'enter_long(size={size}, at="open", tif="gtc")',
)
SIZES = ("1.5", "-2.0", "1.0 / none", "none / none", "none", "2.0 + none", "na", "-1.0 / none")
PRICES = ("bar.close * 0.99", "bar.close * 1.01", "1.0 / none", "-1.0 / none", "none / none")
DISTANCES = ("bar.close * 0.01", "1.0 / none", "na")
BARS = 1_500
KINDS: dict[str, Kind] = {"enter_long": "long", "enter_short": "short", "order": "order"}


def drawn_strategy(seed: int) -> str:
    """Says what the bar's volume asks for, by two digits: of two things, either or both."""
    chance = np.random.default_rng(seed)
    lines = ["none = bar.open - bar.open"]
    for digit in (1, 100):
        for code in range(1, 41):
            call = chance.choice(CALLS).format(
                size=chance.choice(SIZES[:1] * 4 + SIZES),
                near=chance.choice(PRICES[:2] * 3 + PRICES),
                far=chance.choice(PRICES[:2] * 3 + PRICES),
                away=chance.choice(DISTANCES),
            )
            lines.append(f"if int(bar.volume) // {digit} % 100 == {code}: {call}")
    return body(*lines, 'plot("size", position.size)')


def drawn_bars(seed: int) -> BarColumns:
    market, chance = random_bars(BARS, seed), np.random.default_rng(seed)
    first = np.where(chance.random(BARS) < 0.5, chance.integers(1, 41, BARS), 0)
    second = np.where(chance.random(BARS) < 0.1, chance.integers(1, 41, BARS), 0)
    volume = (first + 100 * second).astype(np.float64)
    return BarColumns(market.ts, market.open, market.high, market.low, market.close, volume)


def events_of(source: str, bars: BarColumns) -> dict[int, Intent]:
    """By the bar's row."""
    engine = SandboxEngine()
    known = Deployed(engine)
    known.add_version(version_of("drawn", source))
    known.directory.apply(deployment_of("drawn", "drawn", {}))
    fold = known.running(Activation("drawn", "drawn", 0))
    names = ("open", "high", "low", "close", "volume")
    records = []
    for row in range(len(bars)):
        values: dict[str, Any] = {name: float(getattr(bars, name)[row]) for name in names}
        records.append(bar(row, day=row, **values))
    written = all_written([asyncio.run(fold.advance(records))])[SIGNALS.name]
    engine.close()
    found = [
        decode(value, headers, BY_NAME[SIGNALS.name].events) for _, value, headers, _ in written
    ]
    return {event.source_offset: event for event in found if isinstance(event, Intent)}


def trade(account: Account, event: Intent) -> None:
    """Place what the event wants, and nothing that it does not say. The account knows units only,
    the next open, and orders that work until they are cancelled."""
    assert (event.sizing, event.at, event.tif) == ("units", "open", "gtc")
    named = {"limit": event.exit_limit, "stop": event.exit_stop, "trail": event.exit_trail}
    exits = {name: price for name, price in named.items() if price is not None}
    match event.action:
        case "enter_long" | "enter_short" | "order" as action:
            assert event.size is not None
            if event.exits_from == "now" and account.size:
                account.said = (exits, event.price)
            account.order = Order(KINDS[action], event.size, event.limit, event.stop, exits)
        case "exit":
            size = abs(account.size) if event.size is None else event.size
            account.order = Order("exit", size, then=account.order)
        case "protect":
            assert event.size is None, "all is protected"
            account.said = (exits, event.price)
        case "cancel":
            account.order = None
            account.said = (exits, event.price) if exits else None
        case _:
            raise AssertionError(event.action)


@pytest.mark.parametrize("seed", range(6))
def test_the_events_of_random_orders_come_to_the_position_of_every_bar(seed: int) -> None:
    source, bars = drawn_strategy(seed), drawn_bars(seed)
    events, account, sizes = events_of(source, bars), Account(), []
    for row in range(BARS):
        prices = (bars.open[row], bars.high[row], bars.low[row], bars.close[row])
        sizes.append(account.bar(*map(float, prices))[0])
        if row in events:
            trade(account, events[row])
    assert {event.action for event in events.values()} == {
        "enter_long",
        "enter_short",
        "exit",
        "order",
        "protect",
        "cancel",
    }
    wanted = run(source, bars).plots[0]
    assert len(np.unique(wanted)) > 5
    np.testing.assert_array_equal(sizes, wanted)
