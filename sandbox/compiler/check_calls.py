"""syntax → typed, the calls: builtins, and library functions, which are inlined."""

from __future__ import annotations

from abc import abstractmethod

from sandbox.compiler import build, syntax, typed
from sandbox.compiler.check_expressions import ExpressionChecker
from sandbox.compiler.check_scope import Frame
from sandbox.compiler.typed import Type

_BUILTINS = {
    "math.sqrt": "sqrt",
    "math.abs": "abs",
    "math.floor": "floor",
    "abs": "abs",
    "min": "min",
    "max": "max",
    "isna": "isna",
    "nz": "nz",
}
_SHORT = {"crossover": "ta.crossover", "crossunder": "ta.crossunder"}
_EFFECTS = ("enter_long", "enter_short", "exit", "plot", "score")


class CallChecker(ExpressionChecker):
    """Calls that give values; calls for their effect are statements."""

    @abstractmethod
    def statements(self, body: tuple[syntax.Statement, ...]) -> None:
        """Checks a body into the statement list being filled; in the subclass."""

    def call(self, node: syntax.Call) -> tuple[typed.Expression, ...]:
        name = _SHORT.get(node.function, node.function)
        if name in _BUILTINS:
            return (self._builtin(node, _BUILTINS[name]),)
        key = name.removeprefix("ta.") if name.startswith("ta.") else name
        if name.startswith("ta.") and f"{key}_" in self.library:
            key += "_"  # ta.max and the like, whose plain names are builtins
        is_inner = self.frame.call is not None and key in self.library
        is_public = name.startswith("ta.") and key in self.library and not key.startswith("_")
        if is_inner or is_public:
            return self._inline(node, self.library[key])
        if name in _EFFECTS:
            return ()
        if name in self.frame.silent:
            return (build.unknown(self.place(node)),)
        known = sorted(f"ta.{n}" for n in self.library if not n.startswith("_"))
        same = f"ta.{name.rpartition('.')[2].lower()}"
        if same in known:
            remedy = f"Write {same}(…)."
        elif name.startswith("ta."):
            remedy = "There are " + ", ".join(known) + "."
        else:
            remedy = "There are ta.*, " + ", ".join(sorted((*_BUILTINS, *_SHORT, *_EFFECTS))) + "."
        return (self.refuse(node, "unknown-function", f"There is no function {name}.", remedy),)

    def _builtin(self, node: syntax.Call, name: str) -> typed.Expression:
        values = [self.number(argument, name) for argument in node.arguments]
        span = self.place(node)
        if self.is_unknown(*values):
            return build.unknown(span)
        counts = {"min": (2, 16), "max": (2, 16), "nz": (1, 2)}.get(name, (1, 1))
        if not counts[0] <= len(values) <= counts[1] or node.keywords:
            wanted = f"{counts[0]}" if counts[0] == counts[1] else f"{counts[0]} to {counts[1]}"
            return self.refuse(
                node,
                "arguments",
                f"{name} takes {wanted} arguments without names.",
                f"Write {name}(x{', y' if counts[0] > 1 else ''}).",
            )
        if name in ("min", "max"):
            unified = build.unify(values)
            assert unified is not None
            result = unified[0]
            for other in unified[1:]:
                result = build.extreme(name, result, other, span)
            return result
        if name == "nz":
            return self._nz(values, node)
        if name == "abs" and values[0].type is Type.INT:
            return typed.Builtin(Type.INT, name, (values[0],), span)
        kind = Type.BOOL if name == "isna" else Type.FLOAT
        return typed.Builtin(kind, name, (build.to_float(values[0]),), span)

    def _nz(self, values: list[typed.Expression], node: syntax.Call) -> typed.Expression:
        """nz(x, y): x, or y where x is na; y is 0.0 when left out."""
        span = self.place(node)
        value = build.to_float(values[0])
        other = build.to_float(values[1]) if len(values) == 2 else build.constant(0.0, span)
        missing = typed.Builtin(Type.BOOL, "isna", (value,), span)
        return typed.Choose(Type.FLOAT, missing, other, value, span)

    def _inline(self, node: syntax.Call, function: syntax.Function) -> tuple[typed.Expression, ...]:
        """The function's body at this place, with slots of its own; its results."""
        if self.conditional is not None:
            return self._refuse_conditional(node)
        meanings = self._arguments(node, function)
        if meanings is None or self.exhausted:
            returned = function.body[-1]
            assert isinstance(returned, syntax.Return)
            return tuple(build.unknown(self.place(node)) for _ in returned.values)
        self.calls += 1
        if self.calls > self.limits.calls_max:
            self.exhausted = True
            return (
                self.refuse(
                    node,
                    "too-many-calls",
                    f"The strategy has more than {self.limits.calls_max} indicators,"
                    " counting those that indicators are made of.",
                    "Assign a result to a local and use it again, or use fewer.",
                ),
            )
        caller = self.frame
        self.frame = Frame(call=self.place(node), names=dict(meanings))
        body, returned = function.body[:-1], function.body[-1]
        assert isinstance(returned, syntax.Return), function.name
        self.statements(body)
        results = tuple(self._kept(self.expression(value)) for value in returned.values)
        self.frame = caller
        self.check_state_size(node)
        return results

    def _kept(self, value: typed.Expression) -> typed.Expression:
        if self.is_unknown(value) or isinstance(value, typed.Const | typed.Local):
            return value
        return self.set_new_local(value)

    def _refuse_conditional(self, node: syntax.Call) -> tuple[typed.Expression, ...]:
        assert self.frame.call is None, f"library code calls {node.function} in a branch"
        return (
            self.refuse(
                node,
                "conditional-call",
                f"{node.function} must advance once at every bar, and {self.conditional}"
                " is not reached at every bar.",
                f"Call it above, on a line of its own (x = {node.function}(…)), and use x here.",
            ),
        )

    def _arguments(
        self, node: syntax.Call, function: syntax.Function
    ) -> dict[str, typed.Expression] | None:
        """Argument name → value: a constant, param, bar field or local. None after a report."""
        given: dict[str, syntax.Expression] = {}
        names = [argument.name for argument in function.arguments]
        wrong = len(node.arguments) > len(names)
        given.update(zip(names, node.arguments, strict=False))
        for name, value in node.keywords:
            wrong = wrong or name in given or name not in names
            given[name] = value
        needed = [argument for argument in function.arguments if argument.default is None]
        wrong = wrong or any(argument.name not in given for argument in needed)
        if wrong:
            usage = ", ".join(
                a.name if a.default is None else f"{a.name}={a.default}" for a in function.arguments
            )
            self.refuse(
                node,
                "arguments",
                f"{node.function} is called with other arguments than it has.",
                f"Write {node.function}({usage}).",
            )
            return None
        meanings: dict[str, typed.Expression] = {}
        for argument in function.arguments:
            if argument.name in given:
                meaning = self._argument(given[argument.name], argument, node)
            else:
                assert argument.default is not None
                meaning = build.constant(argument.default, self.place(node))
            meanings[argument.name] = meaning
        return None if self.is_unknown(*meanings.values()) else meanings

    def _argument(
        self, node: syntax.Expression, argument: syntax.Argument, call: syntax.Call
    ) -> typed.Expression:
        what = f"{call.function}({argument.name})"
        if argument.kind == "Length":
            return self._length(node, what)
        value = self.number(node, what)
        if argument.kind == "float":
            value = build.to_float(value)
        assert argument.kind == "float" or value.type in (Type.INT, Type.UNKNOWN), what
        simple = typed.Const | typed.Local | typed.ParamValue | typed.BarValue
        if self.is_unknown(value) or isinstance(value, simple):
            return value
        return self.set_new_local(value)

    def _length(self, node: syntax.Expression, what: str) -> typed.Expression:
        """A whole number ≥ 1 whose largest value is known."""
        value = self.expression(node)
        if self.is_unknown(value):
            return value
        if isinstance(value, typed.ParamValue):
            self._floor_length_param(value.index)
        bounds = build.whole_range(value, self.slots.params)
        if bounds is None:
            return self.refuse(
                node,
                "length",
                f"{what} is a length: a whole number with a known largest value.",
                "Write a number, or a whole-number param with high=, which sizes its memory.",
            )
        if bounds[0] < 1 or bounds[1] > self.limits.window_bars_max:
            return self.refuse(
                node,
                "length",
                f"{what} is a length, from 1 to {self.limits.window_bars_max:,} bars.",
                "Correct the number, or the param's low= and high=.",
            )
        return value

    def _floor_length_param(self, index: int) -> None:
        """A param that is used as a length and has no low= is at least 1."""
        param = self.slots.params[index]
        if param.type is Type.INT and param.low is None:
            self.slots.params[index] = typed.Param(
                param.name,
                param.type,
                param.default,
                1,
                param.high,
                param.step,
                param.title,
                param.offset,
            )
