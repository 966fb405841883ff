"""Shows a compiler's findings as text, each with its line of source and what to do."""

from __future__ import annotations

from schemas.diagnostics import Diagnostic


def render(diagnostic: Diagnostic, file_name: str) -> str:
    """One finding, laid out as Rust's compiler does; columns count from 1."""
    margin = " " * len(str(diagnostic.line))
    source = diagnostic.source_line.rstrip("\r\n")
    begin = diagnostic.column - 1
    # A finding that goes on below is marked to the end of its first line.
    end = diagnostic.end_column - 1 if diagnostic.end_line == diagnostic.line else len(source)
    # Tabs stay tabs under the line, so that the mark stands where the eye expects it.
    indent = "".join("\t" if character == "\t" else " " for character in source[:begin])
    marks = "^" * max(end - begin, 1)
    return "\n".join(
        [
            f"error[{diagnostic.code}]: {diagnostic.message}",
            f"{margin}--> {file_name}:{diagnostic.line}:{diagnostic.column}",
            f"{margin} |",
            f"{diagnostic.line} | {source}",
            f"{margin} | {indent}{marks}",
            f"{margin} = help: {diagnostic.remedy}",
        ]
    )
