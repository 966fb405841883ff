"""The book's module: the stdlib's engine.book over columns of bars and of orders."""

from __future__ import annotations

from functools import cache

from sandbox.compiler.check.program import function_program
from sandbox.compiler.driver import Compiled, Stages, assembled
from sandbox.compiler.library import library
from sandbox.compiler.limits import DEFAULT_LIMITS
from sandbox.compiler.lower.module import lower
from sandbox.compiler.lower.plan import plan_of
from sandbox.compiler.place import place
from sandbox.compiler.report import Report

NAME = "engine.book"
ALWAYS = ("equity", "exposure", "reasons")
OUTPUTS = (
    *ALWAYS,
    *("held", "cash", "income", "owed"),
    *("units_1", "price_1", "fee_1", "units_2", "price_2", "fee_2", "units_3", "price_3", "fee_3"),
)
"""What engine.book gives, in its order; beyond ALWAYS where the reasons are not 0 only."""


def book_stages() -> Stages:
    """The book on its way to a module."""
    program = function_program(NAME, OUTPUTS, len(ALWAYS), library().functions, DEFAULT_LIMITS)
    report = Report("", 1)
    placement = place(program, DEFAULT_LIMITS, report)
    assert placement is not None, report.diagnostics()
    return Stages(program, placement, lower(program, placement, plan_of(program)))


@cache
def compiled_book() -> Compiled:
    """The same module always: the stdlib does not change while it is in use."""
    return assembled("", book_stages())
