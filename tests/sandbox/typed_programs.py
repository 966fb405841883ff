"""Typed programs made without the front end: short ways to write nodes, and Hypothesis."""

from __future__ import annotations

from dataclasses import replace

from sandbox.compiler import typed
from sandbox.compiler.check.cost import cost_of
from sandbox.compiler.limits import DEFAULT_LIMITS
from sandbox.compiler.place import place
from sandbox.compiler.placed import Placement
from sandbox.compiler.report import Report
from sandbox.compiler.syntax import Span
from sandbox.compiler.typed import Type

HERE = Span(1, 1, 1, 2)
NO_LINE = Span(0, 0, 0, 0)
FLOAT, INT, BOOL = Type.FLOAT, Type.INT, Type.BOOL


def const(value: float | int | bool) -> typed.Const:
    kind = {float: FLOAT, int: INT, bool: BOOL}[type(value)]
    return typed.Const(kind, value, HERE)


def local(kind: Type, index: int) -> typed.Local:
    return typed.Local(kind, index, HERE)


def bar(name: str) -> typed.BarValue:
    return typed.BarValue(INT if name == "time" else FLOAT, name, HERE)


def calc(
    op: str, left: typed.Expression, right: typed.Expression, line: int = 1
) -> typed.Arithmetic:
    return typed.Arithmetic(left.type, op, left, right, Span(line, 1, line, 2))


def compare(op: str, left: typed.Expression, right: typed.Expression) -> typed.Chain:
    return typed.Chain(BOOL, (op,), (left, right), HERE)


def builtin(kind: Type, name: str, *operands: typed.Expression) -> typed.Builtin:
    return typed.Builtin(kind, name, operands, HERE)


def put(index: int, value: typed.Expression) -> typed.SetLocal:
    return typed.SetLocal(index, value, HERE)


def when(
    condition: typed.Expression,
    *then: typed.Statement,
    otherwise: tuple[typed.Statement, ...] = (),
) -> typed.If:
    return typed.If(condition, then, otherwise, HERE)


def function(
    name: str,
    locals_: tuple[Type, ...],
    *body: typed.Statement,
    arguments: tuple[int, ...] = (),
    results: tuple[int, ...] = (),
    **parts: object,
) -> typed.Function:
    """parts: what else the function has; `sites` are numbers of functions here, and they and its
    cost are for `program` to know."""
    empty: dict[str, object] = {
        "lengths": frozenset(),
        "states": (),
        "windows": (),
        "histories": (),
        "bounds": (),
        "sites": (),
        "closing": (),
    }
    return typed.Function(
        name=name,
        arguments=arguments,
        locals=locals_,
        names=("",) * len(locals_),
        body=body,
        results=results,
        cost=0,
        span=HERE,
        **{**empty, **parts},  # type: ignore[arg-type]  # by name, as the fields are
    )


def program(
    *functions: typed.Function,
    outputs: tuple[int, ...] = (),
    params: tuple[typed.Param, ...] = (),
    budget: int = 10_000,
) -> tuple[typed.Program, Placement]:
    """outputs: on_bar's locals."""
    costed: list[typed.Function] = []
    for each in functions:
        sites = tuple(costed[number] for number in each.sites)  # type: ignore[call-overload]  # see function
        cost = cost_of((*each.body, *each.closing), sites)
        costed.append(replace(each, sites=sites, cost=cost))
    columns = tuple(typed.Output(f"plot.{index}", index) for index in outputs)
    whole = typed.Program("", params, tuple(costed), columns, (), (), budget)
    report = Report("x\n" * 100, 100)
    placement = place(whole, DEFAULT_LIMITS, report)
    assert placement is not None, report.diagnostics()
    return whole, placement
