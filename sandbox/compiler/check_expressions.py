"""syntax → typed, the expressions: names, operators, history."""

from __future__ import annotations

from abc import ABC, abstractmethod

from sandbox.compiler import build, syntax, typed
from sandbox.compiler.build import NUMBERS
from sandbox.compiler.check_scope import RingName, Scope
from sandbox.compiler.slots import bar_value
from sandbox.compiler.syntax import Span
from sandbox.compiler.typed import Type

_FUNCTIONS = ("param", "state", "ring", "range")


class ExpressionChecker(Scope, ABC):
    """Types one expression at a time; calls are for the subclass."""

    @abstractmethod
    def call(self, node: syntax.Call) -> tuple[typed.Expression, ...]:
        """The results of a call, its statements emitted; in the subclass."""

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
                    node, "string", "A string is not a value.", "Strings name plots and params."
                )
            case syntax.Name():
                return self._name(node)
            case syntax.BarField():
                return bar_value(node.field, span)
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
        name = node.id
        if name == "na":
            return build.na(self.place(node))
        meaning = self.frame.names.get(name)
        if isinstance(meaning, RingName):
            return self.refuse(node, "type", "A ring has cells.", "Write ring[i].")
        if meaning is None:
            if name in self.frame.silent:
                return build.unknown(self.place(node))
            if name in ("bar", "ta", "math"):
                remedy = {"bar": "Write bar.close and the like."}.get(name, f"Write {name}.…(x).")
                return self.refuse(node, "name", f"{name} is not a value by itself.", remedy)
            return self.refuse(
                node,
                "name",
                f"Nothing is named {name} here.",
                "Assign it before, declare it as a param, or correct the spelling.",
            )
        if name in self.frame.variables and name not in self.frame.assigned:
            return self.refuse(
                node,
                "maybe-unassigned",
                f"{name} has a value in some branches only.",
                f"Give it one before the if: {name} = na, or 0, or False.",
            )
        return meaning

    def _unary(self, node: syntax.Unary, span: Span) -> typed.Expression:
        if node.op == "not":
            value = self.truth(node.operand, "not")
            return value if self.is_unknown(value) else typed.Not(Type.BOOL, value, span)
        value = self.number(node.operand, "-")
        return value if self.is_unknown(value) else build.negate(value, span)

    def _binary(self, node: syntax.Binary, span: Span) -> typed.Expression:
        left, right = self.number(node.left, node.op), self.number(node.right, node.op)
        if self.is_unknown(left, right):
            return build.unknown(span)
        if node.op == "/":
            left, right = build.to_float(left), build.to_float(right)
        elif node.op in ("//", "%") and Type.FLOAT in (left.type, right.type):
            return self.refuse(
                node,
                "type",
                f"{node.op} is for whole numbers.",
                "Write math.floor(x / y), or x - y * math.floor(x / y).",
            )
        unified = build.unify([left, right])
        assert unified is not None
        return build.arithmetic(node.op, unified[0], unified[1], span)

    def _compare(self, node: syntax.Compare, span: Span) -> typed.Expression:
        values = []
        with_condition = self.conditional
        for position, operand in enumerate(node.operands):
            if position == 2:
                self.conditional = "a later part of a chained comparison"
            values.append(self.number(operand, "A comparison"))
        self.conditional = with_condition
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
        unified = build.unify(values)
        assert unified is not None
        return typed.Chain(Type.BOOL, node.ops, tuple(unified), span)

    def _logic(self, node: syntax.Logic, span: Span) -> typed.Expression:
        before = self.conditional
        values = []
        for operand in node.operands:
            values.append(self.truth(operand, node.op))
            self.conditional = before or f"the right side of {node.op}"
        self.conditional = before
        if self.is_unknown(*values):
            return build.unknown(span)
        return typed.Logic(Type.BOOL, node.op, tuple(values), span)

    def _conditional(self, node: syntax.Conditional, span: Span) -> typed.Expression:
        test = self.truth(node.test, "if")
        before = self.conditional
        self.conditional = before or "one side of a conditional expression"
        values = [self.expression(node.then), self.expression(node.otherwise)]
        self.conditional = before
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
        return typed.Choose(unified[0].type, test, unified[0], unified[1], span)

    def _item(self, node: syntax.Item, span: Span) -> typed.Expression:
        if isinstance(node.series, syntax.Name):
            meaning = self.frame.names.get(node.series.id)
            if isinstance(meaning, RingName):
                index = self.expression(node.index)
                assert index.type is Type.INT, node
                return typed.RingRead(Type.FLOAT, meaning.ring, index, span)
        elif not isinstance(node.series, syntax.BarField | syntax.Bad):
            return self.refuse(
                node,
                "history",
                "History is kept of bar fields and of local names.",
                "Assign the expression to a local first: x = …, and then x[1].",
            )
        current = self.expression(node.series)
        back = self.number(node.index, "[ ]")
        if self.is_unknown(current, back):
            return build.unknown(span)
        return self._history(node, build.to_float(current), back)

    def _history(
        self, node: syntax.Item, current: typed.Expression, back: typed.Expression
    ) -> typed.Expression:
        is_series = isinstance(node.series, syntax.BarField) or (
            isinstance(node.series, syntax.Name) and node.series.id in self.frame.variables
        )
        if current.type is not Type.FLOAT or not is_series or self.frame.call is not None:
            return self.refuse(
                node,
                "history",
                "History is kept of numbers that bars or locals hold.",
                "Keep it as a number: x = 1.0 if … else 0.0, and then x[1].",
            )
        span = self.place(node)
        bounds = build.whole_range(back, self.slots.params)
        if bounds is None or bounds[1] > self.limits.window_bars_max:
            return self.refuse(
                node,
                "history-length",
                "How far back to look must be a whole number with a known largest value,"
                f" up to {self.limits.window_bars_max:,}.",
                "Write a number, or a param with low= and high=.",
            )
        if bounds[0] < 0:
            return self.refuse(
                node,
                "lookahead",
                "A negative index would look at bars that have not come yet.",
                "Write x[1] for the bar before, and low=0 on a param.",
            )
        if bounds[1] == 0:
            return current
        series: str | int
        if isinstance(node.series, syntax.BarField):
            series = node.series.field
        else:
            assert isinstance(node.series, syntax.Name)
            series = node.series.id
            self.last_values.setdefault(series, span)
        history = self.slots.history_of(series, current, bounds[1])
        self.check_state_size(node)
        past = typed.History(Type.FLOAT, history, back, span)
        if bounds[0] > 0:
            return past
        zero = typed.Const(Type.INT, 0, span)
        is_now = typed.Chain(Type.BOOL, ("==",), (back, zero), span)
        return typed.Choose(Type.FLOAT, is_now, current, past, span)
