"""str → findings about size and nesting, before Python's own parser sees the text.

A hostile source must not reach a recursive parser: a 5,000-term expression or a thousand
brackets would cost its stack. This scan is linear and has no recursion; it need not
understand the text, only never let something deep through.
"""

from __future__ import annotations

import re

from sandbox.compiler.limits import Limits
from sandbox.compiler.report import Report
from sandbox.compiler.syntax import Span

_TOKEN = re.compile(
    r'"""(?:[^\\]|\\.)*?"""'
    r"|'''(?:[^\\]|\\.)*?'''"
    r'|"(?:[^"\\\n]|\\.)*"'
    r"|'(?:[^'\\\n]|\\.)*'"
    r"|#[^\n]*"
    r"|\\\n"
    r"|\w+"
    r"|\n"
    r"|[^\s\w]",
    re.DOTALL,
)
_TEMPLATE = re.compile(r"(?i)\b(f|t|rf|fr|rt|tr)\Z")
_PREFIX = 3  # a template's letters, and one before them
_SPLIT = "Split it: assign parts to local names first."


def prescan(source: str, limits: Limits, report: Report) -> None:
    """Reports a source that is too long, nested too deep, or has a statement too long."""
    if len(source.encode("utf-8", "surrogatepass")) > limits.source_bytes_max:
        report.add(
            Span(1, 1, 1, 1),
            "source-too-long",
            f"The source has more than {limits.source_bytes_max:,} bytes.",
            "Keep what the strategy needs, or split it into several strategies.",
        )
        return
    # lines end where Python ends them, or a comment would hide what follows a lone \r
    source = source.replace("\r\n", "\n").replace("\r", "\n")
    line, line_start, depth, tokens = 1, 0, 0, 0
    for match in _TOKEN.finditer(source):
        piece = match.group()
        first = piece[0]
        column = match.start() - line_start + 1
        if piece == "\n" and depth == 0:
            tokens = 0
        elif piece in "([{":
            depth += 1
            if depth > limits.bracket_depth_max:
                message = f"Brackets are nested more than {limits.bracket_depth_max} deep."
                report.add(Span(line, column, line, column + 1), "nested-too-deep", message, _SPLIT)
                return
        elif piece in ")]}":
            depth = max(0, depth - 1)
        elif first in "\"'" and _follows_template(source, match.start()):
            # its braces hold expressions that this scan would not see
            report.add(
                Span(line, column, line, column + 1),
                "string",
                "Strings only name things here; an f-string computes one.",
                "Write a plain string.",
            )
            return
        tokens += first not in "#\n\\"
        if tokens > limits.statement_tokens_max:
            message = (
                f"The statement has more than {limits.statement_tokens_max:,} words and signs."
            )
            report.add(Span(line, column, line, column + 1), "statement-too-long", message, _SPLIT)
            return
        if "\n" in piece:
            line += piece.count("\n")
            line_start = match.start() + piece.rindex("\n") + 1


def _follows_template(source: str, at: int) -> bool:
    """Whether the letters right before a string make it compute something."""
    return _TEMPLATE.search(source[max(0, at - _PREFIX) : at]) is not None
