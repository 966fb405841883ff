"""Which fields of a bar a program looks at: the host fills no other columns."""

from __future__ import annotations

from sandbox.compiler import typed
from sandbox.compiler.walk import walk


def bar_fields_read(program: typed.Program) -> tuple[str, ...]:
    """By name, sorted. Only on_bar reads the bar itself."""
    on_bar = program.on_bar
    nodes = walk((on_bar.body, on_bar.closing))
    return tuple(sorted({node.field for node in nodes if isinstance(node, typed.BarValue)}))
