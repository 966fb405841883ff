"""Any table, CSV or Parquet → its header and its rows as cells, whatever they mean."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from streams.sources.errors import Reject

CHUNK_ROWS = 4_096


@dataclass(frozen=True, slots=True)
class Cells:
    """n rows. lines: where each is in the file, from 1 (Parquet: the row, from 1); rows: cells in
    the header's order, text or typed; rejects: what is no row, as with too few fields."""

    lines: Sequence[int]
    rows: Sequence[Sequence[Any]]
    rejects: list[Reject]


Table = tuple[list[str], Iterator[Cells]]
"""The names of the columns, and the rows."""
