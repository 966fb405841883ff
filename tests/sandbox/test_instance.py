"""Blocks of a running module: handed out, kept, carried over, given back; and batches."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from sandbox.errors import BlockError, ParamError
from sandbox.fills import FillRules
from sandbox.host.instance import Instance
from sandbox.host.outputs import TrapInfo
from schemas.columns import BarColumns
from tests.sandbox.agreement import assert_same
from tests.sandbox.market import part, random_bars
from tests.sandbox.modes import all_to, at_rows, bar_by_bar, cut, live_bar, whole
from tests.sandbox.running import EXAMPLES, body, instance_of, module_of

COUNT = body("n = state(0)", "n += 1", 'plot("n", n)', 'plot("far", bar.close[9])')
LARGE = body(
    *(f"cells{i} = window(5000)" for i in range(6)),
    "n = state(0)",
    "n += 1",
    "cells5[4999] = nz(cells5[4999]) + bar.close",
    'plot("n", n)',
    'plot("sum", cells5[4999])',
    "k = 1 // (n % 3)",
)


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_outputs_do_not_depend_on_where_a_long_batch_was_cut(path: Path) -> None:
    module = module_of(path.read_text(encoding="utf-8"))
    bars = random_bars(9_000, seed=1)  # more than two calls of the module
    together = whole(module, bars, {})
    apart = cut(module, bars, {}, [1, 17, 4_096, 8_999])
    assert_same(apart.outputs, together.outputs)
    assert apart.state == together.state
    short = part(bars, slice(500))
    assert_same(bar_by_bar(module, short, {}).outputs, whole(module, short, {}).outputs)


# more blocks than one wasm instance holds


def rooms(chunk: int = 850_000) -> Instance:
    """Wasm instances of a few large blocks each: the columns take most of their memory."""
    return Instance(module_of(LARGE), 90, chunk)


def test_more_series_take_more_instances_of_the_module() -> None:
    instance = rooms()
    blocks = np.array([instance.allocate({}) for _ in range(90)], np.int32)
    assert len(instance._rooms) >= 3
    assert sorted(blocks.tolist()) == list(range(90))
    with pytest.raises(BlockError, match="all 90 blocks"):
        instance.allocate({})
    owners = np.random.default_rng(8).permutation(np.repeat(blocks, 7)).astype(np.int32)
    bars = random_bars(len(owners), seed=8)
    out = instance.evaluate(owners, bars)
    assert [trap.row for trap in out.traps] == sorted(trap.row for trap in out.traps)
    steps = 0
    for block in blocks:
        own = np.flatnonzero(owners == block)
        alone = whole(module_of(LARGE), bars.take(own), {})
        steps += alone.outputs.steps
        assert alone.outputs.trapped.tolist() == [False, False] + [True] * 5
        mine = at_rows(out, own)
        assert np.array_equal(mine.plots, alone.outputs.plots, equal_nan=True)
        assert mine.traps == alone.outputs.traps
        assert instance.save(int(block)) == alone.state
    assert out.steps == steps


def test_a_live_step_finds_its_block_in_whichever_instance() -> None:
    instance = rooms()
    for _ in range(90):
        instance.allocate({})
    bars = random_bars(2, seed=1)
    for block in (0, 44, 89):
        assert instance.step(block, live_bar(bars, 0)) == (1.0, bars.close[0])
    assert instance.step(89, live_bar(bars, 1)) == (2.0, bars.close[0] + bars.close[1])


def test_a_block_moves_to_another_instance_of_the_module() -> None:
    first, second = rooms(), rooms(840_000)
    for _ in range(90):
        first.allocate({})
        second.allocate({})
    bars = random_bars(4, seed=2)
    first.evaluate(all_to(3, 2), part(bars, slice(2)))
    second.restore(85, first.save(3))
    moved = second.evaluate(all_to(85, 2), part(bars, slice(2, 4)))
    assert moved.trapped.tolist() == [True, True]
    assert second.save(85) == first.save(3)


def test_many_blocks_are_saved_as_each_alone_is() -> None:
    instance = rooms()
    for _ in range(90):
        instance.allocate({})
    dice = np.random.default_rng(9)
    owners = dice.integers(0, 90, 400).astype(np.int32)
    bars = random_bars(len(owners), seed=9)
    bars.close[::3] = np.array([0xFFF8_0000_0000_0001], np.uint64).view(np.float64)  # another NaN
    instance.evaluate(owners, bars)
    chosen = dice.permutation(90).tolist()
    assert list(instance.save_many(chosen)) == [instance.save(block) for block in chosen]
    instance.free(chosen[0])
    with pytest.raises(BlockError):
        list(instance.save_many(chosen))


def test_a_room_is_closed_with_its_last_block_and_opened_again() -> None:
    instance = rooms()
    for _ in range(90):
        instance.allocate({})
    opened, bars = len(instance._rooms), random_bars(3, seed=3)
    alone = whole(module_of(LARGE), part(bars, slice(2)), {})
    outer = np.array([0, 89], np.int32)
    for row in range(2):
        instance.evaluate(outer, bars.take(np.array([row, row])))
    for block in range(1, 89):
        instance.free(block)
    assert 2 == len(instance._rooms) < opened
    assert instance.save(0) == instance.save(89) == alone.state
    with pytest.raises(BlockError):
        instance.step(44, live_bar(bars, 0))
    instance.free(0)
    assert len(instance._rooms) == 1
    assert instance.evaluate(all_to(89, 1), part(bars, slice(1))).trapped.tolist() == [True]
    assert instance.step(89, live_bar(bars, 2)) == TrapInfo(0, "division", 16)
    assert sorted(instance.allocate({}) for _ in range(89)) == list(range(89))
    assert len(instance._rooms) == opened
    assert instance.save(89) == alone.state
    instance.evaluate(all_to(44, 2), part(bars, slice(2)))
    assert instance.save(44) == alone.state
    for block in range(90):
        instance.free(block)
    assert not instance._rooms
    assert instance.allocate({}) == 0


# blocks


def test_a_freed_block_is_fresh_when_it_is_handed_out_again() -> None:
    instance = instance_of(COUNT)
    block = instance.allocate({})
    fresh = instance.save(block)
    instance.evaluate(all_to(block, 300), random_bars(300, seed=1))
    assert instance.save(block) != fresh
    instance.free(block)
    with pytest.raises(BlockError):
        instance.step(block, live_bar(random_bars(1, seed=1), 0))
    assert instance.allocate({}) == block
    assert instance.save(block) == fresh


@pytest.mark.parametrize("blocks", [[1], [-1], [5000], [0, 1], [2**31 - 1], [-(2**31)]])
def test_a_block_that_is_not_allocated_is_refused_before_anything_is_done(
    blocks: list[int],
) -> None:
    instance = instance_of(COUNT)
    instance.allocate({})
    fresh = instance.save(0)
    bars = random_bars(len(blocks), seed=1)
    with pytest.raises(BlockError):
        instance.evaluate(np.array(blocks, np.int32), bars)
    with pytest.raises(BlockError, match="2 blocks for 3 bars"):
        instance.evaluate(np.zeros(2, np.int32), random_bars(3, seed=1))
    for call in (instance.free, instance.save):
        with pytest.raises(BlockError):
            call(blocks[-1])
    with pytest.raises(BlockError):
        instance.step(blocks[-1], live_bar(bars, 0))
    with pytest.raises(BlockError):
        instance.restore(blocks[-1], fresh)
    assert instance.save(0) == fresh


@pytest.mark.parametrize("size", [0, 5, -8, 8])
def test_a_saved_state_of_another_size_is_refused(size: int) -> None:
    instance = instance_of(COUNT)
    state = instance.save(instance.allocate({}))
    assert len(state) == instance.metadata.state_bytes
    other = b"short" if size == 5 else state[:size] if size <= 0 else state + bytes(size)
    with pytest.raises(BlockError, match="bytes"):
        instance.restore(0, other)
    assert instance.save(0) == state


def test_no_bars_give_no_outputs() -> None:
    instance = instance_of(COUNT)
    for _ in range(2):
        outputs = instance.evaluate(np.zeros(0, np.int32), random_bars(0, seed=1))
        assert len(outputs) == outputs.steps == 0 and outputs.plots.shape == (2, 0)
        instance.allocate({})


def test_outputs_are_the_caller_s_own() -> None:
    instance = instance_of(COUNT)
    block = instance.allocate({})
    bars = random_bars(3, seed=1)
    first = instance.evaluate(all_to(block, 3), bars)
    instance.evaluate(all_to(block, 3), bars)
    assert first.plots[0].tolist() == [1.0, 2.0, 3.0]


def with_odd_nans(bars: BarColumns) -> BarColumns:
    word = np.uint64(0xFFF8_0000_0000_1234)
    close = np.where(np.arange(len(bars)) % 2 == 1, np.array([word]).view(np.float64), bars.close)
    return BarColumns(bars.ts, bars.open, bars.high, bars.low, close, bars.volume)


def test_saved_states_have_the_one_canonical_nan() -> None:
    """In scalars, cells and histories; words that are no floats keep their bits."""
    pattern = 0xFFF8_0000_0000_1234 - 2**64  # as a whole number, no NaN
    lines = ("x = state(na)", "cells = window(3)", f"k = state({-(2**53)})", "k = k * 1024 + 1")
    source = body(*lines, "x = -bar.close", "cells[1] = bar.close", 'plot("x", x[2])')
    instance = instance_of(source)
    block = instance.allocate({})
    instance.evaluate(all_to(block, 8), with_odd_nans(random_bars(8, seed=1)))
    words = np.frombuffer(instance.save(block), np.uint64)
    floats = {
        place for first, n in instance.metadata.float_words for place in range(first, first + n)
    }
    nans = [place for place in floats if np.isnan(words[place : place + 1].view(np.float64)[0])]
    assert len(nans) >= 4 and set(words[nans].tolist()) == {0x7FF8_0000_0000_0000}
    assert pattern not in words.tolist() and len(floats) < len(words)
    again = Instance(module_of(source), 1)
    again.restore(again.allocate({}), instance.save(block))
    assert again.save(0) == instance.save(block)


def test_whole_numbers_that_look_like_nans_are_kept_as_they_are() -> None:
    lines = ("k = state(0)", "k = (9007199254740992 - 1) * 1024 + 5 + bar.time", "score(k[1])")
    instance = instance_of(body(*lines))
    block = instance.allocate({})
    bars = random_bars(1, seed=1)
    instance.evaluate(all_to(block, 1), bars)
    wanted = (2**53 - 1) * 1024 + 5 + int(bars.ts[0])
    assert np.isnan(np.array([wanted], np.int64).view(np.float64)[0])
    assert wanted in np.frombuffer(instance.save(block), np.int64).tolist()


# params


PARAMS = '"""Test."""\nn = param(5, low=2, high=9)\nx = param(0.5)\non = param(True)\n' + body(
    "score(x if on else -x * n)"
).removeprefix('"""Test."""')


@pytest.mark.parametrize(
    ("params", "reason"),
    [
        ({"m": 3.0}, "no such param; it has n, on, x"),
        ({"n": 1}, "below"),
        ({"n": 10}, "above"),
        ({"n": 2.5}, "whole"),
        ({"x": float("nan")}, "not a number"),
        ({"x": float("inf")}, "not a number"),
        ({"x": "1"}, "not a number"),
        ({"on": 2}, "neither"),
    ],
)
def test_a_param_that_does_not_fit_is_refused(params: dict[str, float], reason: str) -> None:
    with pytest.raises(ParamError, match=reason) as caught:
        instance_of(PARAMS).allocate(params)
    assert caught.value.param in params


def test_params_are_inputs_of_a_block_and_are_saved_with_it() -> None:
    instance = instance_of(PARAMS)
    given: list[dict[str, float]] = [{}, {"x": 2.0}, {"x": 2.0, "on": 0, "n": 3}]
    blocks = np.array([instance.allocate(params) for params in given], np.int32)
    assert instance.evaluate(blocks, random_bars(3, seed=1)).score.tolist() == [0.5, 2.0, -6.0]
    instance.restore(int(blocks[0]), instance.save(int(blocks[2])))
    assert instance.evaluate(blocks[:1], random_bars(1, seed=1)).score.tolist() == [-6.0]


def test_a_restored_account_has_the_limits_that_it_was_saved_with() -> None:
    """Its bars are then looked at for more than those of one without."""
    source = body("enter_long(60)", 'plot("held", position.size)')
    bars = random_bars(40, 3)
    limited, other = instance_of(source), instance_of(source)
    first = limited.allocate({}, FillRules(cash=1_000.0))
    assert limited.evaluate(np.full(40, first, np.int32), bars).plots[0].tolist() == [0.0] * 40
    block = other.allocate({})
    other.restore(block, limited.save(first))
    assert other.evaluate(np.full(40, block, np.int32), bars).plots[0].tolist() == [0.0] * 40
