"""str → syntax tree of a strategy, by Python's own `ast`; whatever is not listed is refused.

All findings are collected. What was refused becomes Bad or BadStatement in the tree, so
that the checker can go on without inventing further complaints about it.
"""

from __future__ import annotations

import ast
import warnings

from sandbox.compiler import syntax
from sandbox.compiler.limits import Limits
from sandbox.compiler.parse.expressions import constant_of
from sandbox.compiler.parse.prescan import prescan
from sandbox.compiler.parse.statements import StatementParser
from sandbox.compiler.report import Report, is_writable
from sandbox.compiler.syntax import Span

_WITH_A_START = ast.expr | ast.stmt
_SKELETON = "Write def on_bar(bar): with what shall happen at each bar."


def parse_strategy(source: str, limits: Limits, report: Report) -> syntax.Strategy | None:
    """Never raises on any text; findings go to the report. None: nothing left to check."""
    module = python_tree(source, limits, report)
    return None if module is None else _StrategyParser(source, report).strategy(module)


def python_tree(source: str, limits: Limits, report: Report) -> ast.Module | None:
    """Python's tree, or None with a finding: too large, too deep, or not Python."""
    prescan(source, limits, report)
    if report:
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Python's advice on odd literals is not for us
            module = ast.parse(source)
    except SyntaxError as error:
        line, column = max(error.lineno or 1, 1), max(error.offset or 1, 1)
        report.add(
            Span(line, column, line, column + 1),
            "syntax",
            f"This is not Python: {error.msg}.",
            "Correct the line; a strategy is written in a part of Python.",
        )
        return None
    except (RecursionError, MemoryError):
        report.add(
            Span(1, 1, 1, 1),
            "nested-too-deep",
            "The source is nested too deep to be read.",
            "Split long expressions: assign parts to local names first.",
        )
        return None
    except ValueError:
        report.add(
            Span(1, 1, 1, 1),
            "not-text",
            "The source holds characters that no program text has.",
            "Save the file as plain UTF-8 text.",
        )
        return None
    return module if _fits(module, limits, report) else None


def _fits(module: ast.Module, limits: Limits, report: Report) -> bool:
    """Counts nodes and depth with a stack of its own, never Python's."""
    nodes = 0
    stack: list[tuple[ast.AST, int, tuple[int, int]]] = [(module, 0, (1, 0))]
    while stack:
        node, depth, start = stack.pop()
        nodes += 1
        if isinstance(node, _WITH_A_START):
            start = node.lineno, node.col_offset
        if depth > limits.depth_max:
            report.add(
                _at(start),
                "nested-too-deep",
                f"This is nested more than {limits.depth_max} deep.",
                "Assign parts to local names first.",
            )
            return False
        if nodes > limits.nodes_max:
            report.add(
                _at(start),
                "source-too-large",
                f"The source has more than {limits.nodes_max:,} names, values and operations.",
                "Keep what the strategy needs, or split it into several strategies.",
            )
            return False
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            _check_text(node.value, _at(start), report)
        for field in node._fields:
            value = getattr(node, field, None)
            children = value if isinstance(value, list) else [value]
            stack += [(child, depth + 1, start) for child in children if isinstance(child, ast.AST)]
    return True


def _at(start: tuple[int, int]) -> Span:
    line, offset = start
    return Span(line, offset + 1, line, offset + 2)


def _check_text(text: str, span: Span, report: Report) -> None:
    """An escape can write what no file can hold."""
    if not is_writable(text):
        report.add(
            span,
            "not-text",
            "The text holds a character that cannot be stored.",
            "Write the text in plain characters, without \\0 and without \\ud800 to \\udfff.",
        )


