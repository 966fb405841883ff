"""What lies on one partition of a derived topic, held against what the fold says, in one pass.

Both come in the order of their marks, (source_offset, seq), but for repeats, which lie there with
the marks and the bytes of what they repeat.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Literal

from processors.evaluation.receipts.chains import Chains
from processors.evaluation.receipts.heads import Content, Head, Item, Wanted, computed, lying
from processors.evaluation.receipts.heads import head_of as quick_head_of
from processors.evaluation.receipts.seen import Seen
from schemas.series import Series
from streams.admission import admit
from streams.catalog import SIGNALS, Topic
from streams.codec import Outgoing, RecordError
from streams.marks import NO_MARK
from streams.records import Record

Kind = Literal["changed", "missing", "more", "repeat"]
WORDS: dict[Kind, str] = {
    "changed": "lies there with other bytes",
    "missing": "is not there",
    "more": "is there, and nothing says so",
    "repeat": "is there again with other bytes, or out of its order",
}


@dataclass(frozen=True, slots=True)
class Difference:
    """One record that is not as it must be. offset: where it lies. chain: what is wrong with its
    receipt by itself; without that it was sealed anew, or other bars gave it."""

    kind: Kind
    topic: str
    partition: int
    head: Head
    offset: int | None
    expected: Content | None
    found: Content | None
    chain: str | None = None


@dataclass(slots=True)
class Tally:
    """A deployment's records of a series: how many are as they must be, by topic, and how many
    are not."""

    equal: dict[str, int]
    repeats: int = 0
    differences: int = 0
    first: Difference | None = None


Tallies = dict[tuple[str, Series], Tally]


class Compared:
    """One topic and partition. found: what lies there, in order. written_to: the source offset
    below which all that there is to say was written.

    unreadable: records that are no events of the topic, and so count for nobody.
    pending: the lowest source offset of what is not there yet.
    """

    def __init__(
        self,
        topic: Topic,
        partition: int,
        partitions: int,
        found: AsyncIterator[Record],
        wanted: Wanted,
        written_to: int,
        tallies: Tallies,
        *,
        whole: bool,
    ) -> None:
        self.unreadable = 0
        self.pending: int | None = None
        self.ended = False
        self._topic, self._partition, self._partitions = topic, partition, partitions
        self._found = found
        self._wanted = wanted
        self._written_to = written_to
        self._tallies = tallies
        self._chains = Chains(whole=whole) if topic is SIGNALS else None
        self._seen = Seen()
        self._highest = NO_MARK
        self._ahead: Item | None = None

    def close(self) -> None:
        self._seen.__exit__()

    async def hold(self, outgoing: Sequence[Outgoing]) -> None:
        """Hold what lies there against what the fold says next."""
        for record in outgoing:
            expected = computed(record)
            if self._wanted(expected.head):
                await self._hold(expected)

    async def finish(self) -> None:
        """The fold says no more."""
        while (found := await self._peek()) is not None:
            self._ahead = None
            self._differs("more", found.head, None, found)

    async def _hold(self, expected: Item) -> None:
        mark = expected.head.mark
        while (found := await self._peek()) is not None and found.head.mark < mark:
            self._ahead = None
            self._differs("more", found.head, None, found)
        if found is not None and found.head.mark == mark:
            self._ahead = None
            self._match(expected, found)
        elif found is not None or expected.head.source_offset < self._written_to:
            self._differs("missing", expected.head, expected, None)
        elif self.pending is None:
            self.pending = expected.head.source_offset

    def _match(self, expected: Item, found: Item) -> None:
        self._seen.add(expected.head.mark, expected.content)
        chain = self._chains.broken(found) if self._chains is not None else None
        if expected.content != found.content or chain is not None:
            self._differs("changed", expected.head, expected, found, chain)
            return
        equal = self._tally(expected.head).equal
        equal[self._topic.name] = equal.get(self._topic.name, 0) + 1

    async def _peek(self) -> Item | None:
        """The next record that is none of the repeats; None at the end."""
        while self._ahead is None and not self.ended:
            record = await anext(self._found, None)
            if record is None:
                self.ended = True
            elif (item := self._read(record)) is not None:
                self._take(item)
        return self._ahead

    def _take(self, item: Item) -> None:
        if item.head.mark > self._highest:
            self._highest, self._ahead = item.head.mark, item
        elif self._seen.repeats(item.head.mark, item.content):
            self._tally(item.head).repeats += 1
        else:
            self._differs("repeat", item.head, None, item)

    def _read(self, record: Record) -> Item | None:
        """None where it counts for nobody, or is not looked at."""
        head = quick_head_of(record.value)
        if head is not None and not self._wanted(head):
            return None
        try:
            event = admit(record, self._topic, self._partitions)
        except RecordError:
            self.unreadable += 1
            return None
        if head is None:  # what pydantic reads by looser rules
            head = Head(**event.model_dump(include=set(Head.__struct_fields__)))
        return lying(record, head) if self._wanted(head) else None

    def _differs(
        self,
        kind: Kind,
        head: Head,
        expected: Item | None,
        found: Item | None,
        chain: str | None = None,
    ) -> None:
        tally = self._tally(head)
        tally.differences += 1
        if tally.first is None:
            tally.first = Difference(
                kind=kind,
                topic=self._topic.name,
                partition=self._partition,
                head=head,
                offset=found.offset if found else None,
                expected=expected.content if expected else None,
                found=found.content if found else None,
                chain=chain,
            )

    def _tally(self, head: Head) -> Tally:
        return self._tallies.setdefault((head.deployment_id, head.series), Tally({}))
