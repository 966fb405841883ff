"""Python's statements → ours: what the bodies of on_bar, helpers and library functions share."""

from __future__ import annotations

import ast

from sandbox.compiler import syntax
from sandbox.compiler.parse.expressions import BINARY, LISTED, ExpressionParser, constant_of
from sandbox.compiler.parse.forbidden import MODULES, STATEMENTS
from sandbox.compiler.syntax import Span

_KINDS = ("float", "int", "bool", "Length", "Choice", "Bar")


class StatementParser(ExpressionParser):
    """Turns statements and functions into ours."""

    def block(self, nodes: list[ast.stmt]) -> tuple[syntax.Statement, ...]:
        statements = (self.statement(node) for node in nodes if not isinstance(node, ast.Pass))
        return tuple(statement for statement in statements if statement is not None)

    def statement(self, node: ast.stmt) -> syntax.Statement | None:
        """None for a statement without effect."""
        span = self.span(node)
        match node:
            case ast.Assign(targets=[target]):
                return self._assign(span, target, node.value)
            case ast.AnnAssign(target=target, value=ast.expr() as value):
                return self._assign(span, target, value)
            case ast.AugAssign(op=op) if type(op) in BINARY:
                return self._update(node, span, BINARY[type(op)])
            case ast.If():
                test = self.expression(node.test)
                return syntax.If(span, test, self.block(node.body), self.block(node.orelse))
            case ast.For(orelse=[]):
                return self._for(node, span)
            case ast.While(orelse=[]):
                return syntax.While(span, self.expression(node.test), self.block(node.body))
            case ast.Break():
                return syntax.Break(span)
            case ast.Continue():
                return syntax.Continue(span)
            case ast.Return(value=None | ast.Constant(value=None)):
                return syntax.Return(span, ())
            case ast.Return(value=ast.Tuple(elts=values)):
                return syntax.Return(span, tuple(self.expression(value) for value in values))
            case ast.Return(value=ast.expr() as value):
                return syntax.Return(span, (self.expression(value),))
            case ast.Expr(value=ast.Call() as call):
                return syntax.Evaluate(span, self.expression(call))
            case ast.Expr(value=ast.Constant(value=value)) if value is Ellipsis:
                return None
        return syntax.BadStatement(span, frozenset(self.refuse(node)))

    def _for(self, node: ast.For, span: Span) -> syntax.Statement:
        match node:
            case ast.For(
                target=ast.Name(id=name),
                iter=ast.Call(func=ast.Name(id="range"), args=bounds, keywords=[]),
            ) if 1 <= len(bounds) <= 3:
                if not self.name(node.target, name):
                    return syntax.BadStatement(span, frozenset(_bound_names(node)))
                step = constant_of(bounds[2]) if len(bounds) == 3 else 1
                if isinstance(step, int) and not isinstance(step, bool) and step != 0:
                    zero = syntax.Constant(self.span(bounds[0]), 0)
                    start = zero if len(bounds) == 1 else self.expression(bounds[0])
                    stop = self.expression(bounds[0] if len(bounds) == 1 else bounds[1])
                    return syntax.For(span, name, start, stop, step, self.block(node.body))
        self.add(
            node.iter,
            "for",
            "A for loop counts over range(stop), range(start, stop) or range(start, stop, step),"
            " the step a number.",
            "Write for i in range(n):, and x[i] for the value i bars ago.",
        )
        return syntax.BadStatement(span, frozenset(_bound_names(node)))

    def _update(self, node: ast.AugAssign, span: Span, op: str) -> syntax.Statement:
        """name += x, or cells[i] += x."""
        left = self.expression(node.target)
        both = syntax.Binary(span, op, left, self.expression(node.value))
        match left:
            case syntax.Name():
                return syntax.Assign(span, (left,), both)
            case syntax.Item(series=syntax.Name() as window, index=index):
                return syntax.StoreItem(span, window, index, both)
        self._refuse_target(node.target)
        return syntax.BadStatement(span, frozenset())

    def _assign(self, span: Span, target: ast.expr, value: ast.expr) -> syntax.Statement:
        match target, value:
            case ast.Name(id=name), ast.Call(func=ast.Name(id="state"), args=[first], keywords=[]):
                self.name(target, name)
                return syntax.State(span, name, self.expression(first))
            case ast.Name(id=name), ast.Call(func=ast.Name(id="window"), args=[n], keywords=[]):
                self.name(target, name)
                return syntax.Window(span, name, self.expression(n))
            case ast.Subscript(value=ast.Name(id=name) as window, slice=index), _:
                cells = syntax.Name(self.span(window), name)
                return syntax.StoreItem(span, cells, self.expression(index), self.expression(value))
        nodes = target.elts if isinstance(target, ast.Tuple) else [target]
        names = []
        for node in nodes:
            if isinstance(node, ast.Name):
                self.name(node, node.id)
                names.append(syntax.Name(self.span(node), node.id))
            else:
                self._refuse_target(node)
        parsed = self.expression(value)
        if len(names) < len(nodes):
            return syntax.BadStatement(span, frozenset(name.id for name in names))
        return syntax.Assign(span, tuple(names), parsed)

    def _refuse_target(self, node: ast.expr) -> None:
        self.add(
            node,
            "assign-target",
            "Only local names, and cells of a window, can be assigned.",
            "Write name = … with a name of your own.",
        )

    def function(self, node: ast.FunctionDef) -> syntax.Function:
        """A helper or library function; also on_bar, whose argument is `bar`."""
        docstring = ast.get_docstring(node)
        given = node.args
        arguments = [*given.posonlyargs, *given.args]
        defaults: list[ast.expr | None] = [None] * (len(arguments) - len(given.defaults))
        defaults += [*given.defaults, *given.kw_defaults]
        collecting = [each for each in (given.vararg, given.kwarg) if each is not None]
        arguments += [*given.kwonlyargs, *collecting]
        defaults += [None] * len(collecting)
        if given.posonlyargs or given.kwonlyargs or collecting or node.decorator_list:
            self.add(
                node,
                "function",
                "A function has plain arguments: no *, /, ** and no decorators.",
                f"Write def {node.name}(x, y=1.0):",
            )
        return syntax.Function(
            self.span(node),
            node.name,
            docstring or "",
            tuple(map(self._argument, arguments, defaults)),
            self.block(node.body[1:] if docstring is not None else node.body),
        )

    def _argument(self, node: ast.arg, default: ast.expr | None) -> syntax.Argument:
        self.name(node, node.arg)
        kind = node.annotation.id if isinstance(node.annotation, ast.Name) else ""
        if node.annotation is not None and kind not in _KINDS:
            self.add(
                node.annotation,
                "annotation",
                "An argument is a float, an int, a bool, or a Bar.",
                "Write x: float, or leave the annotation out.",
            )
            kind = ""
        if node.arg == "bar" and not kind:
            kind = "Bar"
        value = constant_of(default) if default is not None else None
        if default is not None and value is None:
            self.add(default, "constant", "A default is a number, True or False.", "Write x=1.0.")
            value = 0
        return syntax.Argument(self.span(node), node.arg, kind, value)

    def refuse(self, node: ast.stmt) -> set[str]:
        """Reports a statement that the language lacks; returns the names it would bind."""
        if isinstance(node, ast.Import | ast.ImportFrom):
            return self.refuse_import(node)
        what, remedy = STATEMENTS.get(type(node), (None, LISTED))
        if what is None:
            what = f"a statement of this kind ({type(node).__name__})"
        self.add(node, "statement", f"The strategy language has no place for {what}.", remedy)
        return _bound_names(node)

    def refuse_import(self, node: ast.Import | ast.ImportFrom) -> set[str]:
        for alias in node.names:
            module = node.module if isinstance(node, ast.ImportFrom) else alias.name
            top = (module or "").split(".")[0]
            reach = f": {top} would reach {MODULES[top]}" if top in MODULES else ""
            several = isinstance(node, ast.Import) and len(node.names) > 1  # a finding for each
            self.add(
                alias if several else node,
                "import",
                f"A strategy cannot import {top or 'this'}{reach}.",
                "Remove the import; ta, math, bar and the outputs are there without it.",
            )
        return {(alias.asname or alias.name).split(".")[0] for alias in node.names}


def _bound_names(node: ast.stmt) -> set[str]:
    bound = {n.id for n in ast.walk(node) if isinstance(n, ast.Name)}
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        bound.add(node.name)
    return bound
