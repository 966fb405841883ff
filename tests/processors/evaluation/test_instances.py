"""Each version runs in the instance that it was made for, and is made ready beside the loop."""

from __future__ import annotations

import asyncio
import hashlib
import logging
from pathlib import Path

import numpy as np
import pytest

from processors.evaluation.instances import Instances
from sandbox.errors import ModuleError
from sandbox.host.foreign.check import LANGUAGE_VERSION
from schemas.events.strategies import StrategyCompiled
from tests.processors.evaluation.deployed import EXAMPLES, version_of
from tests.sandbox.foreign.modules import FOREIGN, built
from tests.sandbox.market import daily_bars


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
