"""The id of an event on the stream: how far every partition of the log was delivered.

Partitions have no common order, so a single number can't say what a client has had. A
vector holds, per partition of every event topic, the offset behind the last record that
was delivered; 0 where none was. It means the same to every API process, after a restart
too. As text, `1-b1a.2f-c..7`: the format's version, then each topic's letter and its
partitions' offsets in hexadecimal, in order, those that are 0 left empty. Four partitions of
100,000 events each give about 100 characters.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from streams.catalog import (
    ACTIONS,
    ACTIVATIONS,
    ALERTS,
    BARS,
    CHAT,
    CORRECTIONS,
    DEPLOYMENTS,
    EDITS,
    ERASURES,
    EVENT_TOPICS,
    FAULTS,
    INDICATORS,
    INSTRUMENTS,
    RESEARCH_BATCH,
    RESEARCH_REQUESTS,
    RESEARCH_RESULTS,
    RESEARCH_TRIALS,
    SCREENS,
    SIGNALS,
    STANDING,
    UNIVERSES,
    VERSIONS,
)

Partition = tuple[str, int]
"""(topic, partition number)"""

VERSION = "1"
PARTITIONS_MAX = 256
LETTERS = {
    BARS.name: "b",
    CORRECTIONS.name: "k",
    ACTIONS.name: "c",
    INSTRUMENTS.name: "l",
    UNIVERSES.name: "u",
    INDICATORS.name: "i",
    SIGNALS.name: "s",
    ALERTS.name: "n",
    FAULTS.name: "f",
    EDITS.name: "e",
    VERSIONS.name: "v",
    DEPLOYMENTS.name: "d",
    ACTIVATIONS.name: "a",
    CHAT.name: "t",
    RESEARCH_REQUESTS.name: "q",
    RESEARCH_BATCH.name: "y",
    RESEARCH_RESULTS.name: "r",
    STANDING.name: "w",
    SCREENS.name: "x",
    RESEARCH_TRIALS.name: "h",
    ERASURES.name: "p",
}
assert set(LETTERS) == {topic.name for topic in EVENT_TOPICS}
TOPICS = {letter: topic for topic, letter in LETTERS.items()}
# An offset has up to 63 bits, 16 hexadecimal digits.
SEGMENT = re.compile(r"([a-z])((?:[0-9a-f]{0,16}\.)*[0-9a-f]{1,16})")


class VectorError(ValueError):
    """A text that is no id of ours."""


class Vector:
    """Next offset per partition; advances one partition at a time, and spells what has changed."""

    def __init__(self, offsets: Mapping[Partition, int] | None = None) -> None:
        self._offsets: dict[Partition, int] = {}
        self._unspelled: set[Partition] = set()
        self._digits: dict[str, list[str]] = {}
        self._segments = dict.fromkeys(LETTERS, "")
        for partition, offset in (offsets or {}).items():
            if offset:
                self.advance(partition, offset)

    def __getitem__(self, partition: Partition) -> int:
        return self._offsets.get(partition, 0)

    @property
    def offsets(self) -> Mapping[Partition, int]:
        """The partitions that aren't 0."""
        return self._offsets

    @property
    def text(self) -> str:
        """The vector as an event's id; no blanks, nothing that a URL has to escape."""
        for topic in {topic for topic, _ in self._unspelled}:
            self._spell(topic)
        self._unspelled.clear()
        return f"{VERSION}{''.join(self._segments.values())}"

    def copy(self) -> Vector:
        return Vector(self._offsets)

    def advance(self, partition: Partition, next_offset: int) -> None:
        """Everything below next_offset was delivered; an offset only rises."""
        assert next_offset > self._offsets.get(partition, 0), "a vector never falls back"
        self._offsets[partition] = next_offset
        self._unspelled.add(partition)

    def _spell(self, topic: str) -> None:
        digits = self._digits.setdefault(topic, [])
        for changed, number in self._unspelled:
            if changed == topic:
                digits.extend([""] * (number + 1 - len(digits)))
                digits[number] = format(self._offsets[changed, number], "x")
        self._segments[topic] = f"-{LETTERS[topic]}{'.'.join(digits)}"

    @classmethod
    def parse(cls, text: str, partitions: int = PARTITIONS_MAX) -> Vector:
        """The vector that `text` spells, of a log with that many partitions a topic.

        Raises VectorError with a sentence that says what is wrong.
        """
        version, *segments = text.split("-")
        if version != VERSION:
            raise VectorError("an id starts with `1`; send one that this stream gave")
        offsets: dict[Partition, int] = {}
        topics: set[str] = set()
        for segment in segments:
            topic, digits = _segment(segment)
            if topic in topics:
                raise VectorError(f"{topic} is named twice")
            if len(digits) > partitions:
                raise VectorError(f"{topic} has {partitions} partitions, not {len(digits)}")
            topics.add(topic)
            offsets |= {(topic, n): int(digit, 16) for n, digit in enumerate(digits) if digit}
        return cls(offsets)


def _segment(text: str) -> tuple[str, list[str]]:
    """A segment's topic and its offsets' digits."""
    match = SEGMENT.fullmatch(text)
    if match is None or match[1] not in TOPICS:
        raise VectorError(f"{text[:40]!r} is not a topic's letter and offsets")
    return TOPICS[match[1]], match[2].split(".")
