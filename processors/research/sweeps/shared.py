"""Bars in a file that many processes map into their memory, instead of a copy for each.

A file and no POSIX shared memory: that is 64 MB in a container by default, and one that is full
ends a process by a signal, where a full disk says so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from schemas.columns import BarColumns

_COLUMNS = BarColumns.__slots__


@dataclass(frozen=True, slots=True)
class SharedBars:
    """Where they lie: of each symbol all columns, one after the other. sizes: bars, by symbol."""

    path: Path
    sizes: tuple[int, ...]

    @classmethod
    def write(cls, path: Path, bars: Sequence[BarColumns]) -> SharedBars:
        """Raises OSError."""
        with path.open("wb") as file:
            for each in bars:
                for name in _COLUMNS:
                    np.ascontiguousarray(getattr(each, name)).tofile(file)
        return cls(path, tuple(map(len, bars)))

    def read(self) -> tuple[BarColumns, ...]:
        """The same bars, as views of the file that nobody can write to."""
        words = np.zeros(0, np.int64)
        if any(self.sizes):
            words = np.asarray(np.memmap(self.path, np.int64, "r"))
        found, start = [], 0
        for size in self.sizes:
            ts, *prices = words[start : start + size * len(_COLUMNS)].reshape(len(_COLUMNS), size)
            found.append(BarColumns(ts, *(column.view(np.float64) for column in prices)))
            start += size * len(_COLUMNS)
        return tuple(found)
