"""Binds the compilation fold to the log and to a compiler that can be killed."""

from __future__ import annotations

from processors.compilation.core import CompilationFold, answers_of
from sandbox.compiler.driver import Compiled
from sandbox.host.cache import module_cache
from sandbox.host.foreign.check import Examined
from sandbox.host.guarded import GuardedCompiler
from schemas.events.strategies import StrategyEdited
from streams.catalog import COMPILATION_SNAPSHOTS, EDITS, VERSIONS
from streams.compute import ComputeAgent
from streams.reader import read_partition
from streams.settings import Settings
from streams.snapshots import Snapshot


class CompilationAgent(ComputeAgent):
    """A compute agent with compiler processes of its own."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(
            settings, EDITS, COMPILATION_SNAPSHOTS, self._make_compilation, "compilation/1"
        )
        self._settings = settings
        self._compiler = GuardedCompiler(cache=module_cache(settings.module_cache_dir))

    async def start(self) -> None:
        await super().start()
        await self._compiler.start()

    async def stop(self) -> None:
        await self._compiler.close()
        await super().stop()

    async def _make(self, edit: StrategyEdited) -> Compiled | Examined:
        if edit.wasm is None:
            return await self._compiler.compile(edit.source)
        return await self._compiler.examine(edit.wasm)

    async def _make_compilation(self, partition: int, snapshot: Snapshot) -> CompilationFold:
        partitions = self._settings.kafka.partitions
        answered = await read_partition(self._settings, VERSIONS.name, partition)
        return CompilationFold(
            partition,
            partitions,
            self._make,
            snapshot,
            answers_of(answered, partitions),
        )


def make_agent(settings: Settings) -> CompilationAgent:
    """The agent that compiles edits."""
    return CompilationAgent(settings)
