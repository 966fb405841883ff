"""Hostile modules by our own ABI: refused, or run without harm to the host."""

from __future__ import annotations

import json
import time
from itertools import product
from typing import Any

import numpy as np
import pytest

from sandbox.errors import CallInterruptedError, ModuleError, SandboxError
from sandbox.host.guarded import TIMEOUT_S
from sandbox.host.instance import Instance
from sandbox.host.module import load_module
from tests.sandbox.hostile.modules import (
    FEATURES,
    IMPORTS,
    KINDS,
    MISDEEDS,
    STARTS,
    claiming,
    claims,
    compiled,
    impatient,
    importing,
    other_code,
)
from tests.sandbox.hostile.mutation import mutated_bytes
from tests.sandbox.market import part, random_bars

BARS = 12
MUTATIONS = 500
VALUES: tuple[Any, ...] = (
    *(None, True, -1, 0, 1, 7, 2**31, 2**53, 2**63, 2**64, 10**400, 0.5, 1e308),
    *(float("nan"), float("inf"), "", "x", "1", "\N{SNOWMAN}", "x" * 300_000, [], [[]], [0], [[0]]),
    *({}, {"a": 1}, [None], [[0, 1]], [[2**70, 1]], [[0, 2**70]], [[-1, 1]], [[0, 0]]),
    *([[0, 32_768]] * 2, [{}], [{"offset": 0, "count": 1, "word": 0}] * 2),
)


