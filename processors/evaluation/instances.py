"""The instances that a worker's versions run in."""

from __future__ import annotations

import asyncio
import hashlib
from functools import cached_property
from pathlib import Path
from weakref import WeakValueDictionary

from sandbox.errors import ModuleError
from sandbox.host.cache import cached_native
from sandbox.host.engine import SandboxEngine
from sandbox.host.foreign.check import LANGUAGE_VERSION
from sandbox.host.foreign.engine import ForeignEngine
from sandbox.host.foreign.instance import ForeignInstance
from sandbox.host.foreign.module import load_foreign
from sandbox.host.instance import Instance
from sandbox.host.module import load_module, make_native
from schemas.events.strategies import StrategyCompiled

BLOCKS_MAX = 1_000_000
CHUNK_BARS = 256  # × 8 ms, if each uses up its budget: 2 s for a call, which may take over 10

AnyInstance = Instance | ForeignInstance


class Instances:
    """One a version and worker, for as long as a run has it: state blocks are what differs.

    cache_dir: where native code is kept from one start to the next; None where it is not.
    """

    def __init__(self, cache_dir: Path | None) -> None:
        self._native_of = make_native if cache_dir is None else cached_native(cache_dir)
        self._engine = SandboxEngine()
        # Its runs keep an instance alive, so that its memory goes back with the last of them.
        self._started: WeakValueDictionary[str, AnyInstance] = WeakValueDictionary()
        self._starting = asyncio.Lock()

    async def of(self, version: StrategyCompiled) -> AnyInstance:
        """The version's instance; a new one is made beside the event loop, since that can take
        most of a second. Raises ModuleError, also where the version's hash is not its module's:
        receipts name the module by it, and versions of one hash share an instance."""
        if hashlib.sha256(version.wasm).hexdigest() != version.wasm_sha256:
            raise ModuleError("its bytes have another SHA-256 than its version says")
        async with self._starting:
            instance = self._started.get(version.wasm_sha256)
            if instance is None:
                instance = await asyncio.to_thread(self._start, version)
                self._started[version.wasm_sha256] = instance
            return instance

    def _start(self, version: StrategyCompiled) -> AnyInstance:
        instance = self._instance(version)
        instance.free(instance.allocate({}))  # the first has its account made
        return instance

    def _instance(self, version: StrategyCompiled) -> AnyInstance:
        if version.language_version == LANGUAGE_VERSION:
            foreign = load_foreign(self._foreign_engine, version.wasm, self._native_of)
            return ForeignInstance(foreign, BLOCKS_MAX)
        module = load_module(self._engine, version.wasm, self._native_of)
        return Instance(module, BLOCKS_MAX, CHUNK_BARS)

    @cached_property
    def _foreign_engine(self) -> ForeignEngine:
        return ForeignEngine()
