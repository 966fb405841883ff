"""Python's expressions and statements → ours: the part that parsing strategies and
library functions has in common."""

from __future__ import annotations

import ast
import math

from sandbox.compiler import syntax
from sandbox.compiler.forbidden import CALLS, EXPRESSIONS, MODULES, STATEMENTS
from sandbox.compiler.report import Report, lines_of
from sandbox.compiler.syntax import Span

_BINARY: dict[type[ast.operator], str] = {
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.Div: "/",
    ast.FloorDiv: "//",
    ast.Mod: "%",
}
_COMPARE: dict[type[ast.cmpop], str] = {
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.Eq: "==",
    ast.NotEq: "!=",
}
_INT_MAX = 2**53  # whole numbers up to here are exact as floats too
_LISTED = "The reference lists what a strategy may use."


def constant_of(node: ast.expr) -> float | int | bool | None:
    """The number or truth value that a literal, negated or not, stands for."""
    negative = isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub)
    literal = node.operand if isinstance(node, ast.UnaryOp) and negative else node
    if not isinstance(literal, ast.Constant):
        return None
    value = literal.value
    if isinstance(value, bool):
        return None if negative else value
    if not isinstance(value, int | float) or abs(value) > 1e300:
        return None
    if isinstance(value, int) and abs(value) > _INT_MAX:
        return None
    return -value if negative else value


