"""syntax → typed, the statements: assignment, branches, loops, what lives from bar to bar."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sized

from sandbox.compiler import syntax, typed
from sandbox.compiler.check import build
from sandbox.compiler.check.calls import CallChecker
from sandbox.compiler.check.cost import cost_of
from sandbox.compiler.check.scope import BarName, TimeframeName, WindowName
from sandbox.compiler.ranges import whole_range
from sandbox.compiler.typed import Type

RESERVED = ("na", "bar", "ta", "math", "position", "time")


class StatementChecker(CallChecker):
    """Statements of one body, in order."""

    @abstractmethod
    def effect(self, call: syntax.Call) -> bool:
        """An order, plot, alert or score; False when the call is none; in the subclass."""

    def statements(self, body: tuple[syntax.Statement, ...]) -> None:
        for position, node in enumerate(body):
            if self.exhausted:
                return
            if not self.body.reachable:
                self.refuse(
                    node,
                    "unreachable",
                    "No bar ever gets here.",
                    "Remove it, or the return, break or continue before it.",
                )
                return
            self.counted(node)
            rest = body[position + 1 :]
            if rest and self.body.conditional is None and _may_leave(node):
                with self.conditionally("what follows a return that some bars take"):
                    self.statement(node)
                    self.statements(rest)
                return
            self.statement(node)

    def statement(self, node: syntax.Statement) -> None:
        match node:
            case syntax.Assign():
                self._assign(node)
            case syntax.Evaluate():
                self._evaluate(node)
            case syntax.If():
                self._if(node)
            case syntax.State():
                self._state(node)
            case syntax.Window():
                self._window(node)
            case syntax.StoreItem():
                self._store_item(node)
            case syntax.For():
                self._for(node)
            case syntax.While():
                self._while(node)
            case syntax.Break() | syntax.Continue():
                self._jump(node)
            case syntax.Return():
                self._return(node)
            case syntax.BadStatement():
                self.body.silent |= node.names

    # names

    def _assign(self, node: syntax.Assign) -> None:
        if self._names_timeframe(node):
            return
        if isinstance(node.value, syntax.Call):
            values = self.call(node.value)
            if not values:
                values = (self.expression(node.value),)  # which says that it gives none
        else:
            values = (self.expression(node.value),)
        if len(values) != len(node.targets) and not self.is_unknown(*values):
            self.refuse(
                node,
                "unpack",
                f"{_counted(node.targets, 'name')} cannot take {_counted(values, 'value')}.",
                "Write one name for each value.",
            )
            values = ()
        for position, target in enumerate(node.targets):
            value = values[position] if position < len(values) else build.unknown(node.span)
            self._bind(target, value)

    def _names_timeframe(self, node: syntax.Assign) -> bool:
        """week = timeframe("1w"), a name for it."""
        value = node.value
        if not (isinstance(value, syntax.Call) and value.function == "timeframe"):
            return False
        interval = self.interval(value)
        target = node.targets[0]
        if len(node.targets) > 1 or self._is_taken(target.id) or target.id in self.body.variables:
            self.refuse(target, "name", f"{target.id} cannot be assigned.", "Choose another name.")
        elif interval is None:
            self.body.silent.add(target.id)
        else:
            self.body.names[target.id] = TimeframeName(interval)
        return True

    def _is_taken(self, name: str) -> bool:
        """Whether a name means something that cannot be assigned."""
        if self.body.is_library:
            return False
        known = name in self.body.names and name not in self.body.variables
        return name in RESERVED or name in self.helpers or known

    def _bind(self, target: syntax.Name, value: typed.Expression) -> None:
        name, body = target.id, self.body
        if self._is_taken(name) or name in body.counters:
            why = ": it counts a loop" if name in body.counters else ""
            message = f"{name} cannot be assigned{why}."
            self.refuse(target, "name", message, "Choose another name.")
            return
        if self.is_unknown(value):
            body.silent.add(name)
            body.assigned.add(name)
            return
        known = body.names.get(name)
        if known is None:
            known = typed.Local(value.type, self.new_local(value.type), self.place(target))
            body.names[name] = known
            body.variables.add(name)
            body.clocks[known.index] = self.clock(value)
            self._note_bounds(name, known, value)
        assert isinstance(known, typed.Local), name
        if known.index in body.lengths:
            message = f"{name} is a length, which stays as it was given."
            self.refuse(target, "name", message, "Assign to another name.")
            return
        if known.type is Type.FLOAT:
            value = build.to_float(value)
        if value.type is not known.type:
            self.refuse(
                target,
                "type",
                f"{name} is {kind_name(known.type)} above, and here it gets"
                f" {kind_name(value.type)}.",
                "Use another name, or write 0.0 where it is first assigned.",
            )
            return
        if body.conditional is not None or body.clocks.get(known.index) != self.clock(value):
            body.clocks[known.index] = None
        self.emit(typed.SetLocal(known.index, value, self.place(target)))
        body.assigned.add(name)
        body.changed.add(name)

    def _note_bounds(self, name: str, local: typed.Local, value: typed.Expression) -> None:
        """A whole number that is assigned once, of what is bounded, may be a length too."""
        params, bounds = tuple(self.params), self.bounded()
        if name in self.body.single and whole_range(value, params, bounds) is not None:
            self.body.bounds.append(typed.Bounds(local.index, value, value))

    # branches and loops

    def _if(self, node: syntax.If) -> None:
        test = self.truth(node.test, "if")
        if self.body.is_library and isinstance(test, typed.Const):
            self.statements(node.then if test.value else node.otherwise)
            return
        with self.conditionally("a branch of an if"):
            before = set(self.body.changed)
            then, after_then = self._branch(node.then)
            changed, self.body.changed = self.body.changed, before
            otherwise, after_otherwise = self._branch(node.otherwise)
            self.body.changed |= changed
            ends = [end for end in (after_then, after_otherwise) if end is not None]
            self.body.reachable = bool(ends)
            if ends:
                self.body.assigned = set.intersection(*ends)
            if not self.is_unknown(test):
                self.emit(typed.If(test, then, otherwise, self.place(node)))

    def _branch(
        self, body: tuple[syntax.Statement, ...]
    ) -> tuple[tuple[typed.Statement, ...], set[str] | None]:
        """The statements, and the names that have a value at their end; None if never there."""
        outer, assigned = self.body.emitted, set(self.body.assigned)
        self.body.emitted = []
        self.statements(body)
        emitted, end = tuple(self.body.emitted), self.body.assigned
        reached = self.body.reachable
        self.body.emitted, self.body.assigned, self.body.reachable = outer, assigned, True
        return emitted, end if reached else None

    def _loop_body(
        self, body: tuple[syntax.Statement, ...]
    ) -> tuple[tuple[typed.Statement, ...], int]:
        """The statements of a loop and the cost of a round."""
        self.body.loops += 1
        statements, _ = self._branch(body)
        self.body.loops -= 1
        return statements, max(1, cost_of(statements, self.body.sites))  # even rounds for nothing

    def _for(self, node: syntax.For) -> None:
        if not self._may_count(node.variable):
            message = f"{node.variable} is taken, so it cannot count a loop."
            self.refuse(node, "name", message, "Choose another name.")
            self.body.silent |= assigned_in(node.body)
            return
        start, stop = self._ends(node)
        local = self.new_local(Type.INT)
        span = self.place(node)
        self.body.names[node.variable] = typed.Local(Type.INT, local, span)
        self.body.clocks[local] = ""
        one = build.constant(1, span)
        last = build.arithmetic("-", stop, one, span)
        least, most = (
            (start, last) if node.step > 0 else (build.arithmetic("+", stop, one, span), start)
        )
        self.body.bounds.append(typed.Bounds(local, least, most))
        with self.conditionally("a loop"):
            self.body.variables.add(node.variable)
            self.body.assigned.add(node.variable)
            self.body.changed |= {node.variable, *assigned_in(node.body)}
            self.body.counters.add(node.variable)
            body, cost = self._loop_body(node.body)
            self.body.assigned.discard(node.variable)
            self.emit(typed.Loop(local, start, stop, node.step, cost, body, span))

    def _ends(self, node: syntax.For) -> tuple[typed.Expression, typed.Expression]:
        """Where a loop starts and stops; after a report nowhere, so that its body is checked."""
        start = self.whole_number(node.start, "range")
        stop = self.whole_number(node.stop, "range")
        if not self.is_unknown(start, stop):
            params, bounds = tuple(self.params), self.bounded()
            if all(whole_range(end, params, bounds) is not None for end in (start, stop)):
                return start, stop
            self.refuse(
                node,
                "loop-bound",
                "How often a for loop can run must be known: numbers, params with high=, lengths.",
                "Write range(n) with such an n, or a while loop.",
            )
        nowhere = build.constant(0, self.place(node))
        return nowhere, nowhere

    def _may_count(self, name: str) -> bool:
        """Whether a name is free, or counted a loop that is over; each loop counts its own."""
        if name in self.body.counters:
            return name not in self.body.assigned
        return name not in self.body.names and not self._is_taken(name)

    def _while(self, node: syntax.While) -> None:
        span = self.place(node)
        with self.conditionally("a loop"):
            self.body.changed |= assigned_in(node.body)
            outer, self.body.emitted = self.body.emitted, []
            test = self.truth(node.test, "while")
            if isinstance(test, typed.Const) and test.value is True:
                head: tuple[typed.Statement, ...] = ()
            else:
                stop = typed.If(build.negation(test, span), (typed.Break(span),), (), span)
                head = () if self.is_unknown(test) else (*self.body.emitted, stop)
            self.body.emitted = outer
            body, cost = self._loop_body(node.body)
            whole = (*head, *body)
            cost += cost_of(head, self.body.sites)
            self.emit(typed.Forever(cost, whole, span))

    def _jump(self, node: syntax.Break | syntax.Continue) -> None:
        word = "break" if isinstance(node, syntax.Break) else "continue"
        if not self.body.loops:
            self.refuse(
                node, word, f"{word} stands outside of a loop.", "Remove it, or use return."
            )
            return
        span = self.place(node)
        self.emit(typed.Break(span) if word == "break" else typed.Continue(span))
        self.body.reachable = False

    def _return(self, node: syntax.Return) -> None:
        body, span = self.body, self.place(node)
        values = [self.expression(value) for value in node.values]
        if body.is_on_bar:
            if values:
                self.refuse(
                    node,
                    "return",
                    "on_bar returns nothing.",
                    "Write return by itself; orders, plots and alerts are calls.",
                )
        elif not self.is_unknown(*values):
            self._set_results(node, values)
        body.ends.append(set(body.assigned))
        self.emit(typed.Leave(span))
        body.reachable = False

    def _set_results(self, node: syntax.Return, values: list[typed.Expression]) -> None:
        body = self.body
        if not values:
            self.refuse(
                node, "return", f"{body.name} must give a value.", "Write return x, or return na."
            )
            return
        if body.results is None:
            body.results = [self.new_local(value.type) for value in values]
        if len(values) != len(body.results):
            self.refuse(
                node,
                "return",
                f"{body.name} gives {len(body.results)} values above, and {len(values)} here.",
                "Return as many everywhere.",
            )
            return
        for local, value in zip(body.results, values, strict=True):
            kind = body.locals[local]
            fitting = build.to_float(value) if kind is Type.FLOAT else value
            if fitting.type is not kind:
                self.refuse(
                    node,
                    "type",
                    f"{body.name} gives {kind_name(kind)} above, and here {kind_name(value.type)}.",
                    "Return one kind everywhere: 0.0 and na are floats.",
                )
                return
            self.emit(typed.SetLocal(local, fitting, self.place(node)))

    # what lives from bar to bar

    def _declared(self, node: syntax.State | syntax.Window, what: str) -> bool:
        """Whether a declaration stands where it may."""
        if self.body.conditional is not None or self.body.loops:
            self.refuse(
                node,
                "declaration",
                f"{what} lives from bar to bar, so it is declared outside of branches and loops.",
                "Move the line to the top of the function.",
            )
        elif node.name in self.body.names or self._is_taken(node.name):
            message = f"{node.name} is taken."
            self.refuse(node, "name", message, "Choose another name.")
        else:
            return True
        self.body.silent.add(node.name)
        return False

    def _state(self, node: syntax.State) -> None:
        initial = self.expression(node.initial)
        if not self._declared(node, "A state") or self.is_unknown(initial):
            self.body.silent.add(node.name)
            return
        if not isinstance(initial, typed.Const):
            self.refuse(
                node.initial,
                "state",
                "A state begins with a number, True, False or na.",
                "Write state(0.0), and set it at the first bar.",
            )
            self.body.silent.add(node.name)
            return
        self.body.names[node.name] = self.new_state(initial.type, initial.value)
        self.body.variables.add(node.name)
        self.body.assigned.add(node.name)

    def _window(self, node: syntax.Window) -> None:
        length = self.whole_number(node.length, "A window's length")
        if not self._declared(node, "A window") or self.is_unknown(length):
            self.body.silent.add(node.name)
            return
        length = self.length(length, node.length, "window(length)")
        if self.is_unknown(length):
            self.body.silent.add(node.name)
        else:
            self.body.windows.append(typed.WindowSlot(length, self.place(node)))
            self.body.names[node.name] = WindowName(len(self.body.windows) - 1)

    def _store_item(self, node: syntax.StoreItem) -> None:
        window = self.body.names.get(node.window.id)
        index = self.whole_number(node.index, "A cell's place")
        value = self.float_number(node.value, "A window")
        if node.window.id in self.body.silent or self.is_unknown(index, value):
            return
        if not isinstance(window, WindowName):
            series = isinstance(window, BarName) or node.window.id in self.body.variables
            self.refuse(
                node.window,
                "window",
                "What was cannot be changed." if series else f"{node.window.id} is no window.",
                "Cells of a window can be: cells = window(20), and then cells[i] = x.",
            )
            return
        self.emit(typed.CellWrite(window.window, index, value, self.place(node)))
        self.body.changed.add(node.window.id)

    def _evaluate(self, node: syntax.Evaluate) -> None:
        call = node.call
        if not isinstance(call, syntax.Call) or self.effect(call):
            return
        results = self.call(call)
        if results and not self.is_unknown(*results):
            self.refuse(
                call,
                "unused",
                f"The result of {call.function} is not used.",
                "Assign it to a name, or remove the line.",
            )


def kind_name(kind: Type) -> str:
    names = {Type.FLOAT: "a float", Type.INT: "a whole number", Type.BOOL: "true or false"}
    return names[kind]


def _counted(things: Sized, what: str) -> str:
    return f"{len(things)} {what}{'s' if len(things) > 1 else ''}"


def _may_leave(node: syntax.Node) -> bool:
    """Whether a statement holds a return somewhere below."""
    stack = _statements_below(node)
    while stack:
        inner = stack.pop()
        if isinstance(inner, syntax.Return):
            return True
        stack.extend(_statements_below(inner))
    return False


def assigned_in(body: tuple[syntax.Statement, ...]) -> set[str]:
    """Names that get a value, and windows that get one in a cell."""
    names: set[str] = set()
    stack = list(body)
    while stack:
        node = stack.pop()
        if isinstance(node, syntax.Assign):
            names |= {target.id for target in node.targets}
        elif isinstance(node, syntax.StoreItem):
            names.add(node.window.id)
        stack.extend(_statements_below(node))
    return names


def _statements_below(node: syntax.Node) -> list[syntax.Statement]:
    match node:
        case syntax.If():
            return [*node.then, *node.otherwise]
        case syntax.For() | syntax.While():
            return [*node.body]
    return []
