"""Checks that a typed function reads no local before it is set, whichever way its statements
take, and that its jumps have somewhere to go. Raises AssertionError.

Code that is inlined, or in a loop, would find there what was left by the time before.
"""

from __future__ import annotations

from sandbox.compiler import typed
from sandbox.compiler.walk import walk

Known = frozenset[int]


def verify_flow(function: typed.Function) -> None:
    flow = _Flow()
    at_first = frozenset((*function.arguments, *(slot.local for slot in function.states)))
    end = flow.body(function.body, at_first)
    ends = flow.leaves if end is None else [*flow.leaves, end]
    if not ends:
        return  # an endless loop: the bar's budget ends it
    flow.leaves = []
    closed = flow.body(function.closing, frozenset.intersection(*ends))
    assert closed is not None and not flow.leaves, "the closing runs to its end"
    assert closed.issuperset(function.results), "a result that is not set"


class _Flow:
    """leaves, breaks: what is set where the body, or the innermost loop, is left."""

    def __init__(self) -> None:
        self.leaves: list[Known] = []
        self._breaks: list[list[Known]] = []
        self._loop_locals: list[int] = []

    def body(self, statements: tuple[typed.Statement, ...], known: Known) -> Known | None:
        """What is set behind the statements; None when nothing gets there."""
        after: Known | None = known
        for node in statements:
            if after is None:
                return None
            after = self._statement(node, after)
        return after

    def _statement(self, node: typed.Statement, known: Known) -> Known | None:
        match node:
            case typed.SetLocal(index=index, value=value):
                _reads(value, known)
                return self._sets(known, index)
            case typed.Call(arguments=arguments, results=results):
                _reads(arguments, known)
                return self._sets(known, *results)
            case typed.If(test=test, then=then, otherwise=otherwise):
                _reads(test, known)
                sides = [self.body(then, known), self.body(otherwise, known)]
                ends = [side for side in sides if side is not None]
                return frozenset.intersection(*ends) if ends else None
            case typed.Loop():
                self._loop(node, known)
                return known
            case typed.Forever(body=body):
                breaks = self._rounds(body, known)
                return frozenset.intersection(*breaks) if breaks else None
            case typed.Break():
                self._breaks[-1].append(known)
                return None
            case typed.Continue():
                assert self._breaks, "outside of a loop"
                return None
            case typed.Leave():
                self.leaves.append(known)
                return None
        _reads(node, known)
        return known

    def _loop(self, node: typed.Loop, known: Known) -> None:
        _reads((node.start, node.stop), known)
        inside = self._sets(known, node.local)
        self._loop_locals.append(node.local)
        self._rounds(node.body, inside)
        self._loop_locals.pop()

    def _rounds(self, body: tuple[typed.Statement, ...], known: Known) -> list[Known]:
        self._breaks.append([])
        self.body(body, known)
        return self._breaks.pop()

    def _sets(self, known: Known, *locals_: int) -> Known:
        assert not set(locals_) & set(self._loop_locals), "the body sets its loop's local"
        return known | set(locals_)


def _reads(tree: object, known: Known) -> None:
    for node in walk(tree):
        assert not isinstance(node, typed.Local) or node.index in known, node
