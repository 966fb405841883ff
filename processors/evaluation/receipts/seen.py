"""Digests of the records that were compared, by their mark, in a file: repeats come at any time,
after a new state version from the log's beginning on, and memory should not grow with the log."""

from __future__ import annotations

import hashlib
import os
import struct
import tempfile
from typing import Self

from processors.evaluation.receipts.heads import Content
from streams.marks import NO_MARK, Mark
from streams.sources.spool import ON_DISK

_ENTRY = struct.Struct(">QQ32s")
_HELD_ENTRIES = 1_024


class Seen:
    """Marks are added as they rise. Its file has no name and is gone with the process."""

    def __init__(self) -> None:
        folder = ON_DISK if ON_DISK.is_dir() and os.access(ON_DISK, os.W_OK) else None
        self._file = tempfile.TemporaryFile(dir=folder, buffering=0)  # noqa: SIM115  # `with` closes it
        self._held = bytearray()
        self._count = 0
        self._last = NO_MARK

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def add(self, mark: Mark, content: Content) -> None:
        """Keep what a record is; its mark is above all before."""
        assert mark > self._last, (mark, self._last)
        self._last = mark
        self._held += _ENTRY.pack(*mark, digest(content))
        self._count += 1
        if len(self._held) >= _HELD_ENTRIES * _ENTRY.size:
            self._put_down()

    def repeats(self, mark: Mark, content: Content) -> bool:
        """Whether the record of that mark was the same."""
        self._put_down()
        low, high = 0, self._count
        while low < high:
            middle = (low + high) // 2
            offset, seq, found = self._entry(middle)
            if (offset, seq) == mark:
                return found == digest(content)
            low, high = (middle + 1, high) if (offset, seq) < mark else (low, middle)
        return False

    def _entry(self, place: int) -> tuple[int, int, bytes]:
        entry = os.pread(self._file.fileno(), _ENTRY.size, place * _ENTRY.size)
        offset, seq, found = _ENTRY.unpack(entry)
        return offset, seq, found

    def _put_down(self) -> None:
        if self._held:
            self._file.write(self._held)
            self._held.clear()


def digest(content: Content) -> bytes:
    """SHA-256 of a record, each part told from the next by its length."""
    key, value, headers = content
    found = hashlib.sha256()
    for part in (key, value, *(part for name, told in headers for part in (name.encode(), told))):
        found.update(b"-" if part is None else b"%d:" % len(part))
        found.update(part or b"")
    return found.digest()
