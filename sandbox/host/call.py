"""The fast way into a module: two or three i32, no result, and no checks.

A standard call from Python takes 8 to 90 µs, since it rebuilds the function's type each
time; this one takes under a microsecond. `wasmtime_func_call_unchecked` believes whatever
it is given, so the signature is checked once, here, when the call is made ready, and
nothing else in the project may use it.

Both functions of the C API are called by address with plain integers: ctypes takes twice
as long to check typed pointers, which never change here.
"""

from __future__ import annotations

import ctypes

import wasmtime
from wasmtime import _bindings as bindings

from sandbox.host.engine import Epochs

_I32 = wasmtime.ValType.i32()
_ADDRESS = ctypes.c_void_p

# wasmtime_error_t *wasmtime_func_call_unchecked(context, func, args, args_len, trap **)
_CALL = ctypes.CFUNCTYPE(_ADDRESS, _ADDRESS, _ADDRESS, _ADDRESS, ctypes.c_size_t, _ADDRESS)(
    ctypes.cast(bindings._wasmtime_func_call_unchecked, _ADDRESS).value or 0
)
# void wasmtime_context_set_epoch_deadline(context, ticks); so short that it keeps the GIL
_SET_DEADLINE = ctypes.PYFUNCTYPE(None, _ADDRESS, ctypes.c_uint64)(
    ctypes.cast(bindings._wasmtime_context_set_epoch_deadline, _ADDRESS).value or 0
)


class FastRun:
    """Calls one function of one instance. Not for several threads at a time.

    The deadline is set when an epoch has begun since the last call, or the call may last
    longer, and not at each, which would be a tenth of a call.
    """

    def __init__(self, store: wasmtime.Store, function: wasmtime.Func, epochs: Epochs) -> None:
        kind = function.type(store)
        self._count = len(kind.params)
        assert list(kind.params) == [_I32] * self._count and list(kind.results) == []
        assert self._count in (2, 3)
        self._keep = (store, function)  # what the addresses below point into
        self._context = ctypes.cast(store._context(), _ADDRESS).value
        self._function = ctypes.addressof(function._func)
        self._arguments = (bindings.wasmtime_val_raw_t * 3)()
        self._arguments_at = ctypes.addressof(self._arguments)
        self._first, self._second, self._third = self._arguments
        self._trap = ctypes.POINTER(bindings.wasm_trap_t)()
        self._trap_at = ctypes.addressof(self._trap)
        self._epochs = epochs
        self._epochs_max = 0
        self._set_at = -1

    def __call__(
        self, first: int, second: int, third: int, epochs_max: int
    ) -> wasmtime.Trap | None:
        """Calls with the first two or three arguments; the trap, or None.

        Raises wasmtime.WasmtimeError when the call itself could not be made.
        """
        self._first.i32 = first
        self._second.i32 = second
        self._third.i32 = third
        turned = self._epochs.turned
        if turned != self._set_at or epochs_max > self._epochs_max:
            _SET_DEADLINE(self._context, epochs_max)
            self._set_at, self._epochs_max = turned, epochs_max
        error = _CALL(self._context, self._function, self._arguments_at, self._count, self._trap_at)
        if error:
            pointer = ctypes.cast(error, ctypes.POINTER(bindings.wasmtime_error_t))
            raise wasmtime.WasmtimeError._from_ptr(pointer)
        if not self._trap:
            return None
        trap = wasmtime.Trap._from_ptr(self._trap)
        # the trap object owns the old pointer now, so the place gets a new, empty one
        self._trap = ctypes.POINTER(bindings.wasm_trap_t)()
        self._trap_at = ctypes.addressof(self._trap)
        return trap
