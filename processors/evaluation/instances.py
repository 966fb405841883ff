"""The instances that a worker's versions run in."""

from __future__ import annotations

from functools import cached_property

from sandbox.host.engine import SandboxEngine
from sandbox.host.foreign.check import LANGUAGE_VERSION
from sandbox.host.foreign.engine import ForeignEngine
from sandbox.host.foreign.instance import ForeignInstance
from sandbox.host.foreign.module import load_foreign
from sandbox.host.instance import Instance
from sandbox.host.module import load_module
from schemas.events.strategies import StrategyCompiled

BLOCKS_MAX = 1_000_000

AnyInstance = Instance | ForeignInstance


class Instances:
    """One a version and worker: state blocks are what differs."""

    def __init__(self) -> None:
        self._engine = SandboxEngine()
        self._started: dict[str, AnyInstance] = {}

    def of(self, version: StrategyCompiled) -> AnyInstance:
        """The version's instance. Raises ModuleError."""
        instance = self._started.get(version.wasm_sha256)
        if instance is None:
            instance = self._started[version.wasm_sha256] = self._start(version)
        return instance

    def _start(self, version: StrategyCompiled) -> AnyInstance:
        if version.language_version == LANGUAGE_VERSION:
            return ForeignInstance(load_foreign(self._foreign_engine, version.wasm), BLOCKS_MAX)
        return Instance(load_module(self._engine, version.wasm), BLOCKS_MAX)

    @cached_property
    def _foreign_engine(self) -> ForeignEngine:
        return ForeignEngine()
