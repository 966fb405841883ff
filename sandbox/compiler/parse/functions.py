"""str → syntax trees of the stdlib's functions; a finding is a bug of ours."""

from __future__ import annotations

import ast

from sandbox.compiler import syntax
from sandbox.compiler.parse.statements import StatementParser
from sandbox.compiler.report import Report


def parse_library(source: str, report: Report) -> tuple[syntax.Function, ...]:
    """Every function of the file; each has a docstring, and a kind for each argument."""
    parser = StatementParser(source, report, is_library=True)
    functions = []
    for node in ast.parse(source).body:
        if isinstance(node, ast.FunctionDef):
            function = parser.function(node)
            assert function.docstring, f"{function.name} names no source"
            assert all(argument.kind for argument in function.arguments), function.name
            functions.append(function)
        else:
            assert isinstance(node, ast.Expr), ast.dump(node)
    return tuple(functions)
