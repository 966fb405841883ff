"""Running modules: batches, blocks, params, traps, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest
import wasmtime
from numpy.typing import NDArray

from sandbox.compiler.driver import compile_source
from sandbox.compiler.limits import Limits
from sandbox.errors import BlockError, CallInterruptedError, ModuleError, ParamError
from sandbox.host.call import FastRun
from sandbox.host.engine import SandboxEngine
from sandbox.host.instance import Instance
from sandbox.host.limits import HostLimits
from sandbox.host.module import load_module
from sandbox.host.outputs import Outputs, SignalCode
from schemas.columns import BarColumns
from tests.sandbox.market import joined, part, random_bars
from tests.sandbox.running import EXAMPLES, body, digest, engine, instance_of, module_of, run

TRAPPING = body(
    "top = ta.highest(bar.close, 4)",
    "mean = ta.sma(bar.close, 3)",
    "k = bar.time // 60000000 % 5",
    "enter_long(size=mean)",
    "x = 1 // k",  # after rings were written and an entry was made
    'plot("top", top)',
    'plot("mean", mean)',
    'plot("before", top[1])',
)


def all_to(block: int, n: int) -> NDArray[np.int32]:
    return np.full(n, block, np.int32)


def gather(parts: list[Outputs]) -> Outputs:
    return Outputs(
        np.concatenate([out.signal for out in parts]),
        np.concatenate([out.size for out in parts]),
        np.concatenate([out.score for out in parts]),
        np.concatenate([out.plots for out in parts], axis=1),
        np.concatenate([out.trapped for out in parts]),
    )


def one_by_one(source: str, bars: BarColumns) -> Outputs:
    instance = instance_of(source)
    block = instance.allocate({})
    rows = [part(bars, slice(i, i + 1)) for i in range(len(bars))]
    return gather([instance.evaluate(all_to(block, 1), row) for row in rows])


def saved_and_restored(source: str, bars: BarColumns, cuts: list[int]) -> Outputs:
    """Each part on an instance of its own, with the state carried over as bytes."""
    parts, state = [], None
    for start, end in zip([0, *cuts], [*cuts, len(bars)], strict=True):
        instance = instance_of(source)
        block = [instance.allocate({}) for _ in range(3)][-1]
        if state is not None:
            instance.restore(block, state)
        parts.append(instance.evaluate(all_to(block, end - start), part(bars, slice(start, end))))
        state = instance.save(block)
    return gather(parts)


def interleaved(source: str, bars: BarColumns) -> Outputs:
    """With another series' bars between, in one call."""
    instance = instance_of(source)
    mine, other = instance.allocate({}), instance.allocate({})
    n = len(bars)
    both = joined(bars, random_bars(n, seed=9))
    order = np.arange(2 * n).reshape(2, n).T.ravel()
    owners = np.where(order < n, mine, other).astype(np.int32)
    out = instance.evaluate(owners, part(both, list(order)))
    own = owners == mine
    return Outputs(
        out.signal[own], out.size[own], out.score[own], out.plots[:, own], out.trapped[own]
    )


@pytest.mark.parametrize(
    "source",
    [*(path.read_text(encoding="utf-8") for path in EXAMPLES), TRAPPING],
    ids=[*(path.stem for path in EXAMPLES), "trapping"],
)
def test_outputs_do_not_depend_on_where_a_batch_was_cut(source: str) -> None:
    bars = random_bars(9_000, seed=1)  # more than two chunks of the module
    whole = digest(run(source, bars))
    assert digest(saved_and_restored(source, bars, [1, 17, 4_096, 8_999])) == whole
    assert digest(interleaved(source, bars)) == whole
    short = part(bars, slice(1_500))
    assert digest(one_by_one(source, short)) == digest(run(source, short))


def test_a_trap_costs_its_bar_and_nothing_else() -> None:
    bars = random_bars(100, seed=2)
    falls = np.arange(100) % 5 == 0
    outputs = run(TRAPPING, bars)
    assert np.array_equal(outputs.trapped, falls)
    assert (outputs.signal[falls] == SignalCode.NONE).all()
    assert np.isnan(outputs.plots[:, falls]).all() and np.isnan(outputs.size[falls]).all()
    kept = run(TRAPPING, part(bars, list(np.flatnonzero(~falls))))
    assert not kept.trapped.any()
    assert np.array_equal(outputs.plots[:, ~falls], kept.plots, equal_nan=True)
    assert np.array_equal(outputs.size[~falls], kept.size, equal_nan=True)
    assert (outputs.signal[~falls] == SignalCode.ENTER_LONG).all()


def test_a_trapped_bar_leaves_the_state_as_it_was() -> None:
    instance = instance_of(TRAPPING)
    block = instance.allocate({})
    bars = random_bars(36, seed=2)
    for i in range(36):
        before = instance.save(block)
        trapped = instance.evaluate(all_to(block, 1), part(bars, slice(i, i + 1))).trapped[0]
        assert (instance.save(block) == before) == trapped == (i % 5 == 0)


