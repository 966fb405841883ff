"""Which fields of a bar a program looks at: the host fills no other columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields, is_dataclass

from sandbox.compiler import syntax, typed


def bar_fields_read(program: typed.Program) -> tuple[str, ...]:
    """By name, sorted. Only on_bar reads the bar itself."""
    found: set[str] = set()
    stack: list[object] = [program.on_bar.body, program.on_bar.closing]
    while stack:
        node = stack.pop()
        if isinstance(node, typed.BarValue):
            found.add(node.field)
        elif isinstance(node, Sequence) and not isinstance(node, str):
            stack.extend(node)
        elif is_dataclass(node) and not isinstance(node, syntax.Span):
            stack.extend(getattr(node, field.name) for field in fields(node))
    return tuple(sorted(found))
