"""Syntax trees as text, one statement a line, without their spans: what the goldens hold."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from typing import Any

from sandbox.compiler import syntax
from sandbox.compiler.syntax import Span

_EXPRESSIONS = syntax.Expression


def dump(tree: Any, depth: int = 0) -> str:
    """Statements and what holds some go down the page, expressions along the line."""
    pad = "  " * depth
    if isinstance(tree, tuple):
        return "\n".join(dump(part, depth) for part in tree)
    lines = [pad + type(tree).__name__]
    for field in fields(tree):
        value = getattr(tree, field.name)
        if isinstance(value, tuple) and value and _goes_down(value[0]):
            lines += [f"{pad}  {field.name}:", dump(value, depth + 2)]
        elif not isinstance(value, Span):
            lines[0] += f" {field.name}={_inline(value)}"
    return "\n".join(lines)


def _goes_down(node: Any) -> bool:
    return is_dataclass(node) and not isinstance(node, _EXPRESSIONS)


def _inline(value: Any) -> str:
    if isinstance(value, tuple):
        return f"[{', '.join(map(_inline, value))}]"
    if not is_dataclass(value):
        return repr(value)
    parts = [getattr(value, field.name) for field in fields(value)]
    inner = ", ".join(_inline(part) for part in parts if not isinstance(part, Span))
    return f"{type(value).__name__}({inner})"