def test_a_trap_in_one_series_does_not_touch_the_next() -> None:
    instance = instance_of(TRAPPING)
    blocks = [instance.allocate({}) for _ in range(3)]
    bars = random_bars(3, seed=4)
    bars = BarColumns(np.array([60_000_000, 0, 120_000_000]), *_prices(bars))
    out = instance.evaluate(np.array(blocks, np.int32), bars)
    assert out.trapped.tolist() == [False, True, False]
    assert out.signal.tolist() == [1, 0, 1]


def _prices(bars: BarColumns) -> tuple[NDArray[np.float64], ...]:
    return bars.open, bars.high, bars.low, bars.close, bars.volume


def test_a_bar_beyond_its_budget_traps_at_the_same_place_in_every_mode() -> None:
    source = body('plot("mean", ta.sma(bar.close, 20))')
    tight = Limits(bar_budget=60)  # too little for the loop at the end of each window
    bars = random_bars(60, seed=7)
    instance = Instance(module_of(source, tight), 10)
    whole = instance.evaluate(all_to(instance.allocate({}), 60), bars)
    assert whole.trapped.tolist() == [False] * 19 + [True] * 41
    block = instance.allocate({})
    rows = [part(bars, slice(i, i + 1)) for i in range(60)]
    single = gather([instance.evaluate(all_to(block, 1), row) for row in rows])
    assert digest(single) == digest(whole)


def test_more_series_take_more_instances_of_the_module() -> None:
    source = body("mean = ta.sma(bar.close, 3)", 'plot("mean", mean)', 'plot("last", mean[1])')
    few = Limits(blocks_max=8, chunk_bars_max=16)
    instance = Instance(module_of(source, few), 20)
    blocks = np.array([instance.allocate({}) for _ in range(20)], np.int32)
    assert len(set(blocks.tolist())) == 20
    with pytest.raises(BlockError, match="all 20 blocks"):
        instance.allocate({})
    bars = random_bars(2_000, seed=8)
    owners = np.random.default_rng(8).permutation(np.repeat(blocks, 100)).astype(np.int32)
    out = instance.evaluate(owners, bars)
    for block in (blocks[0], blocks[7], blocks[8], blocks[19]):
        own = np.flatnonzero(owners == block)
        alone = run(source, part(bars, list(own)))
        assert np.array_equal(out.plots[:, own], alone.plots, equal_nan=True)


def test_a_freed_block_is_fresh_when_it_is_handed_out_again() -> None:
    instance = instance_of(EXAMPLES[1].read_text(encoding="utf-8"))
    block = instance.allocate({})
    fresh = instance.save(block)
    instance.evaluate(all_to(block, 300), random_bars(300, seed=1))
    assert instance.save(block) != fresh
    instance.free(block)
    assert instance.allocate({}) == block
    assert instance.save(block) == fresh


@pytest.mark.parametrize("blocks", [[1], [-1], [5000], [0, 1], [2**31 - 1]])
def test_a_block_that_is_not_allocated_is_refused(blocks: list[int]) -> None:
    instance = instance_of(body("score(bar.close)"))
    instance.allocate({})
    with pytest.raises(BlockError):
        instance.evaluate(np.array(blocks, np.int32), random_bars(len(blocks), seed=1))
    with pytest.raises(BlockError):
        instance.evaluate(np.zeros(2, np.int32), random_bars(3, seed=1))
    for call in (instance.free, instance.save):
        with pytest.raises(BlockError):
            call(blocks[-1])
    with pytest.raises(BlockError, match="bytes"):
        instance.restore(0, b"short")


def test_no_bars_give_no_outputs() -> None:
    instance = instance_of(body("score(bar.close)"))
    assert len(instance.evaluate(np.zeros(0, np.int32), random_bars(0, seed=1))) == 0


