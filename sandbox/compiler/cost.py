"""What statements cost: the nodes of their trees, those of the functions they call included."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields, is_dataclass

from sandbox.compiler import syntax, typed


def cost_of(statements: Sequence[typed.Statement], functions: Sequence[typed.Function]) -> int:
    """Of running them once, without the rounds of loops, which are counted as they run."""
    total = 0
    stack: list[object] = list(statements)
    while stack:
        node = stack.pop()
        if isinstance(node, tuple):
            stack.extend(node)
        elif is_dataclass(node) and not isinstance(node, syntax.Span):
            total += 1
            if isinstance(node, typed.Call):
                total += functions[node.function].cost
            stack.extend(getattr(node, field.name) for field in fields(node))
    return total
