"""Collects diagnostics of one source text."""

from __future__ import annotations

import re
from collections.abc import Sequence

from sandbox.compiler.syntax import Span
from schemas.diagnostics import Diagnostic

_UNWRITABLE = re.compile("[\0\ud800-\udfff]")  # what neither UTF-8 nor the database takes


def lines_of(source: str) -> list[str]:
    """Lines as Python counts them: a form feed or U+2028 ends none."""
    return re.split(r"\r\n|\r|\n", source)


def is_writable(text: str) -> bool:
    """Whether a text can be stored: it has no surrogates and no NUL."""
    return _UNWRITABLE.search(text) is None


class Report:
    """Findings so far; further ones beyond `diagnostics_max` are dropped."""

    def __init__(self, source: str, diagnostics_max: int) -> None:
        self._lines = lines_of(source)
        self._diagnostics_max = diagnostics_max
        self._found: dict[tuple[Span, str], Diagnostic] = {}

    def add(self, span: Span, code: str, message: str, remedy: str) -> None:
        """The same code at the same place is reported once."""
        if len(self._found) >= self._diagnostics_max:
            return
        text = self._lines[span.line - 1] if span.line <= len(self._lines) else ""
        self._found.setdefault(
            (span, code),
            Diagnostic(
                line=span.line,
                column=span.column,
                end_line=span.end_line,
                end_column=span.end_column,
                code=code,
                message=message,
                remedy=remedy,
                source_line=_UNWRITABLE.sub("\N{REPLACEMENT CHARACTER}", text[:200]),
            ),
        )

    def empty(self) -> Report:
        """One of the same source, without findings."""
        other = Report("", self._diagnostics_max)
        other._lines = self._lines
        return other

    def take_common(self, others: Sequence[Report]) -> None:
        """What all the others found is found here."""
        for place, diagnostic in others[0]._found.items():
            everywhere = all(place in other._found for other in others)
            if everywhere and len(self._found) < self._diagnostics_max:
                self._found.setdefault(place, diagnostic)

    def __bool__(self) -> bool:
        return bool(self._found)

    def diagnostics(self) -> tuple[Diagnostic, ...]:
        """In the order of the source."""
        return tuple(sorted(self._found.values(), key=lambda d: (d.line, d.column, d.code)))