PARAMS = '"""Test."""\nn = param(5, low=2, high=9)\nx = param(0.5)\non = param(True)\n' + body(
    "score(x if on else ta_free)".replace("ta_free", "-x")
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


def test_params_are_inputs_of_a_block() -> None:
    instance = instance_of(PARAMS)
    settings: list[dict[str, float]] = [{}, {"x": 2.0}, {"x": 2.0, "on": 0}]
    blocks = np.array([instance.allocate(params) for params in settings], np.int32)
    assert instance.evaluate(blocks, random_bars(3, seed=1)).score.tolist() == [0.5, 2.0, -2.0]


# modules that are not ours

_TEXT = """(module {imports} (memory (export "memory") {memory})
  (func (export "run") (param i32 i32) {result} {body}) {more})"""


def foreign(
    imports: str = "", memory: str = "", result: str = "", body: str = "", more: str = ""
) -> bytes:
    """A module with the metadata of a compiled one around other code."""
    compiled = compile_source('"""Test."""\ndef on_bar(bar):\n    score(bar.close)\n')
    pages = compiled.metadata.layout.memory_bytes // 65_536
    text = _TEXT.format(
        imports=imports,
        memory=memory or f"{pages} {pages}",
        result=result,
        body=body,
        more=more,
    )
    section = compiled.wasm[compiled.wasm.rindex(b"\x0aperipheral") :]
    size = bytearray()
    left = len(section)
    while left >= 0x80:
        size.append(left & 0x7F | 0x80)
        left >>= 7
    size.append(left)
    return bytes(wasmtime.wat2wasm(text)) + b"\0" + bytes(size) + section


RELAXED = "(local v128) (drop (f32x4.relaxed_min (local.get 2) (local.get 2)))"


@pytest.mark.parametrize(
    ("wasm", "reason"),
    [
        (b"", "does not begin"),
        (b"\0asm\1\0\0\0", "no custom section"),
        (b"\0asm\1\0\0\0\0\xff\xff\xff\xff\x0f", "beyond the file"),
        (b"\0asm\1\0\0\0\0\x05\x0aperi", "no custom section"),
        (compile_source(body("score(1)")).wasm[:-9], "beyond the file"),
        (compile_source(body("score(1)")).wasm.replace(b'"size"', b'"sizf"'), "metadata"),
        (
            compile_source(body("score(1)")).wasm.replace(b'"undo_bytes":4', b'"undo_bytes":0'),
            "overlap",
        ),
        (foreign(imports='(import "env" "f" (func))'), r"imports env\.f"),
        (foreign(memory="1 1"), "its memory has 65,536 bytes"),
        (foreign(memory="1 2"), "not fixed"),
        (foreign(memory="1"), "not fixed"),
        (foreign(result="(result i32)", body="(i32.const 0)"), "without result"),
        (foreign(more='(global (export "g") i32 (i32.const 0))'), "nothing else"),
        (foreign(more='(memory (export "m2") 1 1)'), "wasmtime refuses"),
        (foreign(body=RELAXED), "wasmtime refuses"),
        (b"\0asm\1\0\0\0" + b"\0" * 5_000_000, "bytes"),
    ],
)
def test_a_binary_that_breaks_the_abi_is_refused(wasm: bytes, reason: str) -> None:
    with pytest.raises(ModuleError, match=reason):
        load_module(engine(), wasm)


def test_an_endless_module_is_ended_by_the_outer_net() -> None:
    impatient = SandboxEngine(HostLimits(epoch_s=0.02, call_epochs_max=3))
    instance = Instance(load_module(impatient, foreign(body="(loop (br 0))")), 1)
    block = instance.allocate({})
    with pytest.raises(CallInterruptedError, match="INTERRUPT"):
        instance.evaluate(all_to(block, 1), random_bars(1, seed=1))
    impatient.close()


@pytest.mark.parametrize(
    "code",
    [
        "(i32.store (i32.const 0) (i32.const 77)) unreachable",  # no such bar
        "(i32.store (i32.const 4) (i32.const 1600)) unreachable",  # a longer log than there is
        "(drop (i32.load (i32.const -1)))",  # out of bounds
    ],
)
def test_a_module_cannot_lead_the_host_astray(code: str) -> None:
    instance = Instance(load_module(engine(), foreign(body=code)), 1)
    block = instance.allocate({})
    with pytest.raises(CallInterruptedError):
        instance.evaluate(all_to(block, 1), random_bars(1, seed=1))


def test_a_start_function_that_never_ends_is_refused() -> None:
    impatient = SandboxEngine(HostLimits(epoch_s=0.02, call_epochs_max=3))
    wasm = foreign(more="(func $s (loop (br 0))) (start $s)")
    with pytest.raises(ModuleError, match="cannot be started"):
        Instance(load_module(impatient, wasm), 1).allocate({})
    impatient.close()


def test_the_fast_call_takes_one_signature_only() -> None:
    store = wasmtime.Store(engine().engine)
    store.set_epoch_deadline(10)
    text = """(module (func (export "f") (param i64)) (func (export "run") (param i32 i32)
      (if (i32.lt_s (local.get 0) (local.get 1)) (then unreachable))))"""
    module = wasmtime.Module(engine().engine, bytes(wasmtime.wat2wasm(text)))
    exports = wasmtime.Instance(store, module, []).exports(store)
    wrong, right = exports["f"], exports["run"]
    assert isinstance(wrong, wasmtime.Func) and isinstance(right, wasmtime.Func)
    with pytest.raises(AssertionError, match="signature"):
        FastRun(store, wrong)
    run_it = FastRun(store, right)
    for _ in range(100):
        assert run_it(1, 1, 10) is None
        assert run_it(0, 1, 10) is wasmtime.TrapCode.UNREACHABLE
