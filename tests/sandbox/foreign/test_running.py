"""Foreign modules at work: what they say, what is kept of them, and what hostile ones come to."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from sandbox.columns import FLOAT_COLUMNS, SignalCode
from sandbox.errors import BlockError, CallInterruptedError, ParamError
from sandbox.host.foreign.engine import ForeignEngine
from sandbox.host.foreign.instance import ForeignInstance
from sandbox.host.foreign.module import load_foreign
from sandbox.host.limits import DEFAULT_FOREIGN_LIMITS, HostLimits
from sandbox.host.outputs import TrapInfo
from tests.sandbox.foreign.modules import (
    EVERY_THIRD,
    PARAMS,
    PLOT_A,
    SCORE,
    SCORE_COUNT,
    STATE,
    instance_of,
    module_bytes,
)
from tests.sandbox.market import part, random_bars

BARS = random_bars(60, seed=3)


def zeros(n: int) -> np.ndarray[tuple[int], np.dtype[np.int32]]:
    return np.zeros(n, np.int32)


def test_a_bar_that_says_nothing_says_nothing() -> None:
    instance = instance_of()
    out = instance.evaluate(zeros(2) + instance.allocate({}), part(BARS, slice(2)))
    assert not out.signal.any() and not out.alerts.any() and not out.trapped.any()
    floats = [getattr(out, name) for name in FLOAT_COLUMNS]
    assert all(np.isnan(values).all() for values in (*floats, out.plots))


def test_bar_and_params_reach_the_module_and_its_record_comes_back() -> None:
    sums = " ".join(
        f"(f64.load offset={8 * i} (local.get $bar)) {'(f64.add)' if i > 1 else ''}"
        for i in range(1, 6)
    )
    instance = instance_of(
        f"""(f64.store (i32.const {SCORE}) (f64.convert_i64_s (i64.load (local.get $bar))))
        (f64.store (i32.const {PLOT_A}) {sums})
        (f64.store (i32.const {PLOT_A + 8}) (f64.load (i32.const {PARAMS[0]})))
        (i64.store (local.get $out) (i64.const 3))
        (i64.store offset=8 (local.get $out) (i64.const -1))"""
    )
    blocks = np.array([instance.allocate({}), instance.allocate({"k": 5.5})], np.int32)
    out = instance.evaluate(np.repeat(blocks, 30), BARS)
    assert out.score.tolist() == BARS.ts.tolist()
    total = BARS.open + BARS.high + BARS.low + BARS.close + BARS.volume
    assert out.plots[0].tolist() == total.tolist()
    assert out.plots[1].tolist() == [2.0] * 30 + [5.5] * 30
    assert (out.signal == SignalCode.EXIT).all()
    assert (out.alerts == 1).all(), "there is one alert only"


def test_each_series_has_memory_of_its_own() -> None:
    instance = instance_of(SCORE_COUNT)
    blocks = np.array([instance.allocate({}) for _ in range(3)], np.int32)
    out = instance.evaluate(np.tile(blocks, 20), BARS)
    assert out.score.reshape(20, 3).tolist() == [[float(i)] * 3 for i in range(1, 21)]


def test_a_saved_state_goes_on_in_another_instance() -> None:
    instance, other = instance_of(SCORE_COUNT), instance_of(SCORE_COUNT)
    block = instance.allocate({"k": 7.0})
    instance.evaluate(zeros(5), part(BARS, slice(5)))
    saved = instance.save(block)
    assert len(saved) == 8 + STATE[1]
    other.restore(other.allocate({}), saved)
    assert other.evaluate(zeros(1), part(BARS, slice(1))).score[0] == 6.0
    assert other.save(0)[:8] == np.float64(7.0).tobytes()
    with pytest.raises(BlockError, match="has 3 bytes, not 24"):
        other.restore(0, b"abc")


def test_a_freed_series_is_fresh_when_it_is_handed_out_again() -> None:
    instance = instance_of(SCORE_COUNT)
    block = instance.allocate({})
    instance.evaluate(zeros(9), part(BARS, slice(9)))
    instance.free(block)
    for call in (instance.free, instance.save):
        with pytest.raises(BlockError, match="not allocated"):
            call(block)
    with pytest.raises(BlockError, match="not allocated"):
        instance.evaluate(zeros(1), part(BARS, slice(1)))
    assert instance.allocate({}) == block
    assert instance.evaluate(zeros(1), part(BARS, slice(1))).score[0] == 1.0
    with pytest.raises(BlockError, match="1 blocks for 60 bars"):
        instance.evaluate(zeros(1), BARS)


def test_a_freed_index_is_handed_out_before_another_one() -> None:
    instance = instance_of(SCORE_COUNT)
    first, second = instance.allocate({}), instance.allocate({})
    instance.evaluate(zeros(1) + second, part(BARS, slice(1)))
    instance.free(first)
    assert instance.allocate({}) == first
    assert instance.evaluate(zeros(1) + second, part(BARS, slice(1))).score[0] == 2.0


def test_a_param_that_does_not_fit_is_refused() -> None:
    for params in ({"m": 1.0}, {"k": -1.0}, {"k": float("nan")}):
        with pytest.raises(ParamError):
            instance_of().allocate(params)


TRAPS = {
    "unreachable": "unreachable",
    "budget": "(loop (br 0))",
    "budget of bulk": "(loop (memory.fill (i32.const 0) (i32.const 1) (i32.const 65536)) (br 0))",
    "stack": "(call $forever)",
    "memory read": "(drop (f64.load (i32.const -8)))",
    "memory written": "(f64.store (i32.const 65532) (f64.const 1))",
    "division": "(drop (i64.div_s (i64.const 1) (i64.const 0)))",
    "conversion": "(drop (i32.trunc_f64_s (f64.const nan)))",
    "call of null": "(call_indirect (i32.const 0))",
    "action": "(i64.store (local.get $out) (i64.const 6))",
}


@pytest.mark.parametrize(("reason", "code"), TRAPS.items(), ids=TRAPS)
def test_a_trap_costs_its_bar_and_leaves_no_trace(reason: str, code: str) -> None:
    more = "(table 1 funcref) (func $forever (call $forever))"
    fails = f"""{SCORE_COUNT} (if {EVERY_THIRD} (then
        (i64.store (i32.const {STATE[0]}) (i64.const 100))
        (i64.store (local.get $out) (i64.const 1)) {code}))"""
    instance = instance_of(fails, more)
    block = instance.allocate({})
    out = instance.evaluate(zeros(12), part(BARS, slice(12)))
    # the third bar never gets through, so each one after it tries again, from the same state
    assert out.score[:2].tolist() == [1.0, 2.0] and np.isnan(out.score[2:]).all()
    assert not out.signal.any() and out.trapped.tolist() == [False] * 2 + [True] * 10
    assert out.traps[0] == TrapInfo(2, reason.split()[0], None)
    assert instance.save(block)[8:16] == (2).to_bytes(8, "little")


def test_memory_does_not_grow_and_a_table_does_so_in_bounds_only() -> None:
    grown = f"""(f64.store (i32.const {SCORE})
        (f64.convert_i32_s (memory.grow (i32.const 1))))
      (f64.store (i32.const {PLOT_A})
        (f64.convert_i32_s (table.grow (ref.null func) (i32.const 1000000))))"""
    instance = instance_of(grown, "(table 1 funcref)")
    instance.allocate({})
    out = instance.evaluate(zeros(1), part(BARS, slice(1)))
    assert out.score[0] == -1.0 and out.plots[0, 0] == -1.0


def test_all_instances_of_a_module_share_one_allowance_of_memory() -> None:
    small = ForeignEngine(
        foreign_limits=dataclasses.replace(DEFAULT_FOREIGN_LIMITS, memories_bytes_max=5 * 65_536)
    )
    instance = ForeignInstance(load_foreign(small, module_bytes()), 100)
    for _ in range(5):
        instance.allocate({})
    with pytest.raises(BlockError, match="all 5 blocks"):
        instance.allocate({})
    small.close()


@pytest.mark.parametrize("bits", [0x7FF0_0000_0000_0001, 0x7FF8_DEAD_BEEF_0000, -1])
def test_no_nan_payload_gets_out(bits: int) -> None:
    stores = "".join(
        f"(i64.store offset={at} (local.get $out) (i64.const {bits}))" for at in range(16, 88, 8)
    )
    instance = instance_of(stores)
    instance.allocate({})
    out = instance.evaluate(zeros(1), part(BARS, slice(1)))
    floats = [*(getattr(out, name) for name in FLOAT_COLUMNS), *out.plots]
    assert {values.tobytes() for values in floats} == {np.float64(np.nan).tobytes()}


@pytest.mark.parametrize(
    "made",
    [
        "(f64.add (f64.const 1) (f64.load (i32.const 2000)))",
        "(f64.sqrt (f64.const -1))",
        "(f64.div (f64.const 0) (f64.const 0))",
        "(f64.promote_f32 (f32.load (i32.const 2004)))",
        "(f64x2.extract_lane 1 (f64x2.sqrt (v128.load (i32.const 2000))))",
    ],
)
def test_arithmetic_gives_one_nan_on_every_machine(made: str) -> None:
    """Inside of the module too: a state may keep a NaN's bits, and a strategy look at them."""
    body = f"""(i64.store (i32.const 2000) (i64.const 0xffffffffdead0001))
      (i64.store (i32.const 2008) (i64.const 0xffffffffdead0001))
      (f64.store (i32.const {STATE[0]}) {made})"""
    instance = instance_of(body)
    block = instance.allocate({})
    instance.evaluate(zeros(1), part(BARS, slice(1)))
    assert instance.save(block)[8:16] == np.float64(np.nan).tobytes()


def test_the_outer_net_ends_what_fuel_does_not() -> None:
    impatient = ForeignEngine(
        HostLimits(epoch_s=0.02, call_epochs_max=3),
        dataclasses.replace(DEFAULT_FOREIGN_LIMITS, bar_fuel=2**60),
    )
    instance = ForeignInstance(load_foreign(impatient, module_bytes("(loop (br 0))")), 1)
    instance.allocate({})
    with pytest.raises(CallInterruptedError, match="INTERRUPT"):
        instance.evaluate(zeros(1), part(BARS, slice(1)))
    impatient.close()
