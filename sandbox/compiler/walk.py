"""Every node of a typed tree, for those who look for a few."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sandbox.compiler.syntax import Span, field_names


def walk(tree: object) -> Iterator[Any]:
    """The nodes of a tree, or of a sequence of trees, in no order that matters."""
    stack: list[Any] = [tree]
    while stack:
        node = stack.pop()
        if isinstance(node, tuple | list):
            stack.extend(node)
        elif hasattr(node, "__dataclass_fields__") and not isinstance(node, Span):
            yield node
            kind: Any = type(node)
            stack.extend(getattr(node, name) for name in field_names(kind))
