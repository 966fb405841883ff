"""What a module may ask of the host."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class HostLimits:
    """The outer net. A compiled module stays inside of its own budget long before.

    A call may take call_epochs_max, and one epoch more for every epoch_bars of its bars: a bar
    that uses up its budget with the slowest operation there is, square roots, takes 8 ms.
    """

    module_bytes_max: int = 4 * 1024 * 1024
    state_bytes_max: int = 256 * 1024
    stack_bytes_max: int = 256 * 1024
    epoch_s: float = 0.25
    plots_max: int = 64
    alerts_max: int = 63  # bits of a whole number
    call_epochs_max: int = 40  # × epoch_s: 10 s for one call, which takes milliseconds
    epoch_bars: int = 6  # 40 ms each, for a machine that has other work too


DEFAULT_HOST_LIMITS = HostLimits()


@dataclass(frozen=True, slots=True)
class ForeignLimits:
    """For modules of other compilers, which have no budget of their own and an instance a series.

    fuel: WebAssembly instructions, bytes of bulk operations counted one each; for one bar, and
    for the start of an instance. memories_bytes_max: of all instances of one module together,
    which an author's budget never lets it come to.
    """

    module_bytes_max: int = 64 * 1024  # Cranelift takes up to 1 s for so many, quadratically more
    metadata_bytes_max: int = 32 * 1024
    memory_bytes_max: int = 2 * 1024 * 1024
    memories_bytes_max: int = 4 * 1024**3
    state_bytes_max: int = 256 * 1024
    table_elements_max: int = 4_096
    params_max: int = 64
    plots_max: int = 64
    bar_fuel: int = 1_000_000
    start_fuel: int = 10_000_000


DEFAULT_FOREIGN_LIMITS = ForeignLimits()
