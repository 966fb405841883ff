"""Python's expressions → ours."""

from __future__ import annotations

import ast
import math

from sandbox.compiler import syntax
from sandbox.compiler.parse.forbidden import CALLS, EXPRESSIONS
from sandbox.compiler.report import Report, lines_of
from sandbox.compiler.syntax import Span

BINARY: dict[type[ast.operator], str] = {
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.Div: "/",
    ast.FloorDiv: "//",
    ast.Mod: "%",
    ast.Pow: "**",
}
_COMPARE: dict[type[ast.cmpop], str] = {
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.Eq: "==",
    ast.NotEq: "!=",
}
_NAMESPACES = ("ta", "math", "time")
_PLACED = ast.expr | ast.stmt | ast.keyword | ast.arg | ast.alias
_INT_MAX = 2**53  # whole numbers up to here are exact as floats too
LISTED = "The reference, docs/strategy-language.md, lists what a strategy may use."


def constant_of(node: ast.expr) -> float | int | bool | None:
    """The number or truth value that a literal, negated or not, stands for."""
    negative = isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub)
    literal = node.operand if isinstance(node, ast.UnaryOp) and negative else node
    if not isinstance(literal, ast.Constant):
        return None
    value = literal.value
    if isinstance(value, bool):
        return None if negative else value
    if not isinstance(value, int | float):
        return None
    if isinstance(value, int) and abs(value) > _INT_MAX:
        return None
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return -value if negative else value


class ExpressionParser:
    """Turns Python nodes into ours and reports what is not part of the language.

    is_library: the stdlib may write any 64-bit number and name its internals as it likes.
    """

    def __init__(self, source: str, report: Report, *, is_library: bool = False) -> None:
        self.report = report
        self.is_library = is_library
        self._text = lines_of(source)
        self.lines = len(self._text)

    def span(self, node: ast.AST) -> Span:
        """Python counts columns in UTF-8 bytes from 0; people count characters from 1."""
        assert isinstance(node, _PLACED)
        line, end_line = node.lineno, node.end_lineno or node.lineno
        return Span(
            line,
            self._column(line, node.col_offset),
            end_line,
            self._column(end_line, node.end_col_offset or node.col_offset),
        )

    def _column(self, line: int, offset: int) -> int:
        text = self._text[line - 1] if line <= self.lines else ""
        if text.isascii():
            return min(offset, len(text)) + 1
        return len(text.encode("utf-8", "surrogatepass")[:offset].decode("utf-8", "replace")) + 1

    def add(self, node: ast.AST, code: str, message: str, remedy: str) -> None:
        self.report.add(self.span(node), code, message, remedy)

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
                return self._negative(node, span)
            case ast.UnaryOp(op=ast.UAdd()):
                return self.expression(node.operand)
            case ast.UnaryOp(op=ast.Not()):
                return syntax.Unary(span, "not", self.expression(node.operand))
            case ast.BinOp(op=op) if type(op) in BINARY:
                left, right = self.expression(node.left), self.expression(node.right)
                return syntax.Binary(span, BINARY[type(op)], left, right)
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

    def _negative(self, node: ast.UnaryOp, span: Span) -> syntax.Expression:
        value = constant_of(node)
        if value is not None:
            return syntax.Constant(span, value)
        return syntax.Unary(span, "-", self.expression(node.operand))

    def _constant(self, node: ast.Constant) -> syntax.Expression:
        if isinstance(node.value, str):
            return syntax.Text(self.span(node), node.value)
        value = constant_of(node)
        if self.is_library and isinstance(node.value, int) and value is None:
            assert node.value < 2**64, node.value
            return syntax.Constant(self.span(node), (node.value + 2**63) % 2**64 - 2**63)
        if value is None:
            self.add(
                node,
                "constant",
                "Constants are finite floats, whole numbers up to 2^53, True and False.",
                "Write na for a missing value.",
            )
            return syntax.Bad(self.span(node))
        return syntax.Constant(self.span(node), value)

    def _attribute(self, node: ast.Attribute) -> syntax.Expression:
        span = self.span(node)
        if not self.name(node, node.attr):
            return syntax.Bad(span)
        return syntax.Field(span, self.expression(node.value), node.attr)

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
            case ast.Attribute(value=ast.Name(id=owner), attr=name) if owner in _NAMESPACES:
                return f"{owner}.{name}" if self.name(node, name) else None
            case ast.Attribute(attr=name):
                owner_of = self._attribute(node)
                if not isinstance(owner_of, syntax.Bad):
                    self.add(
                        node,
                        "call",
                        f"{name} is not a function here.",
                        "Functions are called by name: ta.ema(…), math.sqrt(…), enter_long().",
                    )
            case _:
                self.add(node, "call", "Only functions by name can be called.", LISTED)
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
        what, remedy = EXPRESSIONS.get(kind, (None, LISTED))
        match node:
            case ast.BinOp(op=ast.MatMult()):
                what, remedy = "products of matrices", "Write out the sum."
            case ast.BinOp() | ast.UnaryOp():
                what, remedy = "operations on bits", "Use and, or, not."
            case ast.Compare():
                what, remedy = "is and in", "Use ==, or isna(x) to ask for a missing value."
        if what is None:
            what = f"an expression of this kind ({kind.__name__})"
        self.add(node, "expression", f"The strategy language has no place for {what}.", remedy)
        return syntax.Bad(self.span(node))
