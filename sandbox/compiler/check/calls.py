"""syntax → typed, the calls: builtins, library functions, and the strategy's own helpers.

A function is typed once for each kind of arguments, and has a frame at each place where it
is called. One that keeps state advances once at every bar, wherever its call is written: a
call in a branch or loop runs before it. Where its arguments come out of that branch, it is
refused, since then there is nothing to advance it with at other bars.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence

from sandbox.compiler import syntax, typed
from sandbox.compiler.check import build
from sandbox.compiler.check.builtins import BUILTINS, INTRINSICS, BuiltinChecker
from sandbox.compiler.check.elsewhere import remedy
from sandbox.compiler.check.scope import BarName, Body
from sandbox.compiler.ranges import whole_range
from sandbox.compiler.typed import Type
from sandbox.compiler.walk import walk

SHORT = {
    name: f"ta.{name}"
    for name in ("crossover", "crossunder", "cross", "barssince", "valuewhen", "highest", "lowest")
}
EFFECTS = ("enter_long", "enter_short", "exit", "order", "cancel", "plot", "alert", "score")
DECLARATIONS = {
    "param": "name = param(20, low=2, high=200) at the top level",
    "state": "name = state(0.0) on a line of its own",
    "window": "name = window(20) on a line of its own",
    "range": "for i in range(n):",
    "timeframe": 'timeframe("1w").close, or week = timeframe("1w") first',
}
_KEEPS_STATE = (syntax.State, syntax.Window, syntax.Item)

_AS_WRITTEN = "engine."
"""Functions that advance only where the bar gets to their call, as their callers mean it."""


class CallChecker(BuiltinChecker):
    """Calls that give values; calls for their effect are statements."""

    @abstractmethod
    def typed_function(
        self, function: syntax.Function, key: str, given: list[typed.Expression | BarName]
    ) -> typed.Function | None:
        """The function, typed for these arguments; in the subclass."""

    def call(self, node: syntax.Call) -> tuple[typed.Expression, ...]:
        name = SHORT.get(node.function, node.function)
        if name in BUILTINS or (self.body.is_library and name in INTRINSICS):
            return (self.builtin(node, name),)
        if name in self.uncallable and not self.body.is_library:
            return (build.unknown(self.place(node)),)
        found = self._find(name)
        if found is not None:
            return self._checked_call(node, *found)
        if name in EFFECTS:
            return ()
        if name in self.body.silent:
            return (build.unknown(self.place(node)),)
        for argument in (*node.arguments, *(value for _, value in node.keywords)):
            self.expression(argument)  # which has findings of its own
        return (self._refuse_unknown(node, name),)

    def _find(self, name: str) -> tuple[str, syntax.Function] | None:
        """The function that a call means, and its full name."""
        if name in self.helpers and not self.body.is_library:
            return name, self.helpers[name]
        owner, _, plain = name.rpartition(".")
        if self.body.is_library:
            keys = [name, f"{name}_", f"{self.body.name.rpartition('.')[0]}.{name}"]
        elif owner in ("ta", "math") and not plain.startswith("_"):
            keys = [name, f"{name}_"]
        else:
            keys = []
        for key in keys:
            if key in self.library:
                return key, self.library[key]
        return None

    def _refuse_unknown(self, node: syntax.Call, name: str) -> typed.Expression:
        if name in DECLARATIONS:
            message = f"{name} does not stand here."
            return self.refuse(node, "declaration", message, f"Write {DECLARATIONS[name]}.")
        listed = {
            key.rstrip("_")
            for key in self.library
            if key.startswith(("ta.", "math.")) and not key.partition(".")[2].startswith("_")
        }
        known = listed.union(BUILTINS, SHORT, EFFECTS, self.helpers)
        start = node.span
        end = start.column + len(node.function)
        span = syntax.Span(start.line, start.column, start.line, end)
        where = syntax.Bad(span)
        message = f"There is no function {name}."
        return self.refuse(where, "unknown-function", message, remedy(name, known))

    # calls of functions

    def library_call(
        self, name: str, arguments: tuple[typed.Expression, ...], node: syntax.Node
    ) -> tuple[typed.Expression, ...]:
        """Of one that keeps state, the arguments are what every bar has."""
        function = self.library[name]
        if not self.keeps_state(name, function):
            return self._emit_call(name, function, list(arguments), node)
        with self.steadily():
            return self._emit_call(name, function, list(arguments), node)

    def _checked_call(
        self, node: syntax.Call, key: str, function: syntax.Function
    ) -> tuple[typed.Expression, ...]:
        if (
            self.body.conditional is not None
            and self.keeps_state(key, function)
            and not key.startswith(_AS_WRITTEN)
        ):
            if self.depends_on_branch(node):
                return (self._refuse_conditional(node),)
            guard = self.body.conditional
            with self.steadily():
                return self._call_function(node, key, function, guard)
        return self._call_function(node, key, function, None)

    def _call_function(
        self, node: syntax.Call, key: str, function: syntax.Function, guard: str | None
    ) -> tuple[typed.Expression, ...]:
        """guard: what stands before the call in the source, though the call runs before it."""
        given = self._arguments(node, function)
        if given is None or self.exhausted:
            count = self._result_count(function)
            return tuple(build.unknown(self.place(node)) for _ in range(count))
        guard = None if self.body.is_library else guard or self.body.guard
        if guard is not None and any(map(build.may_trap, walk(tuple(given)))):
            return (self._refuse_guarded(node, guard),)
        if self._is_of_constants(key, function, given):
            return (self._refuse_constants(node, function),)
        return self._emit_call(key, function, given, node)

    def _is_of_constants(
        self,
        key: str,
        function: syntax.Function,
        given: Sequence[typed.Expression | BarName],
    ) -> bool:
        """Whether an indicator is given no series, only numbers where it wants one."""
        if self.body.is_library or not key.startswith("ta.") or not self.keeps_state(key, function):
            return False
        series = [
            value
            for value, argument in zip(given, function.arguments, strict=True)
            if argument.kind == "float" and argument.default is None
        ]
        return bool(series) and all(isinstance(value, typed.Const) for value in series)

    def _refuse_constants(self, node: syntax.Call, function: syntax.Function) -> typed.Expression:
        names = ", ".join(argument.name for argument in function.arguments)
        return self.refuse(
            node,
            "constant-series",
            f"{node.function} is given a number where it takes a series, so it never changes.",
            f"Write the series first: {node.function}(bar.close, …); its arguments are {names}.",
        )

    def _refuse_guarded(self, node: syntax.Call, guard: str) -> typed.Expression:
        return self.refuse(
            node,
            "conditional-call",
            f"{node.function} runs whether {guard} is reached or not, and what it is given here"
            " could trap.",
            "Compute it above for every bar, on a line of its own: n = int(x) if x > 0 else 0.",
        )

    def _refuse_conditional(self, node: syntax.Call) -> typed.Expression:
        return self.refuse(
            node,
            "conditional-call",
            f"{node.function} advances once at every bar, but what it is given here is computed"
            f" in {self.body.conditional}.",
            f"Compute it above, on lines of their own (x = {node.function}(…)), and use x here.",
        )

    def keeps_state(self, key: str, function: syntax.Function) -> bool:
        """Whether a call has something to advance; by the source, before any typing."""
        stateful = self.library.stateful if "." in key else self.stateful
        if key not in stateful:
            stateful[key] = False  # a function that calls itself is refused elsewhere
            try:
                stateful[key] = self._advances(key, function)
            except RecursionError:
                del stateful[key]  # not to be believed by the next source
                raise
        return stateful[key]

    def _advances(self, key: str, function: syntax.Function) -> bool:
        outer, self.body = self.body, Body(key, is_library="." in key)
        found = False
        stack: list[syntax.Node] = list(function.body)
        while stack and not found:
            inner = stack.pop()
            found = isinstance(inner, _KEEPS_STATE)
            if isinstance(inner, syntax.Field) and inner.name in ("session_open", "index"):
                found = True
            if isinstance(inner, syntax.Call) and inner.function not in self.uncallable:
                callee = self._find(SHORT.get(inner.function, inner.function))
                found = found or (callee is not None and self.keeps_state(*callee))
            stack.extend(syntax.children(inner))
        self.body = outer
        return found

    def _emit_call(
        self,
        key: str,
        function: syntax.Function,
        given: list[typed.Expression | BarName],
        node: syntax.Node,
    ) -> tuple[typed.Expression, ...]:
        """Emits the call; its results, which change with a timeframe if all it is given does."""
        span = self.place(node)
        callee = self.typed_function(function, key, given)
        if callee is None or self.exhausted:
            return tuple(build.unknown(span) for _ in range(self._result_count(function)))
        arguments = [
            value
            for value, argument in zip(given, function.arguments, strict=True)
            if not isinstance(value, BarName) and argument.kind != "Choice"
        ]
        arguments += [self.bar_value(name, node) for name in self.functions[callee]]
        clocks = {self.clock(argument) for argument in arguments} - {""}
        interval = clocks.pop() if len(clocks) == 1 else None
        advances = self.keeps_state(key, function)
        clock = "" if not (clocks or interval or advances) else interval
        lasts = advances and bool(interval)
        results = [self._result(callee.locals[local], lasts, span) for local in callee.results]
        call = typed.Call(
            len(self.body.sites),
            tuple(arguments),
            tuple(result.index for result in results),
            span,
        )
        self.body.sites.append(callee)
        if lasts and interval:
            self.emit(typed.If(self.tick(interval), (call,), (), span))
        else:
            self.emit(call)
        self.body.clocks.update((result.index, clock) for result in results)
        return tuple(results)

    def _result(self, kind: Type, lasts: bool, span: syntax.Span) -> typed.Local:
        """A local for a result; one that lasts keeps it until the timeframe's next bar."""
        if lasts:
            return self.new_state(kind, build.empty(kind, span).value)
        return typed.Local(kind, self.new_local(kind), span)

    def _result_count(self, function: syntax.Function) -> int:
        stack: list[syntax.Node] = list(function.body)
        while stack:
            node = stack.pop()
            if isinstance(node, syntax.Return):
                return max(len(node.values), 1)
            stack.extend(syntax.children(node))
        return 1

    # arguments

    def _arguments(
        self, node: syntax.Call, function: syntax.Function
    ) -> list[typed.Expression | BarName] | None:
        """One value for each argument. None after a report."""
        arguments = function.arguments
        names = [argument.name for argument in arguments]
        given = dict(zip(names, node.arguments, strict=False))
        wrong = len(node.arguments) > len(names)
        for name, value in node.keywords:
            wrong = wrong or name in given or name not in names
            given[name] = value
        if wrong or any(a.default is None and a.name not in given for a in arguments):
            usage = ", ".join(
                a.name if a.default is None else f"{a.name}={a.default}" for a in arguments
            )
            self.refuse(
                node,
                "arguments",
                f"{node.function} is called with other arguments than it has.",
                f"Write {node.function}({usage}).",
            )
            return None
        values: list[typed.Expression | BarName] = []
        for argument in arguments:
            if argument.name in given:
                values.append(self._argument(given[argument.name], argument, node))
            else:
                assert argument.default is not None
                default = build.constant(argument.default, self.place(node))
                values.append(build.to_float(default) if argument.kind == "float" else default)
        unknown = [v for v in values if not isinstance(v, BarName) and self.is_unknown(v)]
        return None if unknown else values

    def _argument(
        self, node: syntax.Expression, argument: syntax.Argument, call: syntax.Call
    ) -> typed.Expression | BarName:
        what = f"{call.function}({argument.name})"
        kind = argument.kind
        if isinstance(node, syntax.Name) and isinstance(self.body.names.get(node.id), BarName):
            if kind in ("", "Bar"):
                return BarName()
        elif kind == "Bar":
            return self.refuse(node, "type", f"{what} is the bar.", "Write bar.")
        if kind == "":
            return self.expression(node)
        if kind == "bool":
            return self.truth(node, what)
        if kind == "float":
            return self.float_number(node, what)
        value = self.whole_number(node, what)
        if self.is_unknown(value):
            return value
        if kind == "Choice" and not isinstance(value, typed.Const):
            return self.refuse(
                node,
                "choice",
                f"{what} is chosen when the strategy is compiled.",
                "Write a number.",
            )
        return self.length(value, node, what) if kind == "Length" else value

    def length(
        self, value: typed.Expression, node: syntax.Expression, what: str
    ) -> typed.Expression:
        """A whole number whose largest value is known; `place` sees to the value itself."""
        if isinstance(value, typed.ParamValue):
            self._floor_length_param(value.index, node)
        if whole_range(value, tuple(self.params), self.bounded()) is None:
            return self.refuse(
                node,
                "length",
                f"{what} is a length: a whole number with a known largest value.",
                "Write a number, or a whole-number param with high=, which sizes its memory.",
            )
        return value

    def _floor_length_param(self, index: int, node: syntax.Node) -> None:
        """A param that is used as a length and has no low= is at least 1."""
        param = self.params[index]
        if param.type is Type.INT and param.low is None:
            if param.default < 1:
                message = f"{param.name} is a length here, and by default it is {param.default}."
                self.refuse(node, "param", message, "Give it a default from 1 on.")
            self.params[index] = typed.Param(
                param.name, param.type, param.default, 1, param.high, param.step, param.title
            )
