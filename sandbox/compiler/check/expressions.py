"""syntax → typed, the expressions: names, operators, choices."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod

from sandbox.compiler import syntax, typed
from sandbox.compiler.check import build
from sandbox.compiler.check.build import NUMBERS
from sandbox.compiler.check.scope import BarName, Scope, TimeframeName, WindowName
from sandbox.compiler.syntax import Span
from sandbox.compiler.typed import Type

_CONSTANTS = {"pi": math.pi, "e": math.e, "tau": math.tau, "inf": math.inf}
_OWNERS = {
    "bar": "Write bar.close and the like.",
    "ta": "Write ta.ema(bar.close, 12).",
    "math": "Write math.sqrt(x).",
    "position": "Write position.size and the like.",
}


class ExpressionChecker(Scope, ABC):
    """Types one expression at a time; calls, fields and history are for the subclasses."""

    @abstractmethod
    def call(self, node: syntax.Call) -> tuple[typed.Expression, ...]:
        """The results of a call, its statements emitted."""

    @abstractmethod
    def library_call(
        self, name: str, arguments: tuple[typed.Expression, ...], node: syntax.Node
    ) -> tuple[typed.Expression, ...]:
        """The results of a library function, by its full name."""

    @abstractmethod
    def field(self, node: syntax.Field) -> typed.Expression:
        """A field of the bar, the position or a timeframe."""

    @abstractmethod
    def history(self, node: syntax.Item) -> typed.Expression:
        """x[k] of a series."""

    def expression(self, node: syntax.Expression) -> typed.Expression:
        """Typed, or of type UNKNOWN after a report."""
        if self.exhausted:
            return build.unknown(node.span)
        self.counted(node)
        span = self.place(node)
        match node:
            case syntax.Bad():
                return build.unknown(span)
            case syntax.Constant():
                return build.constant(node.value, span)
            case syntax.Text():
                return self.refuse(
                    node, "string", "A string is not a value.", "Strings name plots and alerts."
                )
            case syntax.Name():
                return self._name(node)
            case syntax.Field():
                return self._field(node)
            case syntax.Unary():
                return self._unary(node, span)
            case syntax.Binary():
                return self._binary(node, span)
            case syntax.Compare():
                return self._compare(node, span)
            case syntax.Logic():
                return self._logic(node, span)
            case syntax.Conditional():
                return self._conditional(node, span)
            case syntax.Item():
                return self._item(node, span)
            case syntax.Call():
                return self._one_result(node)

    def number(self, node: syntax.Expression, what: str) -> typed.Expression:
        """A float or int."""
        value = self.expression(node)
        if value.type is Type.BOOL:
            return self.refuse(
                node,
                "type",
                f"{what} takes numbers, and this is true or false.",
                "Write 1.0 if … else 0.0 where a number is meant.",
            )
        return value

    def float_number(self, node: syntax.Expression, what: str) -> typed.Expression:
        return build.to_float(self.number(node, what))

    def truth(self, node: syntax.Expression, what: str) -> typed.Expression:
        """A bool."""
        value = self.expression(node)
        if value.type in NUMBERS:
            return self.refuse(
                node,
                "type",
                f"{what} takes true or false, and this is a number.",
                "Compare it: x > 0, x != 0, or not isna(x).",
            )
        return value

    def _one_result(self, node: syntax.Call) -> typed.Expression:
        results = self.call(node)
        if len(results) == 1:
            return results[0]
        if not results:
            return self.refuse(
                node,
                "no-value",
                f"{node.function} gives no value.",
                "Write it on a line of its own.",
            )
        names = ", ".join("abcdefgh"[: len(results)])
        return self.refuse(
            node,
            "unpack",
            f"{node.function} gives {len(results)} values.",
            f"Unpack them first: {names} = {node.function}(…).",
        )

    def _name(self, node: syntax.Name) -> typed.Expression:
        name, body = node.id, self.body
        if name == "na":
            return build.na(self.place(node))
        meaning = body.names.get(name)
        if isinstance(meaning, WindowName):
            remedy = f"Write {name}[i]."
            return self.refuse(node, "type", f"{name} is a window of cells.", remedy)
        if isinstance(meaning, BarName | TimeframeName):
            remedy = f"Write {name}.close and the like."
            return self.refuse(node, "name", f"{name} is not a value by itself.", remedy)
        if meaning is None:
            return self._nameless(node)
        if name in body.variables and name not in body.assigned and body.reachable:
            return self.refuse(
                node,
                "maybe-unassigned",
                f"{name} has a value in some branches only.",
                f"Give it one before: {name} = na, or 0, or False.",
            )
        return meaning

    def _nameless(self, node: syntax.Name) -> typed.Expression:
        name = node.id
        if name in self.body.silent:
            return build.unknown(self.place(node))
        if name in _OWNERS:
            return self.refuse(node, "name", f"{name} is not a value by itself.", _OWNERS[name])
        if name in self.helpers:
            message = f"{name} is a function."
            return self.refuse(node, "name", message, f"Call it: {name}(…).")
        return self.refuse(
            node,
            "name",
            f"Nothing is named {name} here.",
            "Assign it before, declare it as a param, or correct the spelling.",
        )

    def _field(self, node: syntax.Field) -> typed.Expression:
        if isinstance(node.owner, syntax.Name) and node.owner.id in ("math", "ta"):
            owner = node.owner.id
            if owner == "math" and node.name in _CONSTANTS:
                return build.constant(_CONSTANTS[node.name], self.place(node))
            if owner == "math" and node.name == "nan":
                return build.na(self.place(node))
            message = f"{owner}.{node.name} is not a value."
            remedy = f"Functions are called: {owner}.{node.name}(…)."
            return self.refuse(node, "attribute", message, remedy)
        return self.field(node)

    def _unary(self, node: syntax.Unary, span: Span) -> typed.Expression:
        if node.op == "not":
            value = self.truth(node.operand, "not")
            return value if self.is_unknown(value) else build.negation(value, span)
        value = self.number(node.operand, "-")
        return value if self.is_unknown(value) else build.negate(value, span)

    def _binary(self, node: syntax.Binary, span: Span) -> typed.Expression:
        left, right = self.number(node.left, node.op), self.number(node.right, node.op)
        if self.is_unknown(left, right):
            return build.unknown(span)
        if node.op == "**":
            return self._power(node, build.to_float(left), right, span)
        if node.op == "/":
            left, right = build.to_float(left), build.to_float(right)
        unified = build.unify([left, right])
        assert unified is not None
        if node.op in ("//", "%") and unified[0].type is Type.FLOAT:
            name = "math._floor_divide" if node.op == "//" else "math._modulo"
            return self.library_call(name, (unified[0], unified[1]), node)[0]
        return build.arithmetic(node.op, unified[0], unified[1], span)

    def _power(
        self, node: syntax.Binary, base: typed.Expression, by: typed.Expression, span: Span
    ) -> typed.Expression:
        if isinstance(by, typed.Const) and by.value == 2:  # exactly rounded, and much faster
            kept = base if isinstance(base, typed.Local) else self.set_new_local(base)
            return build.arithmetic("*", kept, kept, span)
        return self.library_call("math.pow", (base, build.to_float(by)), node)[0]

    def _compare(self, node: syntax.Compare, span: Span) -> typed.Expression:
        values = [self.expression(operand) for operand in node.operands]
        if self.is_unknown(*values):
            return build.unknown(span)
        if any(
            isinstance(operand, syntax.Name) and operand.id == "na" for operand in node.operands
        ):
            return self.refuse(
                node,
                "compare-na",
                "A comparison with na is always false.",
                "Write isna(x), or not isna(x).",
            )
        if any(value.type is Type.BOOL for value in values):
            return self._compare_truths(node, values, span)
        unified = build.unify(values)
        assert unified is not None
        return build.chain(node.ops, unified, span)

    def _compare_truths(
        self, node: syntax.Compare, values: list[typed.Expression], span: Span
    ) -> typed.Expression:
        """a == b of two truth values, as whole numbers."""
        if any(value.type is not Type.BOOL for value in values) or not set(node.ops) <= {
            "==",
            "!=",
        }:
            return self.refuse(
                node,
                "type",
                "True and False can be == or != to each other only.",
                "Write the condition itself: if up: or if not up:",
            )
        numbers = [
            build.choose(value, build.constant(1, span), build.constant(0, span), span)
            for value in values
        ]
        return build.chain(node.ops, numbers, span)

    def _logic(self, node: syntax.Logic, span: Span) -> typed.Expression:
        values = [self.truth(node.operands[0], node.op)]
        with self.guarded(f"the right side of {node.op}"):
            values += [self.truth(operand, node.op) for operand in node.operands[1:]]
        if self.is_unknown(*values):
            return build.unknown(span)
        decided = node.op == "or"  # the value that decides the whole
        kept: list[typed.Expression] = []
        for value in values:
            if not isinstance(value, typed.Const):
                kept.append(value)
            elif value.value is decided:
                kept.append(value)
                break
        if not kept or isinstance(kept[0], typed.Const):
            return build.constant(decided if kept else not decided, span)
        if len(kept) == 1:
            return kept[0]
        return typed.Logic(Type.BOOL, node.op, tuple(kept), span)

    def _conditional(self, node: syntax.Conditional, span: Span) -> typed.Expression:
        test = self.truth(node.test, "if")
        if isinstance(test, typed.Const) and self.body.is_library and not self.is_unknown(test):
            return self.expression(node.then if test.value else node.otherwise)
        with self.guarded("one side of a conditional expression"):
            values = [self.expression(node.then), self.expression(node.otherwise)]
        if self.is_unknown(test, *values):
            return build.unknown(span)
        unified = build.unify(values)
        if unified is None:
            return self.refuse(
                node,
                "type",
                "One side is a number and the other is true or false.",
                "Make both sides of one kind.",
            )
        return build.choose(test, unified[0], unified[1], span)

    def _item(self, node: syntax.Item, span: Span) -> typed.Expression:
        if isinstance(node.series, syntax.Name):
            meaning = self.body.names.get(node.series.id)
            if isinstance(meaning, WindowName):
                index = self.whole_number(node.index, "A cell's place")
                if self.is_unknown(index):
                    return index
                return typed.CellRead(Type.FLOAT, meaning.window, index, span)
        return self.history(node)

    def whole_number(self, node: syntax.Expression, what: str) -> typed.Expression:
        """An int."""
        value = self.number(node, what)
        if value.type is Type.FLOAT:
            return self.refuse(
                node,
                "type",
                f"{what} is a whole number, and this is a float.",
                "Write int(x), which cuts off what is behind the point.",
            )
        return value
