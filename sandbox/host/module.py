"""Bytes → a module that may be run: validated, compiled to native code, metadata read."""

from __future__ import annotations

from dataclasses import dataclass

import wasmtime

from sandbox.errors import ModuleError
from sandbox.host.engine import SandboxEngine
from sandbox.metadata import Layout, Metadata, metadata_of

_PAGE_BYTES = 65_536


@dataclass(frozen=True, slots=True)
class StrategyModule:
    """A strategy ready to be instantiated, any number of times."""

    engine: SandboxEngine
    native: wasmtime.Module
    metadata: Metadata


def load_module(engine: SandboxEngine, wasm: bytes) -> StrategyModule:
    """Raises ModuleError when the bytes are not a strategy module by our ABI."""
    limits = engine.limits
    if len(wasm) > limits.module_bytes_max:
        raise ModuleError(f"it has more than {limits.module_bytes_max:,} bytes")
    metadata = metadata_of(wasm)
    try:
        native = wasmtime.Module(engine.engine, wasm)
    except wasmtime.WasmtimeError as error:
        reason = str(error).splitlines()[0]
        raise ModuleError(f"wasmtime refuses it: {reason}") from None
    if native.imports:
        first = native.imports[0]
        raise ModuleError(f"it imports {first.module}.{first.name}; a strategy imports nothing")
    _check_exports(native, metadata.layout.memory_bytes, limits.memory_bytes_max)
    _check_layout(metadata)
    return StrategyModule(engine, native, metadata)


def _check_exports(native: wasmtime.Module, memory_bytes: int, memory_bytes_max: int) -> None:
    exports = {export.name: export.type for export in native.exports}
    if sorted(exports) != ["memory", "run"]:
        raise ModuleError("it must export memory and run, and nothing else")
    memory, run = exports["memory"], exports["run"]
    if not isinstance(memory, wasmtime.MemoryType) or memory.is_64:
        raise ModuleError("its export memory is no 32-bit memory")
    if memory.limits.min != memory.limits.max:
        raise ModuleError("its memory is not fixed: minimum and maximum differ")
    size = memory.limits.min * _PAGE_BYTES
    if size != memory_bytes or size > memory_bytes_max:
        raise ModuleError(f"its memory has {size:,} bytes; stated are {memory_bytes:,}")
    i32 = wasmtime.ValType.i32()
    if (
        not isinstance(run, wasmtime.FuncType)
        or list(run.params) != [i32, i32]
        or list(run.results) != []
    ):
        raise ModuleError("its export run is not a function (i32, i32) without result")


def _check_layout(metadata: Metadata) -> None:
    """Every place that the host writes to or reads from lies within the memory, apart from
    the others, so that numpy views are safe whatever the metadata say."""
    layout = metadata.layout
    chunk = layout.chunk_bars
    regions = [(layout.progress, 4), (layout.undo_bytes, 4), (layout.undo, layout.undo_bytes_max)]
    regions += [(layout.block, 4 * chunk), (layout.signal, chunk)]
    regions += [(getattr(layout, name), 8 * chunk) for name in _columns()]
    regions += [(layout.plots, 8 * chunk * len(metadata.plots))]
    regions += [(layout.blocks_start, layout.stride * layout.blocks_max)]
    end = 0
    for start, size in sorted(region for region in regions if region[1]):
        if start < end:
            raise ModuleError("its layout has parts that overlap")
        end = start + size
    if end > layout.memory_bytes:
        raise ModuleError("its layout goes beyond its memory")
    aligned = [getattr(layout, name) for name in (*_columns(), "plots", "blocks_start", "stride")]
    if any(place % 8 for place in (*aligned, layout.undo)) or any(
        place % 4 for place in (layout.block, layout.progress, layout.undo_bytes)
    ):
        raise ModuleError("its layout is not aligned")
    if metadata.state_bytes > layout.stride or metadata.state_bytes % 8:
        raise ModuleError("its state does not fit its blocks")
    if len(metadata.param_offsets) != len(metadata.params):
        raise ModuleError("its params have no places")
    inside = [(offset, 1) for offset in metadata.param_offsets]
    inside += [(fill.offset, fill.count) for fill in metadata.initial]
    if any(offset % 8 or offset + 8 * n > metadata.state_bytes for offset, n in inside):
        raise ModuleError("its params or initial values lie outside of its state")


def _columns() -> tuple[str, ...]:
    columns = ("ts", "open", "high", "low", "close", "volume", "size", "score")
    assert set(columns) <= set(Layout.model_fields)
    return columns
