"""Caps on what one source may ask of the compiler and of the host."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Each cap that is exceeded is a diagnostic, never a crash or an endless compile.

    The defaults admit what a person writes by hand (dozens of indicators). At the caps a
    compile, Cranelift included, takes one to two seconds; usually it takes milliseconds.
    """

    source_bytes_max: int = 64 * 1024
    bracket_depth_max: int = 64
    statement_tokens_max: int = 1_000  # bounds the depth of any tree before one is built
    nodes_max: int = 10_000
    depth_max: int = 60
    diagnostics_max: int = 100
    params_max: int = 64
    plots_max: int = 64
    window_bars_max: int = 5_000
    calls_max: int = 200  # inlined calls with state of their own, nested ones included
    typed_nodes_max: int = 10_000  # Cranelift takes quadratic time: about 1 s at this many
    state_bytes_max: int = 256 * 1024
    bar_budget: int = 1_000_000  # loop steps a bar, weighted by the size of the loop's body
    memory_bytes_max: int = 64 * 1024 * 1024
    blocks_max: int = 1_024  # state blocks in one instance, fewer where they are large
    chunk_bars_max: int = 4_096  # bars in one call into the module


DEFAULT_LIMITS = Limits()
