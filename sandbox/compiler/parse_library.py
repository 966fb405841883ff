"""str → syntax trees of library functions: the language, and what the stdlib needs beyond it.

Library sources are ours, so a mistake in one is a bug: findings are asserted away by the
driver, not shown to users. Beyond a strategy's statements there are
`x = state(initial)`, `x = ring(length)`, `ring[i] = value`, `for i in range(count):` and one
`return` as the last statement.
"""

from __future__ import annotations

import ast

from sandbox.compiler import syntax
from sandbox.compiler.limits import Limits
from sandbox.compiler.parse import python_tree
from sandbox.compiler.parse_expressions import ExpressionParser, constant_of
from sandbox.compiler.report import Report
from sandbox.compiler.syntax import Span

_KINDS = ("float", "int", "Length")


def parse_library(source: str, limits: Limits, report: Report) -> tuple[syntax.Function, ...]:
    """The functions of one library source, in its order."""
    module = python_tree(source, limits, report)
    if module is None:
        return ()
    parser = _LibraryParser(source, report)
    body = module.body[1:] if ast.get_docstring(module) is not None else module.body
    functions = []
    for node in body:
        if isinstance(node, ast.FunctionDef):
            functions.append(parser.function(node))
        else:
            parser.refuse_top_level(node)
    return tuple(functions)


class _LibraryParser(ExpressionParser):
    def function(self, node: ast.FunctionDef) -> syntax.Function:
        docstring = ast.get_docstring(node)
        if docstring is None:
            self.add(node, "docstring", "A library function names its source.", "Add a docstring.")
        arguments = node.args.args
        defaults: list[ast.expr | None] = [None] * (len(arguments) - len(node.args.defaults))
        defaults += node.args.defaults
        return syntax.Function(
            self.span(node),
            node.name,
            docstring or "",
            tuple(map(self._argument, arguments, defaults)),
            self.block(node.body[1:] if docstring is not None else node.body),
        )

    def _argument(self, node: ast.arg, default: ast.expr | None) -> syntax.Argument:
        kind = node.annotation.id if isinstance(node.annotation, ast.Name) else ""
        if kind not in _KINDS:
            self.add(node, "argument", "The kind is missing.", f"One of {', '.join(_KINDS)}.")
        value = constant_of(default) if default is not None else None
        return syntax.Argument(self.span(node), node.arg, kind, value)

    def statement(self, node: ast.stmt) -> syntax.Statement | None:
        span = self.span(node)
        match node:
            case ast.For(
                target=ast.Name(id=name),
                iter=ast.Call(func=ast.Name(id="range"), args=[count]),
                orelse=[],
            ):
                return syntax.For(span, name, self.expression(count), self.block(node.body))
            case ast.Return(value=ast.Tuple(elts=values)):
                return syntax.Return(span, tuple(self.expression(value) for value in values))
            case ast.Return(value=ast.expr() as value):
                return syntax.Return(span, (self.expression(value),))
        return super().statement(node)

    def assign(self, span: Span, target: ast.expr, value: ast.expr) -> syntax.Statement:
        match target, value:
            case ast.Name(id=name), ast.Call(func=ast.Name(id="state"), args=[initial]):
                return syntax.State(span, name, self.expression(initial))
            case ast.Name(id=name), ast.Call(func=ast.Name(id="window"), args=[length]):
                return syntax.Ring(span, name, self.expression(length))
            case ast.Subscript(value=ast.Name(id=name) as ring, slice=index), _:
                return syntax.StoreItem(
                    span,
                    syntax.Name(self.span(ring), name),
                    self.expression(index),
                    self.expression(value),
                )
        return super().assign(span, target, value)
