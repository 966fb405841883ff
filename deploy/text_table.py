"""Rows of cells → text in columns."""

from __future__ import annotations

from collections.abc import Sequence

_APART = "  "


def text_table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A line of heads and a line for each row, every column as wide as its widest cell, to the
    right but for the first."""
    widths = [max(map(len, column)) for column in zip(heads, *rows, strict=True)]
    return "\n".join(
        _APART.join(
            cell.ljust(width) if place == 0 else cell.rjust(width)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in (heads, *rows)
    )
