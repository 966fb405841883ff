"""The nodes of a typed tree, for those who look for a few."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import fields
from functools import cache
from operator import attrgetter
from typing import Any

from sandbox.compiler import typed

_LEAVES = ("int", "str", "Type", "Span", "float | int | bool", "tuple[int, ...]", "tuple[str, ...]")


@cache
def _below(kind: Any) -> Callable[[Any], Any]:
    """What gets, from a node of the class, what its fields hold of nodes: one, or a tuple."""
    names = [field.name for field in fields(kind) if field.type not in _LEAVES]
    return attrgetter(*names) if names else lambda _: ()


def walk(tree: object) -> Iterator[Any]:
    """The nodes of a tree, or of a sequence of trees, in no order that matters."""
    stack: list[Any] = [tree]
    while stack:
        node = stack.pop()
        if isinstance(node, tuple):
            stack.extend(node)
        else:
            yield node
            kind: Any = type(node)
            stack.append(_below(kind)(node))


def statements(body: Iterable[typed.Statement]) -> Iterator[typed.Statement]:
    """All of them, the nested ones included."""
    for node in body:
        yield node
        match node:
            case typed.If(then=then, otherwise=otherwise):
                yield from statements(then)
                yield from statements(otherwise)
            case typed.Loop(body=inner) | typed.Forever(body=inner):
                yield from statements(inner)
