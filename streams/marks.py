"""Drops the repeats of derived topics: one high-water mark per partition."""

from __future__ import annotations

Mark = tuple[int, int]
"""(source_offset, seq) of a derived record; rises within its partition."""

NO_MARK: Mark = (-1, -1)


class HighWaterMarks:
    """The highest mark seen per (topic, partition)."""

    def __init__(self) -> None:
        self._marks: dict[tuple[str, int], Mark] = {}

    def rises(self, topic: str, partition: int, mark: Mark) -> bool:
        """Whether the record is new; a repeat is not, and leaves the mark as it is."""
        if mark <= self._marks.get((topic, partition), NO_MARK):
            return False
        self._marks[topic, partition] = mark
        return True

    def get(self, topic: str, partition: int) -> Mark:
        return self._marks.get((topic, partition), NO_MARK)
