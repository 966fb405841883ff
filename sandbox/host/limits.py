"""What a module may ask of the host."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class HostLimits:
    """The outer net. A compiled module stays inside of its own budget long before."""

    module_bytes_max: int = 4 * 1024 * 1024
    memory_bytes_max: int = 64 * 1024 * 1024
    stack_bytes_max: int = 256 * 1024
    epoch_s: float = 0.25
    call_epochs_max: int = 40  # × epoch_s: 10 s for one call, which takes milliseconds


DEFAULT_HOST_LIMITS = HostLimits()
