"""Drops the repeats of a derived topic's partition: what does not rise above the mark."""

from __future__ import annotations

from collections.abc import Iterable

from streams.marks import Mark


def rising(mark: Mark, marks: Iterable[Mark]) -> tuple[list[int], Mark]:
    """Indices of the marks that are above all before them and above `mark`, and the highest."""
    rows = []
    for row, found in enumerate(marks):
        if found > mark:
            mark = found
            rows.append(row)
    return rows, mark