def run_all(wasm: bytes) -> None:
    """Everything a host does with a module. Raises SandboxError."""
    instance = Instance(load_module(impatient(), wasm), 3)
    first = instance.allocate({})
    fresh = instance.save(first)
    assert len(fresh) == instance.metadata.state_bytes
    second = instance.allocate({})
    assert instance.save(first) == fresh
    bars = random_bars(BARS, seed=1)
    blocks = np.array([first, second] * (BARS // 2), np.int32)
    outputs = instance.evaluate(blocks, bars)
    assert len(outputs) == BARS and outputs.plots.shape == (len(instance.metadata.plots), BARS)
    instance.step(first, (0, 1.0, 2.0, 0.5, 1.5, 10.0))
    instance.restore(first, instance.save(second))
    instance.free(first)


def assert_contained(wasm: bytes) -> bool:
    """Whether it ran to its end; if not, the sandbox says why, in a text that can be stored."""
    start = time.process_time()
    try:
        run_all(wasm)
    except SandboxError as error:
        assert str(error).encode()
        return False
    finally:
        assert time.process_time() - start < TIMEOUT_S
    return True


def test_the_module_that_all_are_made_from_runs() -> None:
    assert assert_contained(compiled().wasm)
    assert assert_contained(claiming(json.dumps(claims()).encode()))
    assert assert_contained(other_code())


@pytest.mark.parametrize("kind", KINDS)
def test_no_import_is_allowed_by_whatever_name(kind: str) -> None:
    for room, name in IMPORTS:
        with pytest.raises(ModuleError, match=r"imports|refuses"):
            load_module(impatient(), importing(room, name, kind))


@pytest.mark.parametrize("name", FEATURES)
def test_what_a_strategy_has_no_use_for_is_refused(name: str) -> None:
    run, memory, more = FEATURES[name]
    with pytest.raises(ModuleError):
        load_module(impatient(), other_code(run, memory, more))


@pytest.mark.parametrize("name", STARTS)
def test_a_bomb_at_the_start_is_refused(name: str) -> None:
    with pytest.raises(ModuleError, match=r"cannot be started|refuses"):
        Instance(load_module(impatient(), other_code(more=STARTS[name])), 1).allocate({})


@pytest.mark.parametrize("name", MISDEEDS)
def test_a_misdeed_of_a_module_is_its_own_end(name: str) -> None:
    wasm = other_code(MISDEEDS[name])
    if assert_contained(wasm):
        return
    with pytest.raises(CallInterruptedError):
        run_all(wasm)


@pytest.mark.parametrize("field", claims())
def test_a_false_claim_is_refused_or_harmless(field: str) -> None:
    honest = claims()
    for value in VALUES:
        assert_contained(claiming(json.dumps(honest | {field: value}).encode()))
    without = {name: value for name, value in honest.items() if name != field}
    assert_contained(claiming(json.dumps(without).encode()))
    twice = json.dumps(honest).encode()[:-1] + f', "{field}": 1}}'.encode()
    assert_contained(claiming(twice))


def _inside(field: str) -> list[dict[str, Any]]:
    """The honest claims with each part of each entry of a list of records replaced."""
    honest = claims()
    found = []
    for name, value in product(honest[field][0], VALUES):
        entry = honest[field][0] | {name: value}
        found.append(honest | {field: [entry, *honest[field][1:]]})
    return found


@pytest.mark.parametrize("field", ["params", "outputs", "initial", "places"])
def test_a_false_entry_is_refused_or_harmless(field: str) -> None:
    for metadata in _inside(field):
        assert_contained(claiming(json.dumps(metadata).encode()))


BOMBS: dict[str, dict[str, Any]] = {
    "floats": {"state_bytes": 262_144, "float_words": [[0, 32_768]] * 200_000},
    "fills": {
        "state_bytes": 262_144,
        "initial": [{"offset": 0, "count": 32_768, "word": 1}] * 60_000,
    },
    "reads": {"reads": ["open"] * 400_000},
    "plots": {
        "plots": [f"p{i}" for i in range(40_000)],
        "outputs": [{"name": f"plot.p{i}", "type": "float"} for i in range(40_000)],
    },
    "params": {
        "params": [{"name": f"p{i}", "type": "float", "default": 1.0} for i in range(40_000)],
        "param_offsets": [8] * 40_000,
    },
    "alerts": {"alerts": ["x"] * 400_000},
    "cost": {"bar_cost": 10**400},
}


@pytest.mark.parametrize("name", BOMBS)
def test_a_claim_that_would_cost_the_host_is_refused(name: str) -> None:
    wasm = claiming(json.dumps(claims() | BOMBS[name]).encode())
    with pytest.raises(ModuleError):
        run_all(wasm)


ODD_METADATA = {
    "nothing": b"",
    "null": b"null",
    "brackets": b"[" * 1_000_000,
    "braces": b'{"a":' * 500_000,
    "UTF-16": json.dumps(claims()).encode("utf-16"),
    "mark": b"\xef\xbb\xbf" + json.dumps(claims()).encode(),
    "surrogate": json.dumps(claims() | {"docstring": "\ud800"}).encode(),
    "bad UTF-8": json.dumps(claims()).encode().replace(b"Test", b"\xff\xfe\xfd\xfc"),
    "twice": json.dumps(claims()).encode() * 2,
    "long number": json.dumps(claims())
    .encode()
    .replace(b'"state_bytes": ', b'"state_bytes": 1' * 9),
    "comment": b"/* */" + json.dumps(claims()).encode(),
    "spaces": b" " * 1_000_000 + json.dumps(claims()).encode(),
    "nulls": bytes(1_000_000),
}


@pytest.mark.parametrize("name", ODD_METADATA)
def test_odd_metadata_are_refused_or_harmless(name: str) -> None:
    assert assert_contained(claiming(ODD_METADATA[name])) == (name == "spaces")


@pytest.mark.parametrize("hundred", range(MUTATIONS // 100))
def test_mutated_modules_are_refused_or_contained(hundred: int) -> None:
    ran = 0
    for seed in range(100 * hundred, 100 * hundred + 100):
        ran += assert_contained(mutated_bytes(compiled().wasm, seed))
        metadata = mutated_bytes(json.dumps(claims()).encode(), seed)
        assert_contained(claiming(metadata))
    assert ran < 60


def test_a_module_cut_short_is_refused() -> None:
    wasm = compiled().wasm
    for end in range(0, len(wasm), 7):
        with pytest.raises(ModuleError):
            load_module(impatient(), wasm[:end])


def test_a_block_beside_one_that_traps_gives_the_same_bits() -> None:
    """A module of mixed fortune: whoever's open is not finite traps."""
    bars = random_bars(40, seed=2)
    wasm = compiled().wasm
    alone, beside = (Instance(load_module(impatient(), wasm), 2) for _ in range(2))
    own = alone.allocate({})
    expected = alone.evaluate(np.full(20, own, np.int32), part(bars, slice(0, 40, 2)))
    blocks = np.array([beside.allocate({}), beside.allocate({"n": 9, "y": -1e308})], np.int32)
    found = beside.evaluate(np.tile(blocks, 20), bars)
    assert found.score[::2].tobytes() == expected.score.tobytes()
    assert found.plots[:, ::2].tobytes() == expected.plots.tobytes()
