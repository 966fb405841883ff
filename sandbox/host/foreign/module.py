"""Bytes from another compiler → a module that may be run: each rule of docs/strategy-abi.md."""

from __future__ import annotations

from dataclasses import dataclass

import wasmtime

from sandbox.errors import ModuleError
from sandbox.host.foreign.abi import (
    BAR,
    CELL_BYTES,
    DESCRIBE,
    MEMORY,
    ON_BAR,
    POSITION_BYTES,
    VERSION,
    Descriptor,
    Region,
    output_bytes,
)
from sandbox.host.foreign.engine import ForeignEngine
from sandbox.host.foreign.metadata import ForeignMetadata, read_metadata
from sandbox.host.foreign.start import start
from sandbox.host.limits import ForeignLimits
from sandbox.host.module import MakeNative, make_native

_PAGE_BYTES = 65_536
_I32 = wasmtime.ValType.i32()


@dataclass(frozen=True, slots=True)
class ForeignModule:
    """A foreign strategy ready to be started, any number of times.

    initial_state: what the state region holds before the first bar.
    """

    engine: ForeignEngine
    native: wasmtime.Module
    memory_bytes: int
    descriptor: Descriptor
    metadata: ForeignMetadata
    initial_state: bytes

    @property
    def wants_position(self) -> bool:
        return self.descriptor.bar.size > BAR.itemsize


def load_foreign(
    engine: ForeignEngine, wasm: bytes, native_of: MakeNative = make_native
) -> ForeignModule:
    """Raises ModuleError, whose reason begins with the name of the first rule that is broken."""
    limits = engine.foreign_limits
    if len(wasm) > limits.module_bytes_max:
        raise ModuleError(f"rule size: it has more than {limits.module_bytes_max:,} bytes")
    try:
        native = native_of(engine, wasm)
    except wasmtime.WasmtimeError as error:
        reason = str(error).strip().splitlines()[-1].strip()
        raise ModuleError(f"rule features: wasmtime refuses it: {reason}") from None
    if native.imports:
        first = native.imports[0]
        raise ModuleError(f"rule imports: it imports {first.module}.{first.name}; none is allowed")
    memory_bytes = _check_exports(native, limits)
    started = start(engine, native)
    descriptor = started.descriptor
    if descriptor.version != VERSION:
        raise ModuleError(f"rule version: it has ABI version {descriptor.version}, not {VERSION}")
    _check_regions(descriptor, memory_bytes, limits)
    metadata = read_metadata(_bytes_of(started.memory, descriptor.metadata), limits)
    _check_sizes(descriptor, metadata)
    state = _bytes_of(started.memory, descriptor.state)
    return ForeignModule(engine, native, memory_bytes, descriptor, metadata, state)


def _check_exports(native: wasmtime.Module, limits: ForeignLimits) -> int:
    """The memory's bytes. Further functions and constants are left alone: nobody uses them."""
    exports = {export.name: export.type for export in native.exports}
    memory = exports.get(MEMORY)
    if not isinstance(memory, wasmtime.MemoryType):
        raise ModuleError(f"rule exports: it does not export its memory as {MEMORY!r}")
    _check_function(exports.get(DESCRIBE), DESCRIBE, [], [_I32])
    _check_function(exports.get(ON_BAR), ON_BAR, [_I32, _I32], [])
    for name, kind in exports.items():
        if isinstance(kind, wasmtime.TableType):
            raise ModuleError(f"rule exports: it exports the table {name!r}; keep it inside")
        if isinstance(kind, wasmtime.GlobalType) and kind.mutable:
            raise ModuleError(
                f"rule exports: it exports the mutable global {name!r}; state lives in its region"
            )
    if memory.limits.min != memory.limits.max:
        raise ModuleError("rule memory: it is not fixed: give the same minimum and maximum")
    size = memory.limits.min * _PAGE_BYTES
    if not size:
        raise ModuleError("rule memory: it is empty")
    if size > limits.memory_bytes_max:
        raise ModuleError(
            f"rule memory: it has {size:,} bytes; at most {limits.memory_bytes_max:,} are allowed"
        )
    return size


def _check_function(
    kind: object, name: str, params: list[wasmtime.ValType], results: list[wasmtime.ValType]
) -> None:
    if (
        not isinstance(kind, wasmtime.FuncType)
        or list(kind.params) != params
        or list(kind.results) != results
    ):
        taken = ", ".join("i32" for _ in params)
        given = "i32" if results else "nothing"
        raise ModuleError(f"rule exports: it has no function {name}({taken}) that returns {given}")


def _check_regions(descriptor: Descriptor, memory_bytes: int, limits: ForeignLimits) -> None:
    """Whatever the descriptor says, the host reads and writes inside of the memory only."""
    regions = descriptor.regions()
    for name, region in regions.items():
        if region.end > memory_bytes:
            raise ModuleError(
                f"rule regions: {name} ends at {region.end:,}, the memory at {memory_bytes:,}"
            )
        if name != "metadata" and region.address % CELL_BYTES:
            raise ModuleError(f"rule regions: {name} is not aligned to {CELL_BYTES} bytes")
    end, before = 0, ""
    for name, region in sorted(regions.items(), key=lambda item: item[1].address):
        if region.size and region.address < end:
            raise ModuleError(f"rule regions: {name} overlaps {before}")
        if region.size:
            end, before = region.end, name
    for name, most in (
        ("state", limits.state_bytes_max),
        ("metadata", limits.metadata_bytes_max),
    ):
        if regions[name].size > most:
            raise ModuleError(f"rule regions: {name} has more than {most:,} bytes")


def _check_sizes(descriptor: Descriptor, metadata: ForeignMetadata) -> None:
    """A record of another size is one that the author's structs describe otherwise than we do."""
    if descriptor.bar.size not in (BAR.itemsize, BAR.itemsize + POSITION_BYTES):
        raise ModuleError(
            f"rule sizes: bar has {descriptor.bar.size} bytes where the ABI has {BAR.itemsize}, "
            f"or {BAR.itemsize + POSITION_BYTES} with the position"
        )
    expected = {
        "output": output_bytes(len(metadata.plots)),
        "params": CELL_BYTES * len(metadata.params),
    }
    for name, size in expected.items():
        found = descriptor.regions()[name].size
        if found != size:
            raise ModuleError(f"rule sizes: {name} has {found} bytes where the ABI has {size}")


def _bytes_of(memory: memoryview, region: Region) -> bytes:
    return bytes(memory[region.address : region.end])