class _StrategyParser(StatementParser):
    """The top level of a strategy."""

    def strategy(self, module: ast.Module) -> syntax.Strategy | None:
        docstring = ast.get_docstring(module)
        statements = module.body[1:] if docstring is not None else module.body
        params: list[syntax.Param] = []
        functions: dict[str, syntax.Function] = {}
        constants: list[tuple[syntax.Name, syntax.Constant]] = []
        bad_names: set[str] = set()
        for node in statements:
            if isinstance(node, ast.FunctionDef):
                if node.name in functions:
                    message = f"{node.name} is defined twice."
                    self.add(node, "function", message, "Keep one of them.")
                self.name(node, node.name)
                functions[node.name] = self.function(node)
            elif (param := self._param(node)) is not None:
                params.append(param)
            elif (constant := self._constant_of(node)) is not None:
                constants.append(constant)
            elif not self._is_stub_import(node):
                bad_names |= self._refuse_top_level(node)
        on_bar = functions.pop("on_bar", None)
        start = Span(1, 1, 1, 1)
        if docstring is None:
            self.report.add(
                start,
                "docstring",
                "A strategy begins with a docstring.",
                'Write """What the strategy does.""" on the first line.',
            )
        if on_bar is None:
            self.report.add(start, "on-bar", "The strategy has no on_bar(bar).", _SKELETON)
            return None
        if [argument.name for argument in on_bar.arguments] != ["bar"]:
            message = "on_bar takes exactly one argument, bar."
            self.report.add(on_bar.span, "on-bar", message, _SKELETON)
        return syntax.Strategy(
            Span(1, 1, max(self.lines, 1), 1),
            docstring or "",
            tuple(params),
            tuple(constants),
            tuple(functions.values()),
            on_bar.body,
            frozenset(bad_names),
        )

    def _constant_of(self, node: ast.stmt) -> tuple[syntax.Name, syntax.Constant] | None:
        """LENGTH = 20, a name for a number; None when it is something else."""
        match node:
            case ast.Assign(targets=[ast.Name() as target], value=value):
                pass
            case ast.AnnAssign(target=ast.Name() as target, value=ast.expr() as value):
                pass
            case _:
                return None
        number = constant_of(value)
        if number is None or not self.name(target, target.id):
            return None
        name = syntax.Name(self.span(target), target.id)
        return name, syntax.Constant(self.span(value), number)

    def _is_stub_import(self, node: ast.stmt) -> bool:
        """What only an editor needs: import math, from peripheral import ta, param, …"""
        match node:
            case ast.Import(names=[ast.alias(name="math", asname=None)]):
                return True
            case ast.ImportFrom(module="__future__"):
                return True
            case ast.ImportFrom(module="peripheral", level=0, names=names):
                for alias in names:
                    if alias.name == "*" or alias.asname is not None:
                        self.add(
                            node,
                            "import",
                            "From peripheral names are imported one by one, as they are.",
                            "Write from peripheral import param, ta, enter_long.",
                        )
                return True
        return False

    def _refuse_top_level(self, node: ast.stmt) -> set[str]:
        if isinstance(node, ast.Assign | ast.AnnAssign | ast.AugAssign):
            self.add(
                node,
                "top-level",
                "At the top level only params, constants and functions are declared.",
                "Write name = param(…), or move the assignment into on_bar;"
                " what lives from bar to bar is name = state(0.0) in on_bar.",
            )
            return {n.id for n in ast.walk(node) if isinstance(n, ast.Name)}
        if isinstance(node, ast.If | ast.Expr | ast.For | ast.While):
            self.add(node, "top-level", "This stands outside of on_bar.", "Move it into on_bar.")
            return set()
        return self.refuse(node)

    def _param(self, node: ast.stmt) -> syntax.Param | None:
        """The param that the statement declares, or None when it is something else."""
        if not (isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None):
            return None
        target = node.targets[0] if isinstance(node, ast.Assign) else node.target
        call = node.value
        if not (isinstance(target, ast.Name) and isinstance(call, ast.Call)):
            return None
        if not (isinstance(call.func, ast.Name) and call.func.id == "param"):
            return None
        default = constant_of(call.args[0]) if len(call.args) == 1 else None
        if default is None:
            self.add(
                call,
                "param",
                "param takes one default, a number or True or False, and then low=, high=,"
                " step=, name=.",
                "Write length = param(20, low=2, high=200).",
            )
            default = 0
        bounds = self._param_keywords(call)
        title = bounds.pop("name", None)
        assert title is None or isinstance(title, str)
        numbers = {key: value for key, value in bounds.items() if not isinstance(value, str)}
        return syntax.Param(
            self.span(node),
            target.id,
            default,
            numbers.get("low"),
            numbers.get("high"),
            numbers.get("step"),
            title,
        )

    def _param_keywords(self, call: ast.Call) -> dict[str, float | int | str]:
        found: dict[str, float | int | str] = {}
        for keyword in call.keywords:
            value = keyword.value
            if keyword.arg == "name" and isinstance(value, ast.Constant):
                if isinstance(value.value, str) and len(value.value) <= 80:
                    found["name"] = value.value
                    continue
            elif keyword.arg in ("low", "high", "step"):
                number = constant_of(value)
                if number is not None and not isinstance(number, bool):
                    found[keyword.arg] = number
                    continue
            self.add(
                value,
                "param",
                f"param does not take {keyword.arg}= with this value.",
                'low=, high= and step= take a number, name= takes a text like "Fast length".',
            )
        return found
