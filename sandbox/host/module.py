"""Bytes → a module that may be run: validated, compiled to native code, metadata read."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import wasmtime

from sandbox.abi import INPUTS, MEMORY_PAGES
from sandbox.columns import FLOAT_COLUMNS, INT_COLUMNS
from sandbox.errors import ModuleError
from sandbox.fills import FILL_FIELDS
from sandbox.host.engine import SandboxEngine
from sandbox.host.limits import HostLimits
from sandbox.metadata import Metadata, Place, metadata_of

_CALL = "call"

MakeNative = Callable[[SandboxEngine, bytes], wasmtime.Module]
"""A module's bytes to native code for that engine; raises wasmtime.WasmtimeError."""


@dataclass(frozen=True, slots=True)
class StrategyModule:
    """A strategy ready to be instantiated, any number of times. places: by their offset."""

    engine: SandboxEngine
    native: wasmtime.Module
    metadata: Metadata
    places: Mapping[int, Place]

    @property
    def may_trap(self) -> bool:
        """Whether a bar can come to an end that leaves its block half done."""
        return any(place.reason != _CALL for place in self.places.values())

    def explain(self, offsets: Iterable[int]) -> tuple[str, int | None]:
        """The reason and line of a trap, from the offsets of its frames, innermost first."""
        places = [self.places[offset] for offset in offsets if offset in self.places]
        reason = next((place.reason for place in places if place.reason != _CALL), "unknown")
        return reason, next((place.line for place in places if place.line), None)


def make_native(engine: SandboxEngine, wasm: bytes) -> wasmtime.Module:
    """Made anew, in milliseconds to most of a second; other Python threads go on meanwhile."""
    return wasmtime.Module(engine.engine, wasm)


def load_module(
    engine: SandboxEngine,
    wasm: bytes,
    native_of: MakeNative = make_native,
    inputs: tuple[str, ...] = INPUTS,
) -> StrategyModule:
    """Raises ModuleError when the bytes are not a strategy module by our ABI, which takes those
    inputs."""
    limits = engine.limits
    if len(wasm) > limits.module_bytes_max:
        raise ModuleError(f"it has more than {limits.module_bytes_max:,} bytes")
    metadata = metadata_of(wasm)
    try:
        native = native_of(engine, wasm)
    except wasmtime.WasmtimeError as error:
        reason = str(error).splitlines()[0]
        raise ModuleError(f"wasmtime refuses it: {reason}") from None
    if native.imports:
        first = native.imports[0]
        raise ModuleError(f"it imports {first.module}.{first.name}; a strategy imports nothing")
    _check_exports(native)
    if metadata.inputs != inputs:
        raise ModuleError("its inputs are not those that it would be given")
    _check_metadata(metadata, engine.limits)
    return StrategyModule(
        engine, native, metadata, {place.offset: place for place in metadata.places}
    )


def _check_exports(native: wasmtime.Module) -> None:
    exports = {export.name: export.type for export in native.exports}
    if sorted(exports) != ["memory", "run"]:
        raise ModuleError("it must export memory and run, and nothing else")
    memory, run = exports["memory"], exports["run"]
    if not isinstance(memory, wasmtime.MemoryType) or memory.is_64:
        raise ModuleError("its export memory is no 32-bit memory")
    if memory.limits.min != memory.limits.max or memory.limits.min != MEMORY_PAGES:
        raise ModuleError(f"its memory is not fixed at {MEMORY_PAGES:,} pages")
    i32 = wasmtime.ValType.i32()
    if (
        not isinstance(run, wasmtime.FuncType)
        or list(run.params) != [i32] * 3
        or list(run.results) != []
    ):
        raise ModuleError("its export run is not a function (i32, i32, i32) without result")


def _check_runs(runs: list[tuple[int, int]], state_bytes: int) -> None:
    """(offset, words) each: none twice, so that all together are no more work than the state."""
    end = 0
    for offset, count in sorted(runs):
        if offset < end or offset % 8 or count < 1 or offset + 8 * count > state_bytes:
            raise ModuleError(
                "its params, initial values or floats overlap, or lie outside of its state"
            )
        end = offset + 8 * count


def _given(metadata: Metadata) -> list[tuple[int, int]]:
    """What the host writes into a fresh block: params, and how orders fill."""
    fills = [] if metadata.fills_offset is None else [(metadata.fills_offset, len(metadata.fills))]
    return [*((offset, 1) for offset in metadata.param_offsets), *fills]


def _check_metadata(metadata: Metadata, limits: HostLimits) -> None:
    """What the host writes and reads lies where it should, whatever the metadata say."""
    most = limits.state_bytes_max
    if metadata.state_bytes % 8 or metadata.state_bytes > most:
        raise ModuleError(f"its state is not whole words, or more than {most:,} bytes")
    if len(metadata.param_offsets) != len(metadata.params):
        raise ModuleError("its params have no places")
    for runs in (
        _given(metadata),
        [(fill.offset, fill.count) for fill in metadata.initial],
        [(8 * first, count) for first, count in metadata.float_words],
    ):
        _check_runs(runs, metadata.state_bytes)
    if not set(metadata.fills) <= set(FILL_FIELDS):
        raise ModuleError("it wants to know what an account does not have")
    reads = (*metadata.reads, *metadata.limited_reads)
    if not set(reads) <= set(metadata.inputs[1:]) or len(reads) > len(metadata.inputs):
        raise ModuleError("it reads what a bar does not have")
    if len(metadata.plots) > limits.plots_max or len(metadata.alerts) > limits.alerts_max:
        raise ModuleError(f"it has over {limits.plots_max} plots or {limits.alerts_max} alerts")
    names = [output.name for output in metadata.outputs]
    kinds = dict.fromkeys(FLOAT_COLUMNS, "float") | dict.fromkeys(INT_COLUMNS, "int")
    plots = [f"plot.{name}" for name in metadata.plots]
    if (
        len(set(names)) != len(names)
        or names[len(names) - len(plots) :] != plots
        or any(kinds.get(output.name, "float") != output.type for output in metadata.outputs)
        or not set(names) <= {*kinds, *plots}
    ):
        raise ModuleError("its outputs are not those of a strategy")
