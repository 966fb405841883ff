"""syntax → typed: names, types, slots, and library calls inlined; all findings at once.

The order of the program is kept: the statements of an inlined call are emitted just before
the statement that contains the call, calls of one statement from left to right. A call
that keeps state advances once at every bar, so where a bar might not reach it (a branch,
the right side of and/or, one side of a conditional expression) it is refused.

History x[k] is what x held at the end of the bar k bars ago, so a local with history has
to have a value at the end of every bar.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any

from sandbox.compiler import build, syntax, typed
from sandbox.compiler.check_calls import CallChecker
from sandbox.compiler.check_scope import RingName
from sandbox.compiler.limits import Limits
from sandbox.compiler.report import Report
from sandbox.compiler.typed import Type

_SIGNALS = {"enter_long": 1, "enter_short": 2, "exit": 3}
_PLOT_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_ ]{0,63}")
_RESERVED = ("na", "bar", "ta", "math")


def check(
    strategy: syntax.Strategy,
    library: Mapping[str, syntax.Function],
    limits: Limits,
    report: Report,
) -> typed.Program | None:
    """The typed program, or None when the report holds findings."""
    return _Checker(library, limits, report).program(strategy)


class _Checker(CallChecker):
    def program(self, strategy: syntax.Strategy) -> typed.Program | None:
        self.frame.silent = set(strategy.bad_names)
        for param in strategy.params:
            self._param(param)
        self.statements(strategy.body)
        self._check_histories()
        histories = self.slots.histories()
        if self.report:
            return None
        return typed.Program(
            docstring=strategy.docstring,
            params=tuple(self.slots.params),
            locals=tuple(self.slots.locals),
            states=tuple(self.slots.states),
            rings=tuple(self.slots.rings),
            histories=histories,
            plots=tuple(self.plots),
            uses_score=self.uses_score,
            body=tuple(self.emitted),
            state_bytes=self.slots.state_bytes,
            ring_writes_max=self.ring_writes_max,
            bar_budget=self.limits.bar_budget,
        )

    def _check_histories(self) -> None:
        for name, span in self.last_values.items():
            if name not in self.frame.assigned:
                self.report.add(
                    span,
                    "maybe-unassigned",
                    f"{name} may have no value at the end of a bar, so it has no history.",
                    f"Give it one before the if: {name} = na.",
                )

    def _param(self, node: syntax.Param) -> None:
        if node.name in self.frame.names or node.name in _RESERVED:
            self.refuse(node, "name", f"{node.name} is taken.", "Choose another name.")
            return
        if len(self.slots.params) >= self.limits.params_max:
            message = f"There are more than {self.limits.params_max} params."
            self.refuse(node, "too-many-params", message, "Use fewer.")
            return
        kind = build.constant(node.default, node.span).type
        bounds = (node.low, node.high, node.step)
        low = node.default if node.low is None else node.low
        high = node.default if node.high is None else node.high
        fractional = any(isinstance(bound, float) for bound in bounds)
        if (
            (kind is Type.BOOL and bounds != (None, None, None))
            or (kind is Type.INT and fractional)
            or not low <= node.default <= high
            or (node.step is not None and node.step <= 0)
        ):
            self.refuse(
                node,
                "param",
                f"The bounds of {node.name} do not fit its default.",
                "Write low ≤ default ≤ high and step > 0, whole numbers for a whole default,"
                " none for True or False.",
            )
        self.slots.params.append(
            typed.Param(
                node.name,
                kind,
                node.default,
                node.low,
                node.high,
                node.step,
                node.title,
                self.slots.take_param(),
            )
        )
        index = len(self.slots.params) - 1
        self.frame.names[node.name] = typed.ParamValue(kind, index, node.span)

    # statements

    def statements(self, body: tuple[syntax.Statement, ...]) -> None:
        for node in body:
            if not self.exhausted:
                self.counted(node)
                self._statement(node)

    def _statement(self, node: syntax.Statement) -> None:
        match node:
            case syntax.Assign():
                self._assign(node)
            case syntax.Evaluate():
                self._effect(node)
            case syntax.If():
                self._if(node)
            case syntax.State():
                self._state(node)
            case syntax.Ring():
                bounds = build.whole_range(self.expression(node.length), self.slots.params)
                assert bounds is not None, node
                ring = self.slots.new_ring(bounds[1])
                self.frame.names[node.name] = RingName(ring)
            case syntax.StoreItem():
                self._store_item(node)
            case syntax.For():
                self._for(node)
            case syntax.BadStatement():
                self.frame.silent |= node.names
            case syntax.Return():
                raise AssertionError("return stands at a library function's end only")

    def _assign(self, node: syntax.Assign) -> None:
        if len(node.targets) == 1 and not isinstance(node.value, syntax.Call):
            values: tuple[typed.Expression, ...] = (self.expression(node.value),)
        elif isinstance(node.value, syntax.Call):
            values = self.call(node.value)
            if not values:
                values = (self.expression(node.value),)
        else:
            values = (self.expression(node.value),)
        if len(values) != len(node.targets) and not self.is_unknown(*values):
            self.refuse(
                node,
                "unpack",
                f"There are {len(node.targets)} names for {len(values)} values.",
                "Write one name for each value.",
            )
            values = ()
        for position, target in enumerate(node.targets):
            value = values[position] if position < len(values) else build.unknown(node.span)
            self._bind(target, value)

    def _bind(self, target: syntax.Name, value: typed.Expression) -> None:
        name, frame = target.id, self.frame
        known = frame.names.get(name)
        if name in _RESERVED or (known is not None and name not in frame.variables):
            self.refuse(target, "name", f"{name} cannot be assigned.", "Choose another name.")
            return
        if self.is_unknown(value):
            frame.silent.add(name)
            frame.assigned.add(name)
            return
        if known is None:
            local = typed.Local(value.type, self.slots.new_local(value.type), self.place(target))
            frame.names[name] = local
            frame.variables.add(name)
        else:
            assert isinstance(known, typed.Local)
            local = known
        if local.type is Type.FLOAT:
            value = build.to_float(value)
        if value.type is not local.type:
            self.refuse(
                target,
                "type",
                f"{name} is {_kind(local.type)} above, and here it gets {_kind(value.type)}.",
                "Use another name, or write 0.0 where it is first assigned.",
            )
            return
        self.emit(typed.SetLocal(local.index, value, self.place(target)))
        frame.assigned.add(name)

    def _if(self, node: syntax.If) -> None:
        test = self.truth(node.test, "if")
        outer, before = self.emitted, self.conditional
        assigned = set(self.frame.assigned)
        self.conditional = before or "a branch of an if"
        bodies, ends = [], []
        for body in (node.then, node.otherwise):
            self.emitted = []
            self.frame.assigned = set(assigned)
            self.statements(body)
            bodies.append(tuple(self.emitted))
            ends.append(self.frame.assigned)
        self.frame.assigned = ends[0] & ends[1]
        self.emitted, self.conditional = outer, before
        if not self.is_unknown(test):
            self.emit(typed.If(test, bodies[0], bodies[1], self.place(node)))

    # calls for their effect

    def _effect(self, node: syntax.Evaluate) -> None:
        call = node.call
        if not isinstance(call, syntax.Call):
            return
        if call.function in _SIGNALS:
            self._signal(call)
        elif call.function == "plot":
            self._plot(call)
        elif call.function == "score":
            if len(call.arguments) != 1 or call.keywords:
                self.refuse(call, "arguments", "score takes one number.", "Write score(x).")
                return
            value = self.float_number(call.arguments[0], "score")
            self.uses_score = True
            if not self.is_unknown(value):
                self.emit(typed.Score(value, self.place(call)))
        elif not self.is_unknown(*(results := self.call(call))) and results:
            self.refuse(
                call,
                "unused",
                f"The result of {call.function} is not used.",
                "Assign it to a name, or remove the line.",
            )

    def _signal(self, call: syntax.Call) -> None:
        takes_size = call.function != "exit"
        sizes = [value for name, value in call.keywords if name == "size" and takes_size]
        if call.arguments or len(sizes) != len(call.keywords) or len(sizes) > 1:
            usage = "enter_long(size=1.0)" if takes_size else "exit()"
            self.refuse(
                call,
                "arguments",
                f"{call.function} takes {'size= only' if takes_size else 'no arguments'}.",
                f"Write {usage}.",
            )
            return
        span = self.place(call)
        default = 1.0 if takes_size else float("nan")
        size = self.float_number(sizes[0], "size") if sizes else build.constant(default, span)
        if not self.is_unknown(size):
            self.emit(typed.Signal(_SIGNALS[call.function], size, span))

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
                self.emit(typed.Plot(len(self.plots) - 1, value, self.place(call)))

    # library code only

    def _state(self, node: syntax.State) -> None:
        initial = self.expression(node.initial)
        assert isinstance(initial, typed.Const), node
        state = self.slots.new_state(initial.type, initial.value)
        local = self.slots.states[state].local
        self.frame.names[node.name] = typed.Local(initial.type, local, self.place(node))
        self.frame.variables.add(node.name)
        self.frame.assigned.add(node.name)
        self.emit(typed.LoadState(state, self.place(node)))

    def _store_item(self, node: syntax.StoreItem) -> None:
        ring = self.frame.names[node.ring.id]
        assert isinstance(ring, RingName), node
        index = self.expression(node.index)
        value = self.float_number(node.value, "a ring")
        if self.is_unknown(index, value):
            return
        self.ring_writes_max += self.loop_rounds_max
        self.emit(typed.RingWrite(ring.ring, index, value, self.place(node)))

    def _for(self, node: syntax.For) -> None:
        count = self.expression(node.count)
        bounds = build.whole_range(count, self.slots.params)
        assert bounds is not None, node
        local = self.slots.new_local(Type.INT)
        self.frame.names[node.variable] = typed.Local(Type.INT, local, self.place(node))
        outer, rounds, before = self.emitted, self.loop_rounds_max, self.conditional
        assigned = set(self.frame.assigned)
        self.emitted, self.loop_rounds_max = [], rounds * max(bounds[1], 0)
        self.conditional = before or "a loop"
        self.statements(node.body)
        body = tuple(self.emitted)
        self.emitted, self.loop_rounds_max, self.conditional = outer, rounds, before
        self.frame.assigned = assigned
        self.emit(typed.Loop(local, count, _size(body), body, self.place(node)))


def _kind(kind: Type) -> str:
    names = {Type.FLOAT: "a float", Type.INT: "a whole number", Type.BOOL: "true or false"}
    return names[kind]


def _size(tree: Any) -> int:
    """How many nodes a typed tree has: what one round of a loop costs."""
    if isinstance(tree, tuple):
        return sum(_size(part) for part in tree)
    if not is_dataclass(tree) or isinstance(tree, syntax.Span):
        return 0
    return 1 + sum(_size(getattr(tree, field.name)) for field in fields(tree))