class ExpressionParser:
    """Turns Python nodes into ours and reports what is not part of the language."""

    def __init__(self, source: str, report: Report) -> None:
        self.report = report
        self._text = lines_of(source)
        self.lines = len(self._text)

    def span(self, node: ast.AST) -> Span:
        """Python counts columns in UTF-8 bytes from 0; people count characters from 1."""
        assert isinstance(node, ast.expr | ast.stmt | ast.keyword | ast.arg)
        line, end_line = node.lineno, node.end_lineno or node.lineno
        return Span(
            line,
            self._column(line, node.col_offset),
            end_line,
            self._column(end_line, node.end_col_offset or node.col_offset),
        )

    def _column(self, line: int, offset: int) -> int:
        text = self._text[line - 1] if line <= self.lines else ""
        return len(text.encode("utf-8", "surrogatepass")[:offset].decode("utf-8", "replace")) + 1

    def add(self, node: ast.AST, code: str, message: str, remedy: str) -> None:
        self.report.add(self.span(node), code, message, remedy)

    # statements

    def block(self, nodes: list[ast.stmt]) -> tuple[syntax.Statement, ...]:
        statements = (self.statement(node) for node in nodes if not isinstance(node, ast.Pass))
        return tuple(statement for statement in statements if statement is not None)

    def statement(self, node: ast.stmt) -> syntax.Statement | None:
        """None for a statement without effect."""
        span = self.span(node)
        match node:
            case ast.Assign(targets=[target]):
                return self.assign(span, target, node.value)
            case ast.AnnAssign(target=target, value=ast.expr() as value):
                return self.assign(span, target, value)
            case ast.AugAssign(target=ast.Name(id=name), op=op) if type(op) in _BINARY:
                self.name(node.target, name)
                left = syntax.Name(self.span(node.target), name)
                right = self.expression(node.value)
                both = syntax.Binary(span, _BINARY[type(op)], left, right)
                return syntax.Assign(span, (left,), both)
            case ast.If():
                test = self.expression(node.test)
                return syntax.If(span, test, self.block(node.body), self.block(node.orelse))
            case ast.Expr(value=ast.Call() as call):
                return syntax.Evaluate(span, self.expression(call))
            case ast.Expr(value=ast.Constant(value=value)) if value is Ellipsis:
                return None
        return syntax.BadStatement(span, frozenset(self.refuse(node)))

    def assign(self, span: Span, target: ast.expr, value: ast.expr) -> syntax.Statement:
        nodes = target.elts if isinstance(target, ast.Tuple) else [target]
        names = []
        for node in nodes:
            if isinstance(node, ast.Name):
                self.name(node, node.id)
                names.append(syntax.Name(self.span(node), node.id))
            else:
                self.add(
                    node,
                    "assign-target",
                    "Only local names can be assigned.",
                    "Write name = … with a name of your own.",
                )
        parsed = self.expression(value)
        if len(names) < len(nodes):
            return syntax.BadStatement(span, frozenset(name.id for name in names))
        return syntax.Assign(span, tuple(names), parsed)

    def refuse(self, node: ast.stmt) -> set[str]:
        """Reports a statement that the language lacks; returns the names it would bind."""
        if isinstance(node, ast.Import | ast.ImportFrom):
            return self._refuse_import(node)
        what, remedy = STATEMENTS.get(type(node), (None, _LISTED))
        if what is None:
            what = f"a statement of this kind ({type(node).__name__})"
        self.add(node, "statement", f"The strategy language has no place for {what}.", remedy)
        bound = {n.id for n in ast.walk(node) if isinstance(n, ast.Name)}
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            bound.add(node.name)
        return bound

    def _refuse_import(self, node: ast.Import | ast.ImportFrom) -> set[str]:
        for alias in node.names:
            module = node.module if isinstance(node, ast.ImportFrom) else alias.name
            top = (module or "").split(".")[0]
            reach = f"; {top} would reach {MODULES[top]}" if top in MODULES else ""
            self.add(
                node,
                "import",
                f"A strategy imports nothing{reach}.",
                "Remove the import; ta, math, bar and the outputs are there without it.",
            )
        return {(alias.asname or alias.name).split(".")[0] for alias in node.names}

    def refuse_top_level(self, node: ast.stmt) -> set[str]:
        if isinstance(node, ast.Assign | ast.AnnAssign | ast.AugAssign):
            self.add(
                node,
                "top-level",
                "At the top level only params are declared.",
                "Write name = param(…), or move the assignment into on_bar.",
            )
            return {n.id for n in ast.walk(node) if isinstance(n, ast.Name)}
        if isinstance(node, ast.If | ast.Expr):
            self.add(node, "top-level", "This stands outside of on_bar.", "Move it into on_bar.")
            return set()
        return self.refuse(node)

    # expressions

    def expression(self, node: ast.expr) -> syntax.Expression:
        span = self.span(node)
        match node:
            case ast.Constant():
                return self._constant(node)
            case ast.Name(id=name):
                return syntax.Name(span, name) if self.name(node, name) else syntax.Bad(span)
            case ast.Attribute():
                return self._attribute(node)
            case ast.UnaryOp(op=ast.USub()):
                return syntax.Unary(span, "-", self.expression(node.operand))
            case ast.UnaryOp(op=ast.UAdd()):
                return self.expression(node.operand)
            case ast.UnaryOp(op=ast.Not()):
                return syntax.Unary(span, "not", self.expression(node.operand))
            case ast.BinOp(op=op) if type(op) in _BINARY:
                left, right = self.expression(node.left), self.expression(node.right)
                return syntax.Binary(span, _BINARY[type(op)], left, right)
            case ast.Compare(ops=ops) if all(type(op) in _COMPARE for op in ops):
                operands = (node.left, *node.comparators)
                return syntax.Compare(
                    span,
                    tuple(_COMPARE[type(op)] for op in ops),
                    tuple(self.expression(operand) for operand in operands),
                )
            case ast.BoolOp():
                name = "and" if isinstance(node.op, ast.And) else "or"
                return syntax.Logic(span, name, tuple(self.expression(v) for v in node.values))
            case ast.IfExp():
                return syntax.Conditional(
                    span,
                    self.expression(node.test),
                    self.expression(node.body),
                    self.expression(node.orelse),
                )
            case ast.Subscript(slice=index) if not isinstance(index, ast.Slice | ast.Tuple):
                return syntax.Item(span, self.expression(node.value), self.expression(index))
            case ast.Call():
                return self._call(node)
        return self._bad(node)

    def _constant(self, node: ast.Constant) -> syntax.Expression:
        if isinstance(node.value, str):
            return syntax.Text(self.span(node), node.value)
        value = constant_of(node)
        if value is None or (isinstance(value, float) and not math.isfinite(value)):
            self.add(
                node,
                "constant",
                "Constants are floats, whole numbers up to 2^53, True and False.",
                "Write na for a missing value.",
            )
            return syntax.Bad(self.span(node))
        return syntax.Constant(self.span(node), value)

    def _attribute(self, node: ast.Attribute) -> syntax.Expression:
        span = self.span(node)
        if not self.name(node, node.attr):
            return syntax.Bad(span)
        owner = node.value.id if isinstance(node.value, ast.Name) else None
        if owner == "bar" and node.attr in syntax.BAR_FIELDS:
            return syntax.BarField(span, node.attr)
        if owner == "bar":
            message = f"A bar has no {node.attr}."
            remedy = "It has " + ", ".join(syntax.BAR_FIELDS) + "."
        elif owner in ("ta", "math"):
            message = f"{owner}.{node.attr} is a function."
            remedy = f"Call it: {owner}.{node.attr}(…)."
        else:
            message = "Attributes are read of bar, ta and math only."
            remedy = "Use a local name."
        self.add(node, "attribute", message, remedy)
        return syntax.Bad(span)

    def _call(self, node: ast.Call) -> syntax.Expression:
        span = self.span(node)
        function = self._function_name(node.func)
        keywords = []
        for keyword in node.keywords:
            value = self.expression(keyword.value)
            if keyword.arg is None:
                self.add(keyword.value, "call", "** is not part of the language.", "Write each.")
            else:
                keywords.append((keyword.arg, value))
        arguments = tuple(self.expression(argument) for argument in node.args)
        if function is None:
            return syntax.Bad(span)
        return syntax.Call(span, function, arguments, tuple(keywords))

    def _function_name(self, node: ast.expr) -> str | None:
        match node:
            case ast.Name(id=name):
                if name in CALLS:
                    self.add(node, f"call-{name.strip('_')}", *CALLS[name])
                    return None
                return name if self.name(node, name) else None
            case ast.Attribute(value=ast.Name(id=("ta" | "math") as owner), attr=name):
                return f"{owner}.{name}" if self.name(node, name) else None
            case ast.Attribute():
                self._attribute(node)
            case _:
                self.add(node, "call", "Only functions by name can be called.", _LISTED)
        return None

    def name(self, node: ast.AST, name: str) -> bool:
        """Whether a name may be used at all."""
        if name.startswith("__"):
            self.add(
                node,
                "dunder",
                f"{name} would reach into Python itself; names with two underscores are closed.",
                "Remove it, or use a name of your own.",
            )
            return False
        return True

    def _bad(self, node: ast.expr) -> syntax.Expression:
        kind = type(node.slice) if isinstance(node, ast.Subscript) else type(node)
        what, remedy = EXPRESSIONS.get(kind, (None, _LISTED))
        match node:
            case ast.BinOp(op=ast.Pow()):
                what, remedy = "**", "Write x * x, or math.sqrt(x)."
            case ast.BinOp() | ast.UnaryOp():
                what, remedy = "operations on bits", "Use and, or, not."
            case ast.Compare():
                what, remedy = "is and in", "Use ==, or isna(x) to ask for a missing value."
        if what is None:
            what = f"an expression of this kind ({kind.__name__})"
        self.add(node, "expression", f"The strategy language has no place for {what}.", remedy)
        return syntax.Bad(self.span(node))
