"""Trees as text, one node a line, without their spans: what the goldens hold."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from enum import Enum
from typing import Any

from sandbox.compiler.syntax import Span
from sandbox.compiler.wasm import Block, IfElse, Loop, Module, Node, Op


def dump(tree: Any, depth: int = 0) -> str:
    """Statements and other tuples of nodes go down the page, expressions along the line."""
    pad = "  " * depth
    if isinstance(tree, tuple):
        return "\n".join(dump(part, depth) for part in tree)
    if not is_dataclass(tree):
        return pad + repr(tree)
    lines = [pad + type(tree).__name__]
    for field in fields(tree):
        value = getattr(tree, field.name)
        if isinstance(value, tuple) and value and is_dataclass(value[0]):
            if all(_is_expression(part) for part in value):
                lines[0] += f" {field.name}=[{', '.join(map(_inline, value))}]"
            else:
                lines += [f"{pad}  {field.name}:", dump(value, depth + 2)]
        elif not isinstance(value, Span):
            lines[0] += f" {field.name}={_inline(value)}"
    return "\n".join(lines)


def _is_expression(node: Any) -> bool:
    statements = ("Assign", "Evaluate", "If", "SetLocal", "LoadState", "Loop", "RingWrite")
    others = ("Signal", "Plot", "Score", "Param", "StateSlot", "RingSlot", "HistorySlot", "For")
    return type(node).__name__ not in (*statements, *others)


def _inline(value: Any) -> str:
    if isinstance(value, Enum):
        return str(value.value)
    if isinstance(value, tuple):
        return f"[{', '.join(map(_inline, value))}]"
    if not is_dataclass(value):
        return repr(value)
    parts = [getattr(value, field.name) for field in fields(value)]
    inner = ", ".join(_inline(part) for part in parts if not isinstance(part, Span))
    return f"{type(value).__name__}({inner})"


def dump_wasm(module: Module) -> str:
    """The text of WebAssembly, as far as reading needs it."""
    kinds = " ".join(kind.value for kind in module.function.locals)
    lines = [f"memory {module.pages}", f"locals {kinds}"]
    _dump_nodes(module.function.body, 0, lines)
    return "\n".join(lines)


def _dump_nodes(nodes: tuple[Node, ...], depth: int, lines: list[str]) -> None:
    pad = "  " * depth
    for node in nodes:
        match node:
            case Op(name=name, value=value):
                lines.append(f"{pad}{name}" + ("" if value is None else f" {value}"))
            case Block(body=body) | Loop(body=body):
                lines.append(pad + type(node).__name__.lower())
                _dump_nodes(body, depth + 1, lines)
            case IfElse():
                lines.append(f"{pad}if" + (f" {node.result.value}" if node.result else ""))
                _dump_nodes(node.then, depth + 1, lines)
                if node.otherwise:
                    lines.append(f"{pad}else")
                    _dump_nodes(node.otherwise, depth + 1, lines)
