"""syntax → typed: names, types, functions typed once each; all findings at once.

The order of the program is kept: calls are emitted just before the statement that contains
them, from left to right. See calls.py for what happens to calls in branches.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import islice

from sandbox.columns import FLOAT_COLUMNS
from sandbox.compiler import syntax, typed
from sandbox.compiler.check import build
from sandbox.compiler.check.builtins import BUILTINS
from sandbox.compiler.check.calls import DECLARATIONS, EFFECTS, SHORT
from sandbox.compiler.check.cost import cost_of
from sandbox.compiler.check.nesting import uncallable
from sandbox.compiler.check.outputs import OutputChecker
from sandbox.compiler.check.scope import NOWHERE, BarName, Body
from sandbox.compiler.check.statements import RESERVED, assigned_in
from sandbox.compiler.library import Functions, Key
from sandbox.compiler.limits import Limits
from sandbox.compiler.ranges import whole_range
from sandbox.compiler.report import Report
from sandbox.compiler.typed import Type

_KINDS = {"float": Type.FLOAT, "int": Type.INT, "bool": Type.BOOL, "Length": Type.INT}
_COLUMNS = ("signal", *FLOAT_COLUMNS, "alerts")
_TAKEN = {*RESERVED, *BUILTINS, *EFFECTS, *DECLARATIONS}


def check(
    strategy: syntax.Strategy,
    library: Functions,
    limits: Limits,
    report: Report,
) -> typed.Program | None:
    """The typed program, or None when the report holds findings."""
    return _Checker(library, limits, report).program(strategy)


def results_of(name: str, library: Functions, limits: Limits) -> tuple[Type, ...]:
    """The types of what a library function gives."""
    report = Report("", 1)
    checker = _Checker(library, limits, report)
    function = library[name]
    given: list[typed.Expression | BarName] = []
    for argument in function.arguments:
        kind = _KINDS.get(argument.kind, Type.INT)
        value = build.empty(kind, NOWHERE)
        if argument.default is not None:
            value = build.constant(argument.default, NOWHERE)
        given.append(build.to_float(value) if kind is Type.FLOAT else value)
    typed_function = checker.typed_function(function, name, given)
    assert typed_function is not None, (name, report.diagnostics())
    return tuple(typed_function.locals[local] for local in typed_function.results)


def function_program(
    name: str, outputs: tuple[str, ...], always: int, library: Functions, limits: Limits
) -> typed.Program:
    """A program that calls a library function at each bar with inputs by its arguments' names,
    and plots what it gives: the first `always` at each bar, the others where the last of these
    is not 0.0. The function's own state is common to all blocks; what it calls has
    one in each."""
    report = Report("", 1)
    checker = _Checker(library, limits, report)
    function = library[name]
    inputs = [
        typed.BarValue(_KINDS[argument.kind], argument.name, NOWHERE)
        for argument in function.arguments
    ]
    callee = checker.typed_function(function, name, list(inputs))
    assert callee is not None, report.diagnostics()
    kinds = tuple(callee.locals[local] for local in callee.results)
    places = tuple(range(len(kinds)))
    call = typed.Call(0, tuple(inputs), places, NOWHERE)
    on_bar = typed.Function(
        name="on_bar",
        arguments=(),
        lengths=frozenset(),
        locals=kinds,
        names=outputs,
        states=(),
        windows=(),
        histories=(),
        bounds=(),
        sites=(callee,),
        body=(call,),
        closing=(),
        results=(),
        cost=cost_of((call,), (callee,)),
        span=NOWHERE,
    )
    return typed.Program(
        docstring=function.docstring,
        params=(),
        functions=(*checker.functions, on_bar),
        outputs=tuple(
            typed.Output(f"plot.{output}", place, None if place < always else always - 1)
            for output, place in zip(outputs, places, strict=True)
        ),
        plots=outputs,
        alerts=(),
        bar_budget=limits.bar_budget,
        inputs=("block", *(argument.name for argument in function.arguments)),
        common=callee,
    )


@dataclass(frozen=True, slots=True)
class _Kind:
    """What the typing of a function depends on in an argument: its type, whether its largest
    value is known, and whether it can be na."""

    type: Type
    is_bounded: bool
    is_sure: bool


class _Checker(OutputChecker):
    def __init__(self, library: Functions, limits: Limits, report: Report) -> None:
        super().__init__(library, limits, report)
        self.constants: dict[str, typed.Const] = {}
        self._typed: dict[Key, typed.Function | None] = {}
        self._in_progress: list[str] = []

    def program(self, strategy: syntax.Strategy) -> typed.Program | None:
        body = self.body
        body.silent = set(strategy.bad_names)
        for param in strategy.params:
            self._param(param)
        for name, constant in strategy.constants:
            self._constant(name, constant)
        for function in strategy.functions:
            self._helper(function)
        self.uncallable = uncallable(strategy, self.limits, self.report)
        body.names["bar"] = BarName()
        body.single = _assigned_once(strategy.body)
        self.note_prices(strategy.body)
        self.statements(strategy.body)
        self._check_unused_helpers()
        preamble = self.empty_outputs() if not self.report else []
        body.preamble = [*preamble, *body.preamble]
        self._typed_body(strategy.span)
        if self.report:
            return None
        outputs = [name for name in _COLUMNS if name in self.outputs]
        outputs += [f"plot.{name}" for name in self.plots]
        return typed.Program(
            docstring=strategy.docstring,
            params=tuple(self.params),
            functions=tuple(self.functions),
            outputs=tuple(typed.Output(name, self.outputs[name].index) for name in outputs),
            plots=tuple(self.plots),
            alerts=tuple(self.alerts),
            bar_budget=self.limits.bar_budget,
        )

    def _param(self, node: syntax.Param) -> None:
        if self._is_refused(node.name, node):
            return
        if len(self.params) >= self.limits.params_max:
            message = f"There are more than {self.limits.params_max} params."
            self.refuse(node, "too-many-params", message, "Use fewer.")
            return
        kind = build.constant(node.default, node.span).type
        bounds = (node.low, node.high, node.step)
        low = node.default if node.low is None else node.low
        high = node.default if node.high is None else node.high
        if (
            (kind is Type.BOOL and bounds != (None, None, None))
            or (kind is Type.INT and any(isinstance(bound, float) for bound in bounds))
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
        self.params.append(
            typed.Param(node.name, kind, node.default, node.low, node.high, node.step, node.title)
        )
        value = typed.ParamValue(kind, len(self.params) - 1, node.span)
        self.body.names[node.name] = value

    def _constant(self, name: syntax.Name, value: syntax.Constant) -> None:
        if self._is_refused(name.id, name):
            return
        self.constants[name.id] = build.constant(value.value, value.span)
        self.body.names[name.id] = self.constants[name.id]

    def _helper(self, function: syntax.Function) -> None:
        self._is_refused(function.name, function, SHORT)
        self.helpers[function.name] = function

    def _is_refused(self, name: str, node: syntax.Node, also: Collection[str] = ()) -> bool:
        """Whether a name of the top level is taken, after a report."""
        taken = name in _TAKEN or name in also or name in self.body.names
        if taken:
            self.refuse(node, "name", f"{name} is taken.", "Choose another name.")
        return taken

    def _check_unused_helpers(self) -> None:
        """A helper that nothing calls is typed as well, so that its mistakes are found before
        it is used: those that it has with whichever kinds of arguments."""
        called = {key[0] for key in self._typed} | self.uncallable
        nodes = 0
        for name, function in self.helpers.items():
            if name in called or self.exhausted or nodes > self.limits.typed_nodes_max:
                continue
            reports = []
            for kind in (Type.FLOAT, Type.INT, Type.BOOL):
                found, taken = self._findings_with(function, kind)
                reports.append(found)
                nodes += taken
            self.report.take_common(reports)

    def _findings_with(self, function: syntax.Function, kind: Type) -> tuple[Report, int]:
        """Of a helper whose arguments without a kind are of this one, and the nodes that it
        took; leaves no trace."""
        given: list[typed.Expression | BarName] = [
            BarName()
            if argument.kind == "Bar"
            else build.something(_KINDS.get(argument.kind, kind), NOWHERE)
            for argument in function.arguments
        ]
        outer, self.report = self.report, self.report.empty()
        kept, known, nodes = len(self.functions), dict(self._typed), self.typed_nodes
        self.typed_function(function, function.name, given)
        taken = self.typed_nodes - nodes
        self.functions = dict(islice(self.functions.items(), kept))
        self._typed, self.typed_nodes, self.exhausted = known, nodes, False
        outer, self.report = self.report, outer
        return outer, taken

    # functions

    def typed_function(
        self, function: syntax.Function, key: str, given: list[typed.Expression | BarName]
    ) -> typed.Function | None:
        """The function, typed for these kinds of arguments; None after a report."""
        shape = tuple(
            self._shape(value, a) for value, a in zip(given, function.arguments, strict=True)
        )
        name = key, shape
        if name not in self._typed:
            known = self.library.typed.get(name)
            self._typed[name] = known or self._type(function, name, given)
            if known is not None:
                self._take(known)
        return self._typed[name]

    def _take(self, function: typed.Function) -> None:
        """A library function that was typed for another program, behind those that it calls."""
        if function not in self.functions:
            for callee in function.sites:
                self._take(callee)
            self._add(function, ())

    def _add(self, function: typed.Function, bar_fields: tuple[str, ...]) -> None:
        self.functions[function] = bar_fields
        if self.is_library(function.name):
            own = function.cost - sum(callee.cost for callee in function.sites)
            self.count(own, syntax.Span(1, 1, 1, 1))

    def is_library(self, name: str) -> bool:
        """The stdlib's names have a namespace."""
        return "." in name

    def _type(
        self, function: syntax.Function, key: Key, given: list[typed.Expression | BarName]
    ) -> typed.Function | None:
        name, shape = key
        assert name not in self._in_progress, name
        self._in_progress.append(name)
        outer, self.body = self.body, Body(name, is_library=self.is_library(name))
        self._open(function, given, shape)
        self.statements(function.body)
        if self.body.reachable and not self.exhausted:
            self.refuse(
                function,
                "return",
                f"{function.name} can end without a result.",
                "End it with return x.",
            )
        failed = self.exhausted or self.body.results is None
        made = None if failed else self._typed_body(function.span)
        if self.body.is_library and made is not None:
            self.library.typed[key] = made
        self.body = outer
        self._in_progress.pop()
        return made

    def _shape(self, value: typed.Expression | BarName, argument: syntax.Argument) -> object:
        """What the typing of a function depends on."""
        if isinstance(value, BarName):
            return "bar"
        if argument.kind == "Choice":
            assert isinstance(value, typed.Const)
            return value.value
        return _Kind(
            value.type,
            argument.kind == "" and self._is_bounded(value),
            value.type is Type.FLOAT and self.is_sure(value),
        )

    def _is_bounded(self, value: typed.Expression) -> bool:
        return whole_range(value, tuple(self.params), self.bounded()) is not None

    def _open(
        self,
        function: syntax.Function,
        given: list[typed.Expression | BarName],
        shape: Sequence[object],
    ) -> None:
        """Binds the arguments; params are visible in helpers, nothing else is."""
        body = self.body
        body.single = _assigned_once(function.body)
        changed = assigned_in(function.body)
        if not body.is_library:
            body.names.update(
                (param.name, typed.ParamValue(param.type, index, NOWHERE))
                for index, param in enumerate(self.params)
            )
            body.names.update(self.constants)
        for argument, value, kind in zip(function.arguments, given, shape, strict=True):
            if not isinstance(kind, _Kind):
                body.names[argument.name] = value
                continue
            assert not isinstance(value, BarName)
            local = self.new_local(value.type)
            body.arguments.append(local)
            if argument.kind == "Length":
                body.lengths.add(local)
            elif kind.is_bounded and argument.name not in changed:
                body.ranged.add(local)
            if kind.is_sure and argument.name not in changed:
                body.sure.add(local)
            body.names[argument.name] = typed.Local(value.type, local, self.place(argument))
            body.variables.add(argument.name)
            body.assigned.add(argument.name)

    def _local_names(self) -> tuple[str, ...]:
        """As the source has them, or t and a number."""
        names = [f"t{index}" for index in range(len(self.body.locals))]
        outputs = self.outputs if self.body.is_on_bar else {}
        account = self.account if self.body.is_on_bar else {}
        for found in (
            self.body.names,
            {f"bar.{name}": local for name, local in self.body.bar_fields.items()},
            {f"position.{name}": local for name, local in account.items()},
            {f"said.{name}": local for name, local in outputs.items()},
        ):
            for name, meaning in found.items():
                if isinstance(meaning, typed.Local):
                    names[meaning.index] = name
        return tuple(names)

    def _always_set(self) -> set[int]:
        """Named locals that have a value whichever way the function is left."""
        body = self.body
        names = set.intersection(body.assigned, *body.ends)
        found = {local for local in map(body.names.get, names) if isinstance(local, typed.Local)}
        return {local.index for local in found} | {*body.arguments}

    def _typed_body(self, span: syntax.Span) -> typed.Function:
        """Closes the function at hand."""
        body = self.body
        for local in sorted(body.kept - self._always_set()):
            empty = build.empty(body.locals[local], NOWHERE)
            body.preamble.insert(0, typed.SetLocal(local, empty, NOWHERE))
        statements = (*body.preamble, *body.emitted)
        if statements and isinstance(statements[-1], typed.Leave):
            statements = statements[:-1]
        closing = tuple(body.closing)
        made = typed.Function(
            name=body.name,
            arguments=(*body.arguments, *(local.index for local in body.bar_fields.values())),
            lengths=frozenset(body.lengths),
            locals=tuple(body.locals),
            names=self._local_names(),
            states=tuple(body.states),
            windows=tuple(body.windows),
            histories=tuple(body.histories),
            bounds=tuple(body.bounds),
            sites=tuple(body.sites),
            body=statements,
            closing=closing,
            results=tuple(body.results or ()),
            cost=cost_of((*statements, *closing), body.sites),
            span=NOWHERE if body.is_library else span,
        )
        self._add(made, tuple(body.bar_fields))
        return made


def _assigned_once(body: tuple[syntax.Statement, ...]) -> set[str]:
    """Names that one statement sets, outside of loops."""
    counts: dict[str, int] = {}
    stack: list[tuple[syntax.Statement, int]] = [(node, 1) for node in body]
    while stack:
        node, weight = stack.pop()
        match node:
            case syntax.Assign():
                for target in node.targets:
                    counts[target.id] = counts.get(target.id, 0) + weight
            case syntax.If():
                stack.extend((inner, weight) for inner in (*node.then, *node.otherwise))
            case syntax.For():
                counts[node.variable] = counts.get(node.variable, 0) + 2
                stack.extend((inner, 2) for inner in node.body)
            case syntax.While():
                stack.extend((inner, 2) for inner in node.body)
    return {name for name, count in counts.items() if count == 1}
