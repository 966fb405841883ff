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
    nesting_max: int = 80  # as depth_max, through the calls of helpers
    diagnostics_max: int = 100
    params_max: int = 64
    plots_max: int = 64
    window_bars_max: int = 5_000
    calls_max: int = 5_000  # frames, nested ones included
    typed_nodes_max: int = 20_000  # each function counted once
    state_bytes_max: int = 256 * 1024
    bar_budget: int = 1_000_000  # operations a bar; those of loops are counted as they run


DEFAULT_LIMITS = Limits()
