"""Binds the indicators fold to the log, with the panel compiled at start."""

from __future__ import annotations

import hashlib
from importlib.resources import files

from processors.indicators.core import IndicatorsFold
from sandbox.compiler.driver import compile_source
from sandbox.host.cache import cached_native
from sandbox.host.engine import SandboxEngine
from sandbox.host.instance import Instance
from sandbox.host.module import load_module
from streams.catalog import BARS, INDICATORS_SNAPSHOTS
from streams.compute import ComputeAgent
from streams.settings import Settings
from streams.snapshots import Snapshot

SERIES_MAX = 1_000_000


def panel_source() -> str:
    """The panel, in the strategy language."""
    return files("processors.indicators").joinpath("panel.py").read_text(encoding="utf-8")


def make_agent(settings: Settings) -> ComputeAgent:
    """The agent that computes the panel."""
    compiled = compile_source(panel_source())
    native_of = cached_native(settings.module_cache_dir)
    module = load_module(SandboxEngine(), compiled.wasm, native_of)

    async def make_fold(partition: int, snapshot: Snapshot) -> IndicatorsFold:
        panel = Instance(module, SERIES_MAX)
        return IndicatorsFold(partition, settings.kafka.partitions, panel, snapshot)

    version = f"indicators/{hashlib.sha256(compiled.wasm).hexdigest()}"
    return ComputeAgent(settings, BARS, INDICATORS_SNAPSHOTS, make_fold, version)
