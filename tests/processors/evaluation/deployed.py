"""The example strategies, compiled once and deployed with short lengths, so that they say much."""

from __future__ import annotations

import hashlib
from pathlib import Path

from processors.evaluation.core import EvaluationFold
from processors.evaluation.directory import Directory
from processors.evaluation.roster import Roster
from processors.evaluation.run import Run
from sandbox.compiler.driver import compile_source
from sandbox.host.engine import SandboxEngine
from sandbox.host.instance import Instance
from sandbox.host.module import StrategyModule, load_module
from schemas.events.fills import FillTerms
from schemas.events.strategies import (
    TRAPS_MAX,
    Params,
    SeriesFilter,
    StrategyCompiled,
    StrategyDeployed,
)
from streams.activations import Activation
from streams.snapshots import Snapshot

EXAMPLES = Path(__file__).parents[3] / "docs" / "strategies"
QUICK: dict[str, Params] = {
    "bollinger_reversion": {"length": 5, "width": 0.8},
    "donchian_breakout": {"length": 3, "atr_length": 2},
    "ema_cross_rsi": {"fast_length": 2, "slow_length": 3, "rsi_length": 2},
}

FRAGILE = (
    '"""Divides by zero every third day."""\n'
    "def on_bar(bar):\n"
    "    share = 6 // (bar.time // 86400000000 % 3)\n"
    "    if share > 3:\n"
    "        enter_long()\n"
    "    else:\n"
    "        exit()\n"
)
TRAP_LINE = 3


def version_of(strategy_id: str, source: str) -> StrategyCompiled:
    """The event of the source's first version."""
    compiled = compile_source(source)
    return StrategyCompiled(
        strategy_id=strategy_id,
        edit_id="edit-1",
        version=1,
        name=strategy_id,
        author="test",
        source=source,
        source_sha256=compiled.metadata.source_sha256,
        wasm=compiled.wasm,
        wasm_sha256=hashlib.sha256(compiled.wasm).hexdigest(),
        language_version=compiled.metadata.language_version,
        library_version=compiled.metadata.library_version,
        params=compiled.metadata.params,
        plots=compiled.metadata.plots,
        alerts=compiled.metadata.alerts,
        state_bytes=compiled.metadata.state_bytes,
        source_offset=0,
        seq=0,
    )


def deployment_of(
    deployment_id: str,
    strategy_id: str,
    params: Params,
    series: SeriesFilter | None = None,
    traps_max: int = TRAPS_MAX,
    rules: FillTerms | None = None,
) -> StrategyDeployed:
    """The strategy's first version, deployed with these params."""
    return StrategyDeployed(
        deployment_id=deployment_id,
        strategy_id=strategy_id,
        version=1,
        params=params,
        series=series or SeriesFilter(),
        author="test",
        traps_max=traps_max,
        rules=rules,
    )


class Deployed:
    """What an evaluation worker knows: versions, deployments, and instances to run them in."""

    def __init__(self, engine: SandboxEngine) -> None:
        self.directory = Directory()
        self._engine = engine
        self._modules: dict[str, StrategyModule] = {}
        for strategy_id in QUICK:
            source = (EXAMPLES / f"{strategy_id}.py").read_text(encoding="utf-8")
            self.add_version(version_of(strategy_id, source))
        self.add_version(version_of("fragile", FRAGILE))

    def add_version(self, version: StrategyCompiled) -> None:
        self.directory.apply(version)
        self._modules[version.strategy_id] = load_module(self._engine, version.wasm)

    def run(self, deployment_id: str, blocks_max: int = 100) -> Run:
        """A fresh run of a deployment, in an instance of its own."""
        deployment = next(d for d in self.directory.wanted() if d.deployment_id == deployment_id)
        version = self.directory.version_of(deployment)
        assert version is not None
        instance = Instance(self._modules[deployment.strategy_id], blocks_max)
        return Run(deployment, version, instance)

    def fold(self, snapshot: Snapshot) -> EvaluationFold:
        """A fold of partition 0 of 1 without runs."""
        return EvaluationFold(0, 1, Roster(self.directory.deployment), snapshot)

    def running(self, *activations: Activation) -> EvaluationFold:
        """A fold whose runs are there from the very first bar."""
        fold = self.fold(Snapshot())
        for activation in activations:
            fold.attach(self.run(activation.deployment_id))
        fold.apply({activation.deployment_id: activation for activation in activations})
        return fold
