"""A deployment's account is the backtest's: the same rules, so the same position, so the same
signals."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict

import numpy as np
import pytest

from processors.evaluation.history import resume
from processors.evaluation.run import rules_of
from processors.research.backtest import Result, backtest
from sandbox.fills import FillRules
from sandbox.host.engine import SandboxEngine
from schemas.columns import BarColumns
from schemas.events.fills import FillTerms
from schemas.events.signals import SignalEmitted, signal_hash
from streams.activations import Activation
from streams.records import Record
from streams.snapshots import Snapshot
from tests.processors.evaluation.deployed import Deployed, deployment_of, version_of
from tests.processors.evaluation.test_core import folded, of, said, signals
from tests.processors.research.case import book
from tests.records import DAY_US, FIRST_TS_US, SERIES, bar
from tests.sandbox.market import random_bars
from tests.sandbox.running import module_of

SOURCE = '''"""Takes small gains and cuts losses, so that each cost moves what it does next."""


def on_bar(bar):
    plot("held", position.size)
    plot("profit", position.open_profit)
    if position.size == 0.0:
        enter_long(percent=90.0)
    elif position.open_profit > 10.0 or position.open_profit < -20.0:
        exit()
'''
DEAR = FillTerms(cash=5_000.0, slip_share=0.002, rate=0.001, minimum=1.0, lot=2.0)
CLOSE = FillTerms(at_close=1.0, slip=0.05)
STEPS = FillTerms(slip=0.05, tick=0.25)
TERMS: dict[str, FillTerms | None] = {
    "old": None,
    "free": FillTerms(),
    "dear": DEAR,
    "close": CLOSE,
    "steps": STEPS,
}
DAYS = 400


def daily(bars: BarColumns) -> BarColumns:
    """The same prices, a bar each day."""
    ts = FIRST_TS_US + DAY_US * np.arange(len(bars), dtype=np.int64)
    return BarColumns(ts, bars.open, bars.high, bars.low, bars.close, bars.volume)


BARS = daily(random_bars(DAYS, seed=8))
PRICES = ("open", "high", "low", "close", "volume")
LOG: list[Record] = [
    bar(day, SERIES[0], day, **{name: getattr(BARS, name)[day].item() for name in PRICES})
    for day in range(DAYS)
]
ACTIVE = [Activation(name, "careful", 0) for name in TERMS]


@pytest.fixture(scope="module")
def known() -> Iterator[Deployed]:
    """One version under each of the rules."""
    engine = SandboxEngine()
    known = Deployed(engine)
    known.add_version(version_of("careful", SOURCE))
    for name, terms in TERMS.items():
        known.directory.apply(deployment_of(name, "careful", {}, rules=terms))
    yield known
    engine.close()


def live(known: Deployed) -> list[SignalEmitted]:
    return signals(folded(known.running(*ACTIVE), [LOG]))


def backtested(name: str) -> Result:
    return backtest(
        module_of(SOURCE),
        book(),
        [BARS],
        {},
        rules_of(deployment_of(name, "careful", {}, rules=TERMS[name])),
    )


def held_by(result: Result, signal: SignalEmitted, name: str) -> float:
    """What the backtest's book holds when the strategy is asked at the bar of a signal: before the
    fill at this very close, where the rules have such."""
    ts = result.fills.ts
    known = ts < signal.ts if TERMS[name] == CLOSE else ts <= signal.ts
    return float(result.fills.units[known].sum())


@pytest.mark.parametrize("name", TERMS)
def test_each_signal_reads_the_position_of_the_backtest_under_the_same_rules(
    known: Deployed, name: str
) -> None:
    result, found = backtested(name), of(name, live(known))
    assert len(found) > 20
    for signal in found:
        held = held_by(result, signal, name)
        assert signal.plots["held"] == pytest.approx(held, rel=1e-12, abs=1e-9), signal.ts
    filled = [signal.ts + (0 if name == "close" else DAY_US) for signal in found]
    assert result.fills.ts.tolist() == [ts for ts in filled if ts <= BARS.ts[-1]]


def test_slipped_prices_come_in_the_ticks_of_a_deployment(known: Deployed) -> None:
    rules = FillRules(slip=0.05, tick=0.25)
    fills = backtest(module_of(SOURCE), book(), [BARS], {}, rules).fills
    on_tick = fills.price % rules.tick == 0.0
    assert on_tick.mean() > 0.5, "but for those that the bar's range bounds"
    held = [each for each in of("steps", live(known)) if each.plots["held"]]
    assert len(held) > 10
    for signal in held:
        units, profit = signal.plots["held"], signal.plots["profit"]
        assert units is not None and profit is not None
        entry = fills.price[np.flatnonzero(fills.ts <= signal.ts)[-1]]
        assert signal.price - profit / units == pytest.approx(entry, rel=1e-9)


def test_other_rules_are_another_account(known: Deployed) -> None:
    everything = live(known)
    each = {name: said(of(name, everything)) for name in TERMS}
    assert each["free"] != each["dear"] != each["close"] != each["free"]


def test_a_deployment_goes_on_under_its_rules_from_a_snapshot(known: Deployed) -> None:
    whole = folded(known.running(*ACTIVE), [LOG])
    cut = DAYS // 2
    first = known.running(*ACTIVE)
    head = folded(first, [LOG[:cut]])
    entries = {name: entry for name, entry in first.entries(everything=True) if entry is not None}
    snapshot = Snapshot(next_offset=cut, entries=entries)
    second = known.fold(snapshot)
    runs = [known.run(activation.deployment_id) for activation in ACTIVE]
    history = resume(second, 1, {each.deployment_id: each for each in ACTIVE}, runs, snapshot)
    history.hand_over(second)
    assert head + folded(second, [LOG[cut:]]) == whole


def test_a_receipt_says_which_rules_are_not_the_defaults(known: Deployed) -> None:
    records = folded(known.running(*ACTIVE), [LOG])
    told = {}
    for (_, value, *_), signal in zip(records, signals(records), strict=True):
        assert value is not None and signal.receipt.hash == signal_hash(value)
        told[signal.deployment_id] = json.loads(value)["receipt"].get("rules")
        assert signal.receipt.rules == TERMS[signal.deployment_id]
    defaults = asdict(FillRules())
    assert told["old"] is None, "receipts of deployments without rules stay as they were"
    assert told["free"] == {}
    assert told["dear"] == {
        name: value for name, value in DEAR.model_dump().items() if value != defaults[name]
    }


def kinds(found: Sequence[SignalEmitted]) -> set[str]:
    return {signal.action for signal in found}


def test_the_strategy_of_these_tests_does_what_they_need(known: Deployed) -> None:
    assert kinds(of("dear", live(known))) == {"enter_long", "exit"}
