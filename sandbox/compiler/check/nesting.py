"""syntax → the helpers that cannot be called: those that call themselves, or lie too deep.

A call is typed within its caller, and lowered within it too, so a chain of calls would come to
the end of Python's stack wherever its caller happens to stand. This looks at the chains before
that, with a stack of its own.
"""

from __future__ import annotations

from dataclasses import dataclass

from sandbox.compiler import syntax
from sandbox.compiler.limits import Limits
from sandbox.compiler.report import Report

_OF_A_CALL = 2  # levels that a call itself takes


def uncallable(strategy: syntax.Strategy, limits: Limits, report: Report) -> frozenset[str]:
    """Names of helpers to leave alone; why is in the report."""
    return _Nesting(strategy, limits, report).uncallable()


@dataclass(slots=True)
class _Visit:
    """A function being looked at. calls: those still to be seen, the next one last, with how
    deep each stands. height: of its tree and of all that is below its calls, as far as seen."""

    function: syntax.Function
    calls: list[tuple[syntax.Call, int]]
    height: int


class _Nesting:
    def __init__(self, strategy: syntax.Strategy, limits: Limits, report: Report) -> None:
        self._helpers = {function.name: function for function in strategy.functions}
        on_bar = syntax.Function(strategy.span, "on_bar", "", (), strategy.body)
        self._roots = (on_bar, *strategy.functions)
        self._max = limits.nesting_max
        self._report = report
        self._heights: dict[str, int] = {}
        self._refused: set[str] = set()
        self._was_too_deep = False

    def uncallable(self) -> frozenset[str]:
        for root in self._roots:
            if root.name not in self._heights:
                self._visit(root)
        return frozenset(self._refused)

    def _visit(self, root: syntax.Function) -> None:
        path = [_opened(root)]
        while path:
            visit = path[-1]
            if not visit.calls:
                self._heights[visit.function.name] = visit.height
                path.pop()
                continue
            call, depth = visit.calls[-1]
            callee = self._helpers.get(call.function)
            if callee and callee.name not in self._heights:
                if all(outer.function.name != callee.name for outer in path):
                    path.append(_opened(callee))
                    continue
                self._refuse_recursion(callee)
            elif callee:
                visit.height = max(visit.height, self._height_of(call, depth))
            visit.calls.pop()

    def _height_of(self, call: syntax.Call, depth: int) -> int:
        height = depth + _OF_A_CALL + self._heights[call.function]
        if call.function in self._refused:
            return depth
        if height <= self._max:
            return height
        self._refused.add(call.function)
        if self._was_too_deep:
            return depth  # a long chain is too deep in many places, and said once
        self._was_too_deep = True
        self._report.add(
            call.span,
            "nested-too-deep",
            f"Calls within calls come to more than {self._max} levels here, counting what is"
            " nested in the functions that are called.",
            "Call fewer functions from within each other, or assign parts to local names first.",
        )
        return depth

    def _refuse_recursion(self, function: syntax.Function) -> None:
        self._refused.add(function.name)
        self._report.add(
            function.span,
            "recursion",
            f"{function.name} calls itself.",
            "Write a loop; functions cannot call themselves.",
        )


def _opened(function: syntax.Function) -> _Visit:
    """The calls of a function, with how deep each is nested, and how deep all is."""
    calls: list[tuple[syntax.Call, int]] = []
    deepest = 0
    stack: list[tuple[syntax.Node, int]] = [(node, 1) for node in reversed(function.body)]
    while stack:
        node, depth = stack.pop()
        deepest = max(deepest, depth)
        if isinstance(node, syntax.Call):
            calls.append((node, depth))
        stack.extend((child, depth + 1) for child in reversed(syntax.children(node)))
    return _Visit(function, calls[::-1], deepest)
