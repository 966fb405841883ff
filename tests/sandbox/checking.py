"""What the compiler says about sources that it refuses."""

from __future__ import annotations

import pytest

from sandbox.compiler.driver import compile_source
from sandbox.compiler.limits import DEFAULT_LIMITS, Limits
from sandbox.errors import CompileError
from schemas.diagnostics import Diagnostic
from tests.sandbox.running import body


def refused(source: str, limits: Limits = DEFAULT_LIMITS) -> tuple[Diagnostic, ...]:
    """The findings; each says what is wrong, where, and what to write instead."""
    with pytest.raises(CompileError) as caught:
        compile_source(source, limits)
    lines = source.split("\n")
    for found in caught.value.diagnostics:
        assert found.message and found.remedy
        assert 1 <= found.line <= found.end_line <= len(lines) and found.column >= 1
        assert lines[found.line - 1].startswith(found.source_line)
    return caught.value.diagnostics


def codes(source: str, limits: Limits = DEFAULT_LIMITS) -> set[str]:
    return {found.code for found in refused(source, limits)}


def helpers(functions: str, strategy: str) -> str:
    """A strategy with params or functions of its own before on_bar."""
    head = body()
    start = head.index("\n\n\n") + 2
    assert strategy.startswith(head[:start])
    return head[:start] + functions + strategy[start:]
