"""What is passed over since people were erased.

What is sealed under their keys can't be read any more. Here is the rest: records that other
programs wrote in the clear, and what deployments of theirs have signalled.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256

import msgspec

from schemas.events.people import UserErased
from streams.admission import admit
from streams.catalog import ERASURES, EVENT_TYPES
from streams.codec import RecordError, header
from streams.reader import read_topic
from streams.records import Record
from streams.settings import Settings

Ends = Mapping[str, Sequence[int]]


class Whose(msgspec.Struct):
    """The fields of an event that tell whose it is."""

    author: str = ""
    deployment_id: str = ""


class Erasures:
    """Who was erased, and up to which offsets what is theirs is passed over."""

    def __init__(self, erased: Iterable[UserErased] = ()) -> None:
        self._people: list[tuple[str, Ends]] = []
        self._deployments: list[tuple[frozenset[str], Ends]] = []
        for event in erased:
            self._people.append((event.user_sha256, event.ends))
            self._deployments.append((frozenset(event.deployments), event.ends))
        self._decode = msgspec.json.Decoder(Whose).decode

    def has(self, user: str) -> bool:
        """Whether they were erased, or it was begun."""
        return any(name == name_of(user) for name, _ in self._people)

    def spared(self, topic: str, partition: int, records: Sequence[Record]) -> Sequence[Record]:
        """The records of a partition that are nobody's who was erased."""
        if not records or records[0].offset >= self._end(topic, partition):
            return records
        return [record for record in records if not self._is_theirs(topic, partition, record)]

    def _end(self, topic: str, partition: int) -> int:
        """Behind it nothing is passed over."""
        return max((_end_of(ends, topic, partition) for _, ends in self._people), default=0)

    def _is_theirs(self, topic: str, partition: int, record: Record) -> bool:
        if not is_owned(record):
            return False
        try:
            whose = self._decode(record.value or b"")
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            return False  # it is no event, which is told of it elsewhere
        author = name_of(whose.author)
        theirs = (
            *(ends for user, ends in self._people if user == author),
            *(ends for names, ends in self._deployments if whose.deployment_id in names),
        )
        return any(record.offset < _end_of(ends, topic, partition) for ends in theirs)


def name_of(user: str) -> str:
    """By which the log names who was erased: SHA-256 in hex."""
    return sha256(user.encode("utf-8", "surrogatepass")).hexdigest()


def is_owned(record: Record) -> bool:
    """Whether a record goes along with its author; the end of something does not."""
    kind = (header(record.headers, "ce_type") or b"").decode(errors="replace")
    found = EVENT_TYPES.get(kind)
    return found is None or found.owned


def _end_of(ends: Ends, topic: str, partition: int) -> int:
    found = ends.get(topic, ())
    return found[partition] if partition < len(found) else 0


async def read_erasures(settings: Settings) -> Erasures:
    """As the log has them now."""
    found = []
    for records in (await read_topic(settings, ERASURES.name)).values():
        for record in records:
            try:
                event = admit(record, ERASURES, settings.kafka.partitions)
            except RecordError:
                continue
            assert isinstance(event, UserErased)
            found.append(event)
    return Erasures(found)
