"""Each version runs in the instance that it was made for, and is made ready beside the loop."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import weakref
from pathlib import Path

import msgspec
import numpy as np
import psutil
import pytest

from processors.evaluation.core import EvaluationFold
from processors.evaluation.directory import Directory
from processors.evaluation.instances import Instances
from processors.evaluation.roster import Roster
from processors.evaluation.run import Run
from sandbox.errors import ModuleError
from sandbox.host.foreign.check import LANGUAGE_VERSION
from schemas.events.signals import FIRST_IN_CHAIN
from schemas.events.strategies import StrategyCompiled
from streams.activations import Activation
from streams.snapshots import Snapshot
from tests.processors.evaluation.deployed import EXAMPLES, deployment_of, version_of
from tests.sandbox.foreign.modules import FOREIGN, built
from tests.sandbox.market import daily_bars

WIDE = '''"""Keeps 40 kB a series; version {}."""


def on_bar(bar):
    closes = window(5000)
    closes[4999] = bar.close
    score(closes[4999])
'''


@pytest.fixture(scope="module")
def ours() -> StrategyCompiled:
    return version_of("ema_cross_rsi", (EXAMPLES / "ema_cross_rsi.py").read_text("utf-8"))


@pytest.fixture(scope="module")
def in_c(ours: StrategyCompiled) -> StrategyCompiled:
    """The same strategy from another compiler."""
    wasm = built(FOREIGN / "ema_cross_rsi.c")
    changes = {"wasm": wasm, "wasm_sha256": hashlib.sha256(wasm).hexdigest()}
    return ours.model_copy(update=changes | {"language_version": LANGUAGE_VERSION})


async def said(instances: Instances, version: StrategyCompiled) -> list[bytes]:
    instance, bars = await instances.of(version), daily_bars("AAPL")
    block = instance.allocate({"fast_length": 9.0})
    outputs = instance.evaluate(np.full(len(bars), block, np.int32), bars)
    assert outputs.signal.any()
    return [
        part.tobytes() for part in (outputs.signal, outputs.size, outputs.plots, outputs.alerts)
    ]


async def test_a_foreign_version_says_what_the_same_in_our_language_says(
    ours: StrategyCompiled, in_c: StrategyCompiled, tmp_path: Path
) -> None:
    instances = Instances(tmp_path / "modules")
    assert await said(instances, ours) == await said(instances, in_c)
    for version in (ours, in_c):
        assert await instances.of(version) is await instances.of(version)


async def test_a_version_that_names_another_module_does_not_run_as_that(
    ours: StrategyCompiled, in_c: StrategyCompiled, tmp_path: Path
) -> None:
    instances = Instances(tmp_path / "modules")
    kept = await instances.of(ours)
    with pytest.raises(ModuleError, match="another SHA-256"):
        await instances.of(in_c.model_copy(update={"wasm_sha256": ours.wasm_sha256}))
    assert await instances.of(ours) is kept


async def test_a_version_that_is_not_what_it_says_is_refused(
    ours: StrategyCompiled, in_c: StrategyCompiled, tmp_path: Path
) -> None:
    instances = Instances(tmp_path / "modules")
    with pytest.raises(ModuleError, match="rule exports"):
        await instances.of(ours.model_copy(update={"language_version": LANGUAGE_VERSION}))
    with pytest.raises(ModuleError, match="no custom section"):
        await instances.of(in_c.model_copy(update={"language_version": "2"}))


async def test_the_loop_goes_on_while_a_module_is_made_ready_once(
    ours: StrategyCompiled, tmp_path: Path
) -> None:
    instances = Instances(tmp_path / "modules")
    asked = [asyncio.create_task(instances.of(ours)) for _ in range(3)]
    turns = 0
    while not all(task.done() for task in asked):
        turns += 1
        await asyncio.sleep(0)
    assert turns > 50
    first, *others = [task.result() for task in asked]
    assert all(other is first for other in others)


async def test_native_code_of_either_kind_is_kept_for_the_next_start(
    ours: StrategyCompiled, in_c: StrategyCompiled, tmp_path: Path
) -> None:
    folder = tmp_path / "cache" / "modules"
    first = [await said(Instances(folder), version) for version in (ours, in_c)]
    kept = {path: path.stat().st_mtime_ns for path in folder.iterdir()}
    assert len(kept) == 2
    assert folder.stat().st_mode & 0o777 == 0o700
    assert [await said(Instances(folder), version) for version in (ours, in_c)] == first
    assert {path: path.stat().st_mtime_ns for path in folder.iterdir()} == kept


def resident_bytes() -> int:
    return int(psutil.Process().memory_info().rss)


def fold_of(run: Run, series: int) -> EvaluationFold:
    """A fold with that run, which has seen so many series, and has ended."""
    snapshot = Snapshot()
    fold = EvaluationFold(0, 1, Roster(Directory().deployment), snapshot)
    state = msgspec.msgpack.encode((1, FIRST_IN_CHAIN, [], bytes(run.version.state_bytes)))
    for number in range(series):
        run.restore(f"feed/S{number}/1d", state)
    fold.attach(run)
    fold.apply({run.name: Activation(run.name, run.deployment.strategy_id, 0, 1)})
    return fold


async def test_the_memory_of_a_version_goes_back_with_the_last_of_its_runs(tmp_path: Path) -> None:
    instances, before = Instances(tmp_path / "modules"), resident_bytes()
    for number in range(3):  # so that what would stay adds up
        version = version_of("wide", WIDE.format(number))
        instance = await instances.of(version)
        folds = [
            fold_of(Run(deployment_of(name, "wide", {}), version, instance), 2_000)
            for name in ("first", "second")
        ]
        held = weakref.ref(instance)
        assert resident_bytes() - before > 150_000_000
        folds[0].drop_ended(0)
        assert len(folds[0].runs) == 1
        folds[0].drop_ended(1)
        assert await instances.of(version) is instance
        folds[1].close()
        del instance
        await asyncio.sleep(0)  # the loop itself holds what it gave last
        assert held() is None
        assert resident_bytes() - before < 50_000_000


@pytest.mark.parametrize("trouble", ["open to others", "a file"])
async def test_without_a_folder_of_its_own_a_worker_says_so_and_goes_on(
    trouble: str, ours: StrategyCompiled, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder = tmp_path / "modules"
    if trouble == "a file":
        folder.touch()
    else:
        folder.mkdir()
        folder.chmod(0o777)
    with caplog.at_level(logging.WARNING):
        instances = Instances(folder)
    assert str(folder) in caplog.text
    assert await said(instances, ours)
    assert folder.is_file() or not list(folder.iterdir())
