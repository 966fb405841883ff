"""Rooms that were left are as new to who opens them next."""

from __future__ import annotations

import numpy as np

from sandbox.compiler.driver import compile_source
from sandbox.fills import FillRules
from sandbox.host.engine import ROOMS_LEFT_MAX, SandboxEngine
from sandbox.host.instance import Instance
from sandbox.host.module import StrategyModule, load_module
from sandbox.host.room import Room
from schemas.columns import BarColumns
from tests.sandbox.market import random_bars

SOURCE = '''"""Says what it holds, and what it has seen."""

length = param(5, low=1, high=50)


def on_bar(bar):
    seen = state(0.0)
    seen = seen + bar.close
    plot("held", position.size)
    plot("seen", seen)
    plot("mean", ta.sma(bar.close, length))
    if bar.index % 7 == 3:
        enter_long(1_000.0)
    if bar.index % 7 == 5:
        exit()
'''
BARS = random_bars(300, 1)


def module() -> StrategyModule:
    return load_module(SandboxEngine(), compile_source(SOURCE).wasm)


def said(on: StrategyModule, bars: BarColumns, length: float, rules: FillRules) -> list[bytes]:
    instance = Instance(on, 1, 1_000)
    block = instance.allocate({"length": length}, rules)
    outputs = instance.evaluate(np.full(len(bars), block, np.int32), bars)
    instance.close()
    return [outputs.plots.tobytes(), outputs.signal.tobytes()]


def test_a_run_in_a_room_that_was_left_is_as_one_in_a_new_room() -> None:
    limited, unlimited = FillRules(cash=5_000.0, lot=3.0), FillRules(cash=1e9)
    asked = [(BARS, 5.0, limited), (random_bars(90, 2), 9.0, unlimited), (BARS, 5.0, limited)]
    used = module()
    found = [said(used, *each) for each in asked]
    assert len(used.engine.left) == 1, "the room was used again"
    assert found == [said(module(), *each) for each in asked]


def test_instances_that_run_at_once_have_rooms_of_their_own() -> None:
    on = module()
    said(on, BARS, 5.0, FillRules())
    first, second = Instance(on, 1, 1_000), Instance(on, 1, 1_000)
    for each in (first, second):
        each.allocate({})
    assert first._rooms[0] is not second._rooms[0]
    first.close()
    second.close()
    assert len(on.engine.left) == 2


def test_rooms_of_another_module_or_size_are_left_where_they_are() -> None:
    engine = SandboxEngine()
    one, other = (
        load_module(engine, compile_source(SOURCE + f"    score({n}.0)\n").wasm) for n in range(2)
    )
    Room.opened(one, 100, 1).leave()
    assert Room.opened(other, 100, 1)._module is other
    assert Room.opened(one, 200, 1)._kind == (200, 1)
    assert len(engine.left) == 1


def test_no_more_are_kept_than_a_few() -> None:
    on = module()
    for size in range(1, 10):
        Room.opened(on, 100, size).leave()
    assert len(on.engine.left) == ROOMS_LEFT_MAX
    on.engine.close()
    assert not on.engine.left
