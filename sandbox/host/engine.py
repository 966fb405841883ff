"""One wasmtime engine with everything off that a strategy has no use for."""

from __future__ import annotations

import threading
import weakref
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

import wasmtime

from sandbox.host.limits import DEFAULT_HOST_LIMITS, HostLimits

if TYPE_CHECKING:
    from sandbox.host.room import Room

ROOMS_LEFT_MAX = 4
"""Of the book, for runs side by side: some 5 MB each."""


@dataclass(slots=True)
class Epochs:
    """How many have begun."""

    turned: int = 0


class SandboxEngine:
    """Compiles and runs modules; one a process. A daemon thread turns its epochs, so that a
    call that should never last does end.

    canonical_nans: have every operation give the one canonical NaN. Modules from our compiler
    do that themselves wherever a float reaches memory, which costs a third less; a module
    from another compiler needs it.

    fuel: have every instruction counted, which the code of our compiler does by itself, so that
    a module from another compiler ends at the same place on every machine.

    left: rooms that were used and may be used again, see Room.opened; the oldest gives its memory
    back to the machine when there are more.

    reserved_bytes: address space for each memory, 4 GiB when None, which makes its accesses
    quicker; less where there are many instances, or a limit on address space.
    """

    def __init__(
        self,
        limits: HostLimits = DEFAULT_HOST_LIMITS,
        *,
        canonical_nans: bool = False,
        fuel: bool = False,
        reserved_bytes: int | None = None,
    ) -> None:
        self.limits = limits
        # what native code rests on
        self.settings = (limits.stack_bytes_max, canonical_nans, fuel, reserved_bytes)
        config = _config(limits, canonical_nans, fuel)
        if reserved_bytes is not None:
            config.memory_reservation = reserved_bytes
            config.memory_guard_size = 0
        self.engine = wasmtime.Engine(config)
        self.left: deque[Room] = deque(maxlen=ROOMS_LEFT_MAX)
        self.epochs = Epochs()
        stop = threading.Event()
        threading.Thread(
            target=_turn_epochs,
            args=(self.engine, self.epochs, limits.epoch_s, stop),
            name="sandbox-epochs",
            daemon=True,
        ).start()
        self._stop = weakref.finalize(self, stop.set)

    def close(self) -> None:
        """Ends the epoch thread. Calls after this have no deadline."""
        self._stop()
        self.left.clear()


def _config(limits: HostLimits, canonical_nans: bool, fuel: bool) -> wasmtime.Config:
    config = wasmtime.Config()
    config.wasm_threads = False
    config.wasm_tail_call = False
    config.wasm_multi_memory = False
    config.wasm_memory64 = False
    config.wasm_relaxed_simd = False
    config.wasm_component_model = False
    config.wasm_exceptions = False
    config.wasm_function_references = False
    config.wasm_gc = False
    config.wasm_wide_arithmetic = False
    config.wasm_stack_switching = False
    config.wasm_custom_page_sizes = False
    config.cranelift_nan_canonicalization = canonical_nans
    config.consume_fuel = fuel
    config.epoch_interruption = True
    config.max_wasm_stack = limits.stack_bytes_max
    config.memory_may_move = False  # numpy views lie on it
    return config


def _turn_epochs(
    engine: wasmtime.Engine, epochs: Epochs, epoch_s: float, stop: threading.Event
) -> None:
    while not stop.wait(epoch_s):
        engine.increment_epoch()
        epochs.turned += 1
