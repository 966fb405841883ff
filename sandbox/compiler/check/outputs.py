"""syntax → typed, what a strategy says: orders, plots, alerts, a score; and its position."""

from __future__ import annotations

import re

from sandbox.columns import (
    CODE_BITS,
    GUARDS_SHIFT,
    POSITION_FIELDS,
    PRICES,
    PROTECTIVE,
    TERMS,
    Ordered,
    SignalCode,
)
from sandbox.compiler import syntax, typed
from sandbox.compiler.check import build, order_calls, orders
from sandbox.compiler.check.scope import NOWHERE
from sandbox.compiler.check.statements import StatementChecker
from sandbox.compiler.library import Functions
from sandbox.compiler.limits import Limits
from sandbox.compiler.report import Report
from sandbox.compiler.typed import Type

_ENTRIES = (SignalCode.ENTER_LONG, SignalCode.ENTER_SHORT)
_ENDS = (SignalCode.EXIT, SignalCode.CANCEL)
_MARKET = ("open", "high", "low", "close", "volume")
_UNITS = ("size", "bars_held")
_VALUES = {"entry_price", "open_profit"}
_PLOT_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_ ]{0,63}")
_ALERT_CHARS_MAX = 200
_ALERTS_MAX = 63


class OutputChecker(StatementChecker):
    """Outputs are locals of on_bar that begin each bar empty and are read when it ends."""

    def __init__(self, library: Functions, limits: Limits, report: Report) -> None:
        super().__init__(library, limits, report)
        self.outputs: dict[str, typed.Local] = {}
        self.priced: tuple[str, ...] = ()
        self.protective: tuple[str, ...] = ()
        self._is_packed = False
        """Whether some order says more than its code."""
        self._guards = False
        """Whether prices of an exit may come beside an order."""
        self.plots: list[str] = []
        self.alerts: list[str] = []
        self.account: dict[str, typed.Local] = {}
        self._read: set[str] = set()

    def note_prices(self, body: tuple[syntax.Statement, ...]) -> None:
        """Which prices any order has: all others are without, whatever runs last."""
        stack: list[syntax.Node] = list(body)
        found: set[str] = set()
        exits = enters = False
        while stack:
            node = stack.pop()
            if isinstance(node, syntax.Call) and node.function in order_calls.KINDS:
                columns = order_calls.columns_of(node)
                found |= columns
                ends = order_calls.KINDS[node.function].code in _ENDS
                enters = enters or not ends
                exits = exits or (ends and not columns.isdisjoint(PROTECTIVE))
            stack.extend(syntax.children(node))
        self._guards = exits and enters
        self.priced = tuple(name for name in PRICES if name in found)
        self.protective = tuple(name for name in PROTECTIVE if name in found)

    def effect(self, call: syntax.Call) -> bool:
        checks = {"plot": self._plot, "alert": self._alert, "score": self._score}
        check = checks.get(
            call.function, self._order if call.function in order_calls.KINDS else None
        )
        if check is None or call.function in self.helpers:
            return False
        if self.body.is_on_bar:
            check(call)
        else:
            self.refuse(
                call,
                "output",
                f"{call.function} stands in on_bar only.",
                "Return what it needs, and call it in on_bar.",
            )
        return True

    def _output(self, name: str, kind: Type = Type.FLOAT) -> typed.Local:
        if name not in self.outputs:
            local = typed.Local(kind, self.new_local(kind), NOWHERE)
            self.outputs[name] = local
        return self.outputs[name]

    def _say(self, name: str, value: typed.Expression, node: syntax.Node) -> None:
        self.emit(typed.SetLocal(self._output(name, value.type).index, value, self.place(node)))

    # orders

    def _order(self, call: syntax.Call) -> None:
        faults = list(order_calls.faults(call))
        for fault in faults:
            self.refuse(fault.node, "arguments", fault.message, fault.remedy)
        if faults:
            return
        order = order_calls.read(call)
        values = {column: self.float_number(value, name) for name, column, value in order.numbers}
        if self.is_unknown(*values.values()):
            return
        self._is_packed = self._is_packed or order.ordered.packed != order.ordered.code
        self._emit_order(order.ordered, values, call)

    def _emit_order(
        self, ordered: Ordered, values: dict[str, typed.Expression], call: syntax.Call
    ) -> None:
        """The order, or, where it turns out to be void, a cancel in its place."""
        span = self.place(call)
        values = {name: self._once(value, span) for name, value in values.items()}
        void = orders.void(ordered.code, values, span)
        placed = self._placed(ordered, orders.with_finite_exits(values, span), span)
        if isinstance(void, typed.Const):
            statements = self._cancelled(span) if void.value else placed
        else:
            statements = (typed.If(void, self._cancelled(span), placed, span),)
        for statement in statements:
            self.emit(statement)

    def _once(self, value: typed.Expression, span: syntax.Span) -> typed.Expression:
        """What is computed once, however often it is read."""
        if isinstance(value, typed.Const | typed.Local | typed.ParamValue):
            return value
        local = typed.Local(value.type, self.new_local(value.type), span)
        self.emit(typed.SetLocal(local.index, value, span))
        return local

    def _cancelled(self, span: syntax.Span) -> tuple[typed.Statement, ...]:
        return self._placed(Ordered(SignalCode.CANCEL), {}, span)

    def _placed(
        self, ordered: Ordered, values: dict[str, typed.Expression], span: syntax.Span
    ) -> tuple[typed.Statement, ...]:
        """The bar's last order counts; protective prices said before are kept beside an entry."""
        signal, code = self._output("signal", Type.INT), ordered.code
        first: list[typed.Statement] = [
            typed.SetLocal(signal.index, build.constant(ordered.packed, span), span)
        ]
        if code == SignalCode.EXIT and not values.keys().isdisjoint(PROTECTIVE):
            if "size" in values:
                first.append(typed.SetLocal(self._output("size").index, values["size"], span))
            nothing = build.constant(int(SignalCode.NONE), span)
            silent = build.chain(("==",), [signal, nothing], span)
            beside = self._guarding_too(signal, span) if self._guards else ()
            first = [typed.If(silent, tuple(first), beside, span)]
            values = {name: value for name, value in values.items() if name != "size"}
        else:
            one = build.constant(1.0, span)
            empty = one if code in _ENTRIES else build.na(span)
            if self._guards and code not in _ENDS:
                first = self._keeping_guards(signal, ordered, span)
            emptied = self.priced + (self.protective if code in _ENDS else ())
            values = {"size": empty, **dict.fromkeys(emptied, build.na(span)), **values}
        said = [
            typed.SetLocal(self._output(name).index, value, span) for name, value in values.items()
        ]
        return (*first, *said)

    def _guarding(
        self, signal: typed.Local, value: typed.Expression, span: syntax.Span
    ) -> typed.Statement:
        bit = build.constant(1 << GUARDS_SHIFT, span)
        return typed.SetLocal(signal.index, build.arithmetic("|", value, bit, span), span)

    def _guarding_too(self, signal: typed.Local, span: syntax.Span) -> tuple[typed.Statement, ...]:
        """Prices of an exit beside an entry or an order that was said before it."""
        bits = build.constant(CODE_BITS, span)
        kind = build.arithmetic("&", signal, bits, span)
        exits = build.constant(int(SignalCode.EXIT), span)
        order = build.constant(int(SignalCode.ORDER), span)
        enters = build.chain(("<",), [kind, exits], span)
        beside = typed.Logic(
            Type.BOOL, "or", (enters, build.chain(("==",), [kind, order], span)), span
        )
        return (typed.If(beside, (self._guarding(signal, signal, span),), (), span),)

    def _keeping_guards(
        self, signal: typed.Local, ordered: Ordered, span: syntax.Span
    ) -> list[typed.Statement]:
        """The order in the place of what was said before; prices of an exit among that stay those
        of what is held."""
        packed = build.constant(ordered.packed, span)
        bit = build.constant(1 << GUARDS_SHIFT, span)
        exits = build.constant(int(SignalCode.EXIT), span)
        guarded = build.chain((">=",), [signal, bit], span)
        held = typed.Logic(
            Type.BOOL, "or", (guarded, build.chain(("==",), [signal, exits], span)), span
        )
        alone = typed.SetLocal(signal.index, packed, span)
        return [typed.If(held, (self._guarding(signal, packed, span),), (alone,), span)]

    def position_value(self, name: str) -> typed.Expression:
        self._read.add(name)
        if not self.account:
            kinds = {"bars_held": Type.INT}
            for field in POSITION_FIELDS:
                kind = kinds.get(field, Type.FLOAT)
                self.account[field] = typed.Local(kind, self.new_local(kind), NOWHERE)
        return self.account[name]

    # plots, alerts, the score

    def _plot(self, call: syntax.Call) -> None:
        name = call.arguments[0] if call.arguments else None
        valid = isinstance(name, syntax.Text) and _PLOT_NAME.fullmatch(name.value)
        if len(call.arguments) != 2 or call.keywords or not valid:
            self.refuse(
                call,
                "arguments",
                "plot takes a name of letters, digits, _ and spaces, and a number.",
                'Write plot("fast", x).',
            )
            return
        assert isinstance(name, syntax.Text)
        value = self.float_number(call.arguments[1], "plot")
        if name.value in self.plots:
            message = f"There are two plots named {name.value}."
            self.refuse(call, "plot", message, "Give each a name of its own.")
        elif len(self.plots) >= self.limits.plots_max:
            message = f"There are more than {self.limits.plots_max} plots."
            self.refuse(call, "plot", message, "Use fewer.")
        else:
            self.plots.append(name.value)
            if not self.is_unknown(value):
                self._say(f"plot.{name.value}", value, call)

    def _alert(self, call: syntax.Call) -> None:
        if (
            len(call.arguments) != 2
            or call.keywords
            or not isinstance(call.arguments[1], syntax.Text)
        ):
            self.refuse(
                call,
                "arguments",
                "alert takes a condition and a message.",
                'Write alert(crossover(fast, slow), "Fast is above slow").',
            )
            return
        message = call.arguments[1].value
        condition = self.truth(call.arguments[0], "alert")
        if not 0 < len(message) <= _ALERT_CHARS_MAX:
            remedy = f"Write 1 to {_ALERT_CHARS_MAX} characters."
            self.refuse(call, "alert", "The message is empty or too long.", remedy)
        elif message not in self.alerts and len(self.alerts) >= _ALERTS_MAX:
            message = f"There are more than {_ALERTS_MAX} messages."
            self.refuse(call, "alert", message, "Use fewer.")
        elif not self.is_unknown(condition):
            if message not in self.alerts:
                self.alerts.append(message)
            span = self.place(call)
            bits = self._output("alerts", Type.INT)
            bit = build.constant(1 << self.alerts.index(message), span)
            raised = typed.SetLocal(bits.index, build.arithmetic("|", bits, bit, span), span)
            self.emit(typed.If(condition, (raised,), (), span))

    def _score(self, call: syntax.Call) -> None:
        if len(call.arguments) != 1 or call.keywords:
            self.refuse(call, "arguments", "score takes one number.", "Write score(x).")
            return
        value = self.float_number(call.arguments[0], "score")
        if not self.is_unknown(value):
            self._say("score", value, call)

    # what frames the body

    def empty_outputs(self) -> list[typed.Statement]:
        """The bar's start: the account takes in what was ordered at the bar before, and then
        nothing has been said yet."""
        statements: list[typed.Statement] = []
        if self.account and "signal" in self.outputs:
            statements += self._fills()
        elif self.account:
            statements += [
                typed.SetLocal(local.index, self._flat(name, local), NOWHERE)
                for name, local in self.account.items()
            ]
        return statements + [
            typed.SetLocal(local.index, build.empty(local.type, NOWHERE), NOWHERE)
            for local in self.outputs.values()
        ]

    def _flat(self, name: str, local: typed.Local) -> typed.Const:
        """Of a position that no order can ever open."""
        value = float("nan") if name == "entry_price" else 0.0
        return build.constant(value if local.type is Type.FLOAT else 0, NOWHERE)

    def _fills(self) -> list[typed.Statement]:
        """The call of engine.position, with last bar's orders, which state slots keep."""
        ordered: list[typed.Expression] = []
        for name in ("signal", *TERMS):
            local = self.outputs.get(name)
            if local is None:
                ordered.append(build.na(NOWHERE))
                continue
            empty = build.empty(local.type, NOWHERE)
            self.body.states.append(typed.StateSlot(local.index, local.type, empty.value))
            ordered.append(local)
        node = syntax.Bad(NOWHERE)
        packed = self._is_packed
        priced, protected = (
            not self.outputs.keys().isdisjoint(used) for used in (PRICES, PROTECTIVE)
        )
        plain = not (priced or protected or packed)
        counted = build.constant(int("bars_held" in self._read), NOWHERE)
        bar = [self.bar_value(name, node) for name in ("time", *_MARKET)]
        if plain and not self._read & _VALUES:
            units = self._account_call("engine.units", _UNITS, (counted, *ordered[:2]))
            limited = self._account_call("engine.limited", _UNITS, (counted, *bar, *ordered[:2]))
            is_free = build.chain(
                ("==",),
                [typed.FillValue(Type.FLOAT, "limited", NOWHERE), build.constant(0.0, NOWHERE)],
                NOWHERE,
            )
            return [typed.If(is_free, units, limited, NOWHERE)]
        flags = (plain, priced or packed, protected + (protected and self._guards))
        kinds = [build.constant(int(flag), NOWHERE) for flag in flags]
        is_packed = build.constant(int(packed), NOWHERE)
        arguments = (*kinds, counted, is_packed, *bar, *ordered)
        return list(self._account_call("engine.position", POSITION_FIELDS, arguments))

    def _account_call(
        self, name: str, fields: tuple[str, ...], arguments: tuple[typed.Expression, ...]
    ) -> tuple[typed.Statement, ...]:
        """The call, and its results in the account's locals of these fields."""
        outer, self.body.emitted = self.body.emitted, []
        results = self.library_call(name, arguments, syntax.Bad(NOWHERE))
        copies = [
            typed.SetLocal(self.account[field].index, result, NOWHERE)
            for field, result in zip(fields, results, strict=True)
        ]
        statements, self.body.emitted = (*self.body.emitted, *copies), outer
        return statements
