"""A call that the outer net ended is made once more, and leaves no trace of the first time."""

from __future__ import annotations

import dataclasses
import threading

import numpy as np
import pytest
import wasmtime

from sandbox.abi import MEMORY_PAGES
from sandbox.compiler.driver import compile_source
from sandbox.compiler.encode import custom_section
from sandbox.errors import CallInterruptedError
from sandbox.host.engine import SandboxEngine
from sandbox.host.foreign.engine import ForeignEngine
from sandbox.host.foreign.instance import ForeignInstance
from sandbox.host.foreign.module import load_foreign
from sandbox.host.instance import Instance
from sandbox.host.limits import DEFAULT_FOREIGN_LIMITS, HostLimits
from sandbox.host.module import load_module
from sandbox.metadata import SECTION, metadata_of
from tests.sandbox.foreign.modules import SCORE_COUNT, module_bytes
from tests.sandbox.market import part, random_bars
from tests.sandbox.running import body

NET = HostLimits(epoch_s=0.02, call_epochs_max=3)
# Counts the bars of a block and scores them; hangs at row 2 as long as the call is one of the
# first so many, whose number it keeps where no block is.
_HANGING = f"""(module (memory (export "memory") {MEMORY_PAGES} {MEMORY_PAGES})
  (func (export "run") (param $table i32) (param $row i32) (param $last i32) (local $block i32)
    (loop $bars
      (i32.store (i32.const 0) (local.get $row))
      (local.set $block (i32.load
        (i32.add (i32.load (local.get $table)) (i32.shl (local.get $row) (i32.const 3)))))
      (i64.store (local.get $block) (i64.add (i64.load (local.get $block)) (i64.const 1)))
      (f64.store
        (i32.add (i32.load offset=28 (local.get $table)) (i32.shl (local.get $row) (i32.const 3)))
        (f64.convert_i64_s (i64.load (local.get $block))))
      (if (i32.and (i32.eq (local.get $row) (i32.const 2))
                   (i32.lt_s (i32.load (i32.const 48)) (i32.const HANGS)))
        (then
          (i32.store (i32.const 48) (i32.add (i32.load (i32.const 48)) (i32.const 1)))
          (loop $ever (br $ever))))
      (br_if $bars (i32.lt_s
        (local.tee $row (i32.add (local.get $row) (i32.const 1))) (local.get $last))))))"""


def hanging(hangs: int) -> bytes:
    """The module, with the metadata of a strategy that may trap and has one output."""
    metadata = metadata_of(compile_source(body("score(1 // bar.time)")).wasm)
    assert metadata.places and [column.name for column in metadata.outputs] == ["score"]
    text = _HANGING.replace("HANGS", str(hangs))
    section = custom_section(SECTION, metadata.model_dump_json().encode())
    return bytes(wasmtime.wat2wasm(text)) + section


@pytest.mark.parametrize("apart", [1, 9], ids=["side by side", "far apart"])
def test_a_call_that_the_net_ended_is_made_again_from_the_same_states(apart: int) -> None:
    impatient = SandboxEngine(NET)
    instance = Instance(load_module(impatient, hanging(hangs=1)), 20)
    taken = [instance.allocate({}) for _ in range(1 + apart)]
    first, second = taken[0], taken[apart]
    blocks = np.array([first, second, first, second, first], np.int32)
    outputs = instance.evaluate(blocks, random_bars(5, seed=1))
    assert outputs.score.tolist() == [1.0, 1.0, 2.0, 2.0, 3.0]
    counts = [np.frombuffer(instance.save(block), np.int64)[0] for block in taken]
    assert counts == [3, *[0] * (apart - 1), 2]
    impatient.close()


def test_a_call_that_never_ends_is_given_up_after_the_second_time() -> None:
    impatient = SandboxEngine(NET)
    instance = Instance(load_module(impatient, hanging(hangs=2)), 1)
    block = instance.allocate({})
    with pytest.raises(CallInterruptedError, match="INTERRUPT"):
        instance.evaluate(np.full(3, block, np.int32), random_bars(3, seed=1))
    impatient.close()


def test_a_foreign_bar_that_the_net_ended_is_evaluated_again() -> None:
    """The epoch turns once, while the second bar counts down for most of a second."""
    patient = ForeignEngine(
        HostLimits(epoch_s=3_600.0, call_epochs_max=1),
        dataclasses.replace(DEFAULT_FOREIGN_LIMITS, bar_fuel=2**60),
    )
    slow = f"""(local $left i32) {SCORE_COUNT}
      (if (f64.eq (f64.load offset=40 (local.get $bar)) (f64.const 7)) (then
        (local.set $left (i32.const 500000000))
        (loop $down
          (br_if $down (local.tee $left (i32.sub (local.get $left) (i32.const 1)))))))"""
    instance = ForeignInstance(load_foreign(patient, module_bytes(slow)), 1)
    zeros = np.full(1, instance.allocate({}), np.int32)
    bars = dataclasses.replace(random_bars(3, seed=1), volume=np.array([1.0, 7.0, 1.0]))

    def turn() -> None:
        patient.engine.increment_epoch()
        patient.epochs.turned += 1

    said = [instance.evaluate(zeros, part(bars, slice(1))).score[0]]
    turning = threading.Timer(0.1, turn)
    turning.start()
    said += [instance.evaluate(zeros, part(bars, slice(n, n + 1))).score[0] for n in (1, 2)]
    turning.join()
    assert said == [1.0, 2.0, 3.0]
    patient.close()
