"""A foreign strategy's position: orders that a bar's volume stands for, in both languages."""

from __future__ import annotations

import dataclasses

import numpy as np

from sandbox.columns import FLOAT_COLUMNS, INT_COLUMNS, SignalCode
from sandbox.fills import FillRules
from sandbox.host.foreign.instance import ForeignInstance
from sandbox.host.foreign.module import load_foreign
from tests.sandbox.foreign.modules import SOURCES, built, engine
from tests.sandbox.market import part, random_bars
from tests.sandbox.running import instance_of, run

ORDERS_OF_VOLUME = '''"""Orders whatever the volume says."""


def on_bar(bar):
    size = bar.high - bar.low
    if bar.volume == 1.0:
        enter_long(size, limit=bar.open, stop_loss=bar.low - size, trail=size)
    elif bar.volume == 2.0:
        enter_short(size, stop=bar.low, take_profit=bar.low - 2.0 * size)
    elif bar.volume == 3.0:
        exit()
    elif bar.volume == 4.0:
        order(-size)
    elif bar.volume == 5.0:
        cancel()
    elif bar.volume == 6.0:
        enter_long()
    elif bar.volume == 7.0:
        exit(size)
    elif bar.volume == 10.0:
        enter_long(-size, stop_loss=bar.low)
    elif bar.volume == 11.0:
        enter_short(size, stop_loss=size / 0.0, take_profit=-size / 0.0)
    elif bar.volume == 12.0:
        enter_short(stop=size / 0.0)
    elif bar.volume == 13.0:
        order(na, limit=bar.low)
    elif bar.volume == 14.0:
        exit(0.0)
    elif bar.volume == 15.0:
        cancel()
    elif bar.volume == 16.0:
        order(-size / 0.0)
    plot("size", position.size)
    plot("entry", position.entry_price)
    plot("held", position.bars_held)
    plot("profit", position.open_profit)
'''


def test_a_foreign_strategy_has_the_position_that_ours_would_have() -> None:
    bars = random_bars(2_000, seed=12)
    asks = [0.0] * 4 + [1.0, 2.0, 3.0, 4.0, 5.0, 6.0] * 2 + [7.0, *range(10, 17)]
    volume = np.random.default_rng(5).choice(asks, 2_000)
    bars = dataclasses.replace(bars, volume=volume)
    ours = run(ORDERS_OF_VOLUME, bars)
    instance = ForeignInstance(load_foreign(engine(), built(SOURCES / "orders_of_volume.c")), 2)
    first, second = instance.allocate({}), instance.allocate({})
    head = instance.evaluate(np.full(700, first, np.int32), part(bars, slice(700)))
    instance.restore(second, instance.save(first))
    tail = instance.evaluate(np.full(1_300, second, np.int32), part(bars, slice(700, 2_000)))
    assert len(np.unique(ours.plots[0])) > 100 and ours.signal.max() == SignalCode.CANCEL
    for name in (*INT_COLUMNS, *FLOAT_COLUMNS, "plots"):
        theirs = np.concatenate([getattr(head, name), getattr(tail, name)], axis=-1)
        assert theirs.tobytes() == np.ascontiguousarray(getattr(ours, name)).tobytes(), name


def test_a_foreign_account_fills_by_the_rules_that_ours_does() -> None:
    rules = FillRules(slip=0.25, at_close=1.0)
    bars = random_bars(500, seed=3)
    bars = dataclasses.replace(bars, volume=np.arange(500.0) % 5)
    foreign = ForeignInstance(load_foreign(engine(), built(SOURCES / "orders_of_volume.c")), 2)
    plots = []
    for instance in (instance_of(ORDERS_OF_VOLUME), foreign):
        free, dear = instance.allocate({}), instance.allocate({}, rules)
        both = [instance.evaluate(np.full(500, block, np.int32), bars) for block in (free, dear)]
        assert not np.array_equal(both[0].plots, both[1].plots, equal_nan=True)
        plots.append([each.plots.tobytes() for each in both])
    assert plots[0] == plots[1]


def test_a_trap_leaves_the_account_as_it_was() -> None:
    module = load_foreign(engine(), built(SOURCES / "orders_of_volume.c"))
    instance = ForeignInstance(module, 1)
    block = instance.allocate({})
    volume = np.array([6.0, 0.0, 9.0, 0.0])  # 9 traps
    bars = dataclasses.replace(random_bars(4, seed=2), volume=volume)
    before = instance.evaluate(np.zeros(2, np.int32), part(bars, slice(2)))
    saved = instance.save(block)
    out = instance.evaluate(np.zeros(1, np.int32), part(bars, slice(2, 3)))
    assert out.trapped[0] and before.plots[0].tolist() == [0.0, 1.0]
    assert instance.save(block) == saved
    after = instance.evaluate(np.zeros(1, np.int32), part(bars, slice(3, 4)))
    assert after.plots[2, 0] == before.plots[2, 1] + 1, "the bar that trapped was not held"
