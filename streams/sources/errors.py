"""What is wrong with a person's file."""

from __future__ import annotations

from typing import NamedTuple


class TableError(ValueError):
    """The file can't be used at all; the message is one sentence that says what to do."""


class RowError(ValueError):
    """One row can't be used; the message is the reason."""


class Reject(NamedTuple):
    """A row that became nothing. line: in the file, from 1 (Parquet: the row, from 1)."""

    line: int
    reason: str
