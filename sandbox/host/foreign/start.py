"""A foreign module → one wasm instance that is ready for its first bar."""

from __future__ import annotations

import ctypes
from dataclasses import dataclass

import wasmtime

from sandbox.errors import ModuleError
from sandbox.host.foreign.abi import DESCRIBE, DESCRIPTOR_BYTES, MEMORY, ON_BAR, Descriptor
from sandbox.host.foreign.engine import ForeignEngine


@dataclass(frozen=True, slots=True)
class Started:
    """memory: a view of all of it, valid as long as the store lives."""

    store: wasmtime.Store
    memory: memoryview
    on_bar: wasmtime.Func
    descriptor: Descriptor


def start(engine: ForeignEngine, native: wasmtime.Module) -> Started:
    """Runs the start function and peripheral_describe, which must have passed the checks of
    their types. Raises ModuleError when they trap or point outside of the memory."""
    limits = engine.foreign_limits
    store = wasmtime.Store(engine.engine)
    store.set_limits(
        memory_size=limits.memory_bytes_max,
        table_elements=limits.table_elements_max,
        instances=1,
        tables=1,
        memories=1,
    )
    store.set_fuel(limits.start_fuel)
    store.set_epoch_deadline(engine.limits.call_epochs_max)
    try:
        exports = wasmtime.Instance(store, native, []).exports(store)
        describe, on_bar, memory = exports[DESCRIBE], exports[ON_BAR], exports[MEMORY]
        assert isinstance(describe, wasmtime.Func) and isinstance(on_bar, wasmtime.Func)
        assert isinstance(memory, wasmtime.Memory)
        at = describe(store) & 0xFFFF_FFFF
    except (wasmtime.WasmtimeError, wasmtime.Trap) as error:
        last = str(error).strip().splitlines()[-1].strip()
        raise ModuleError(f"rule start: it cannot be started: {last}") from None
    view = _view(memory, store)
    if at + DESCRIPTOR_BYTES > len(view):
        raise ModuleError(f"rule descriptor: {DESCRIBE} returns {at}, which is outside of memory")
    return Started(store, view, on_bar, Descriptor.of(bytes(view[at : at + DESCRIPTOR_BYTES])))


def _view(memory: wasmtime.Memory, store: wasmtime.Store) -> memoryview:
    address = ctypes.cast(memory.data_ptr(store), ctypes.c_void_p).value
    assert address is not None
    raw = (ctypes.c_ubyte * memory.data_len(store)).from_address(address)
    return memoryview(raw).cast("B")
