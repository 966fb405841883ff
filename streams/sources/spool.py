"""Bars of many series, put down in a file as they come, and read again series by series.

For what memory should not hold: a file of bars has its series mixed, or one behind the other, and
whoever goes through them by time needs a place in each.
"""

from __future__ import annotations

import os
import tempfile
from array import array
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from io import FileIO
from pathlib import Path
from typing import Self

import numpy as np

from schemas.columns import BarColumns, Ints, joined
from streams.sources.errors import TableError
from streams.sources.order import Codes, by_symbol

HELD_BARS = 1 << 19
"""Of all series before they are put down, and about so many again when all are read at once."""
BAR_BYTES = 48
ON_DISK = Path("/var/tmp")  # noqa: S108  # of the two usual folders the one that is no memory


def _column() -> array[int]:
    return array("q")


@dataclass(frozen=True, slots=True)
class _Pieces:
    """A series' pieces in their order. offset: in the file; count: of bars; last_ts: the last
    bar's."""

    offset: array[int] = field(default_factory=_column)
    count: array[int] = field(default_factory=_column)
    last_ts: array[int] = field(default_factory=_column)


class Spool:
    """Takes bars until they are read. Its file has no name and is gone with the process; `with`
    closes it. folder: TMPDIR's where None, or else one on a disk."""

    def __init__(self, folder: Path | None = None, held_bars: int = HELD_BARS) -> None:
        self._folder = folder or _folder()
        self._held_bars = held_bars
        self._file: FileIO | None = None  # until there is something to put down
        self._waiting: list[tuple[Codes, BarColumns]] = []
        self._waits = self._end = 0
        self._pieces: defaultdict[int, _Pieces] = defaultdict(_Pieces)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._file is not None:
            self._file.close()

    def put(self, codes: Codes, bars: BarColumns) -> None:
        """The next n bars, those of a series in the order of their times. codes: the series they
        are of, int32 (n,). Raises TableError when there is no room for them."""
        self._waiting.append((codes, bars))
        self._waits += len(codes)
        if self._waits >= self._held_bars:
            self.flush()

    def flush(self) -> None:
        """Puts down what waits, which is not read otherwise. Raises TableError."""
        if not self._waiting:
            return
        codes = np.concatenate([codes for codes, _ in self._waiting])
        bars = joined([bars for _, bars in self._waiting])
        self._waiting, self._waits = [], 0
        for rows in by_symbol(codes):
            whole = len(rows) == len(codes)
            self._write(int(codes[rows[0]]), bars if whole else bars.take(rows))

    def count(self, code: int) -> int:
        """How many bars of a series were put down."""
        return sum(self._pieces[code].count)

    def stream(self, code: int) -> Iterator[BarColumns]:
        """A series' bars, piece by piece, from the first one on. Any number of streams may be read
        side by side, by one thread at a time."""
        pieces = self._pieces[code]
        for offset, count in zip(pieces.offset, pieces.count, strict=True):
            yield self._read(offset, count)

    def opens_from(self, code: int, begin_us: int) -> Ints:
        """A series' first two opens at or behind begin_us, or as many as there are."""
        pieces = self._pieces[code]
        found = np.zeros(0, np.int64)
        first = int(np.searchsorted(np.asarray(pieces.last_ts), begin_us))
        for piece in range(first, len(pieces.count)):
            ts = self._read(pieces.offset[piece], pieces.count[piece]).ts
            found = np.append(found, ts[ts >= begin_us][:2])[:2]
            if len(found) == 2:
                break
        return found

    def _write(self, code: int, bars: BarColumns) -> None:
        content = b"".join(getattr(bars, name).tobytes() for name in BarColumns.__slots__)
        try:
            if self._file is None:
                self._file = tempfile.TemporaryFile(  # noqa: SIM115  # `with` closes ours
                    dir=self._folder, buffering=0
                )
            written = 0
            while written < len(content):  # of 2 GiB at most at once
                written += self._file.write(memoryview(content)[written:])
        except OSError as error:
            raise TableError(
                f"its bars find no room in {self._folder} ({os.strerror(error.errno or 0)}): they"
                f" take {BAR_BYTES} bytes each; set TMPDIR to a folder that has it"
            ) from None
        pieces = self._pieces[code]
        pieces.offset.append(self._end)
        pieces.count.append(len(bars))
        pieces.last_ts.append(int(bars.ts[-1]))
        self._end += len(content)

    def _read(self, offset: int, count: int) -> BarColumns:
        assert self._file is not None
        cells = np.empty((len(BarColumns.__slots__), count))
        self._file.seek(offset)
        left = cells.data.cast("B")
        while left and (size := self._file.readinto(left)):
            left = left[size:]
        assert not left, "the spool's file has become shorter"
        return BarColumns(cells[0].view(np.int64), *cells[1:])


def _folder() -> Path:
    if "TMPDIR" not in os.environ and os.access(ON_DISK, os.W_OK):
        return ON_DISK
    return Path(tempfile.gettempdir())
