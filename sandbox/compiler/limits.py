"""Caps on what one source may ask of the compiler and of the host."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Each cap that is exceeded is a diagnostic, never a crash or a slow compile.

    The defaults admit every strategy that a person writes by hand and keep a compile,
    Cranelift included, far below a second.
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
    typed_nodes_max: int = 60_000
    state_bytes_max: int = 256 * 1024
    bar_budget: int = 1_000_000  # loop steps a bar, weighted by the size of the loop's body
    memory_bytes_max: int = 64 * 1024 * 1024
    blocks_max: int = 1_024  # state blocks in one instance, fewer where they are large
    chunk_bars_max: int = 4_096  # bars in one call into the module


DEFAULT_LIMITS = Limits()
