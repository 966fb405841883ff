"""Reads headers whose name is no UTF-8, as other clients may write them: `\\xff` for such a byte.

aiokafka refuses them in the middle of a fetch, which it then makes again for ever, so that one
record would hold up its partition for good. What it refuses is read once more by its own parser in
Python, which lets us say how names are decoded.
"""

from __future__ import annotations

import struct
from typing import Any

from aiokafka.consumer import fetcher
from aiokafka.record.default_records import _DefaultRecordBatchPy
from aiokafka.record.memory_records import MemoryRecords

_LENGTH = struct.Struct(">8xi")
"""Of a batch (Kafka's record format): its base offset, and the number of bytes behind this."""


class _Name(bytes):
    """Bytes of a record; what is decoded of a record are the names of its headers."""

    def decode(self, encoding: str = "utf-8", _errors: str = "strict") -> str:
        return super().decode(encoding, "backslashreplace")


class _Buffer(bytearray):
    """A batch whose parts are names."""

    def __getitem__(self, place: Any) -> Any:
        found = super().__getitem__(place)
        return _Name(found) if isinstance(place, slice) else found


class _LenientRecords:
    """The batches of a fetch that end behind `start`, in the shape of aiokafka's MemoryRecords."""

    def __init__(self, data: bytes, start: int = 0) -> None:
        self._data = data
        self._at = 0
        while (end := self._end()) is not None and self._batch(end).next_offset <= start:
            self._at = end

    def has_next(self) -> bool:
        return self._end() is not None

    def _end(self) -> int | None:
        """Where the next batch ends; None where the fetch has no whole one any more."""
        if len(self._data) - self._at < _LENGTH.size:
            return None
        end = self._at + _LENGTH.size + int(_LENGTH.unpack_from(self._data, self._at)[0])
        return None if end > len(self._data) else end

    def next_batch(self) -> Any:
        end = self._end()
        assert end is not None
        batch = self._batch(end)
        self._at = end
        return _Lenient(batch)

    def _batch(self, end: int) -> Any:
        return _DefaultRecordBatchPy(self._data[self._at : end])


class _Lenient:
    """A batch that is iterated with names of any bytes."""

    def __init__(self, batch: Any) -> None:
        self._batch = batch

    def __getattr__(self, name: str) -> Any:
        return getattr(self._batch, name)

    def __iter__(self) -> Any:
        self._batch._maybe_uncompress()
        self._batch._buffer = _Buffer(self._batch._buffer)
        return iter(self._batch)

    def __next__(self) -> Any:  # of a control batch
        return next(self._batch)


class _Records(MemoryRecords):  # type: ignore[misc]  # aiokafka has no types
    """Keeps its bytes, for the case that they have to be read again."""

    def __init__(self, data: bytes) -> None:
        super().__init__(data)
        self.data = data


class _PartitionRecords(fetcher.PartitionRecords):  # type: ignore[misc]  # as above
    """Goes on leniently behind what was read where a header's name can't be decoded."""

    _records: Any

    def __next__(self) -> Any:
        try:
            return super().__next__()
        except UnicodeDecodeError:
            # What lies below the next offset was handed over already.
            self._records = _LenientRecords(self._records.data, self.next_fetch_offset)
            self._records_iterator = self._unpack_records()
            return super().__next__()


def read_any_header_name() -> None:
    """Have every consumer of this process read them; may be called again."""
    fetcher.MemoryRecords = _Records
    fetcher.PartitionRecords = _PartitionRecords
