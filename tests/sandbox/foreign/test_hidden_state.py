"""State outside of the region, by running: the check of sandbox.host.foreign.check."""

from __future__ import annotations

from pathlib import Path

import pytest
import wasmtime
from click.testing import CliRunner

from deploy.commands.strategy_files import check
from sandbox.errors import ModuleError
from sandbox.host.foreign.check import examine, hidden_state_at
from tests.sandbox.foreign.modules import (
    COUNT,
    EVERY_THIRD,
    PARAMS,
    PLOT_A,
    SCORE,
    SCORE_COUNT,
    STATE,
    engine,
    loaded,
    module_bytes,
)
from tests.sandbox.market import random_bars

BARS = random_bars(60, seed=3)
SAID = (
    "{file} is a strategy (language: unknown) that keeps 16 bytes, and takes 65,536 bytes of "
    "memory, a series; params: k.\n"
)
HIDDEN = {
    "global": ("(global.set $g (f64.add (global.get $g) (f64.const 1)))", "(global.get $g)"),
    "memory": ("(f64.store (i32.const 4000) (f64.const 1))", "(f64.load (i32.const 4000))"),
    "table": (
        "(table.set $t (i32.const 0) (ref.func 0))",
        "(f64.convert_i32_s (ref.is_null (table.get $t (i32.const 0))))",
    ),
    "segment": (
        "(data.drop $d)",
        "(block (result f64) (memory.init $d (i32.const 5000) (i32.const 0) (i32.const 4)) "
        "(f64.const 1))",
    ),
}


@pytest.mark.parametrize(("write", "read"), HIDDEN.values(), ids=HIDDEN)
def test_state_outside_of_the_region_is_found_out(write: str, read: str) -> None:
    more = """(global $g (mut f64) (f64.const 0)) (table $t 1 funcref) (elem declare func 0)
        (data $d "abcd")"""
    late = f"(if (i64.gt_s (i64.load (i32.const {STATE[0]})) (i64.const 20)) (then {write}))"
    module = loaded(f"{COUNT} (f64.store (i32.const {SCORE}) {read}) {late}", more)
    assert hidden_state_at(module, BARS, {}) == 21


def test_state_in_the_region_is_not_held_against_a_strategy() -> None:
    assert hidden_state_at(loaded(SCORE_COUNT), BARS, {"k": 3.0}) is None
    trapping = loaded(f"{SCORE_COUNT} (if {EVERY_THIRD} (then unreachable))")
    assert hidden_state_at(trapping, BARS, {}) is None


def test_records_are_written_anew_so_nothing_can_be_kept_in_them() -> None:
    sneaky = f"""(f64.store (i32.const {SCORE}) (f64.load (i32.const {PARAMS[0]})))
      (f64.store (i32.const {PLOT_A}) (f64.load (i32.const {PLOT_A + 8})))
      (f64.store (i32.const {PARAMS[0]}) (f64.const 9))
      (f64.store (i32.const {PLOT_A + 8}) (f64.const 9))"""
    assert hidden_state_at(loaded(sneaky), BARS, {}) is None


def test_a_state_that_depends_on_something_hidden_is_found_out_before_it_is_said() -> None:
    quiet = f"""(global.set $g (i64.add (global.get $g) (i64.const 1)))
      (i64.store (i32.const {STATE[0]}) (global.get $g))"""
    module = loaded(quiet, "(global $g (mut i64) (i64.const 0))")
    assert hidden_state_at(module, BARS, {}) == 1


def test_a_module_is_examined_on_sample_bars() -> None:
    forgetful = f"""(global.set $g (i64.add (global.get $g) (i64.const 1)))
      (if (i64.gt_s (global.get $g) (i64.const 400)) (then
        (f64.store (i32.const {SCORE}) (f64.const 1))))"""
    with pytest.raises(ModuleError, match="rule state: after a restart before sample bar 400 "):
        examine(engine(), module_bytes(forgetful, more="(global $g (mut i64) (i64.const 0))"))
    assert examine(engine(), module_bytes(SCORE_COUNT)).metadata.plots == ("a", "b")
    with pytest.raises(ModuleError, match="rule imports"):
        examine(engine(), bytes(wasmtime.wat2wasm('(module (import "a" "b" (func)))')))


@pytest.mark.parametrize("as_json", [False, True])
def test_the_command_checks_a_module(tmp_path: Path, as_json: bool) -> None:
    good, bad = tmp_path / "good.wasm", tmp_path / "bad.wasm"
    good.write_bytes(module_bytes(SCORE_COUNT))
    bad.write_bytes(module_bytes(memory="1 2"))
    options = ["--json"] if as_json else []
    found = CliRunner().invoke(check, [str(good), *options], standalone_mode=False)
    assert found.return_value == 0
    assert found.output == ('{\n  "diagnostics": []\n}\n' if as_json else SAID.format(file=good))
    found = CliRunner().invoke(check, [str(bad), *options], standalone_mode=False)
    assert found.return_value == 1 and "rule memory: it is not fixed" in found.output
