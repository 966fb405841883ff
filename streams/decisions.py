"""What people decided about dead letters: a fold of letters.decisions.v1."""

from __future__ import annotations

from collections import Counter, defaultdict

from schemas.events.dead_letters import (
    DeadLetterDropped,
    DeadLetterEvent,
    DeadLetterRetried,
    DeadLetterRetryStarted,
)
from streams.catalog import LETTER_DECISIONS
from streams.codec import RecordError, decode
from streams.letters import Address, Repeats, letter_of
from streams.records import Record

Decision = DeadLetterRetried | DeadLetterDropped


def act_of(record: Record) -> tuple[Address, DeadLetterEvent] | None:
    """What a record says was done about which letter; None for a record that is no event."""
    try:
        event = decode(record.value, record.headers, LETTER_DECISIONS.events)
        assert isinstance(event, DeadLetterEvent)
        return Address.parse(event.letter), event
    except (RecordError, ValueError):
        return None


class Decisions:
    """Who decided what about each letter, as far as `apply` was told."""

    def __init__(self) -> None:
        self.first: dict[Address, Decision] = {}
        """What counts."""
        self.later: defaultdict[Address, list[Decision]] = defaultdict(list)
        """What came behind it, and does not."""
        self.started: defaultdict[Address, list[DeadLetterRetryStarted]] = defaultdict(list)
        self.unreadable = 0
        """Records that are no event of ours."""

    def apply(self, record: Record) -> None:
        """Take in one record of the topic, in the order of its partition."""
        act = act_of(record)
        if act is None:
            self.unreadable += 1
            return
        address, event = act
        if isinstance(event, DeadLetterRetryStarted):
            self.started[address].append(event)
        elif isinstance(event, Decision) and self.first.setdefault(address, event) is not event:
            self.later[address].append(event)


class Undecided:
    """How many letters of each topic nobody has decided about; knows no more of them."""

    def __init__(self) -> None:
        self._letters: Counter[str] = Counter()
        self._repeats = Repeats()
        self._decided: set[Address] = set()

    def apply(self, record: Record) -> None:
        """Take in one record, of a topic of letters or of decisions."""
        if record.topic != LETTER_DECISIONS.name:
            letter = letter_of(record)
            self._letters[letter.address.topic.name] += not self._repeats.has(letter)
            return
        act = act_of(record)
        if act is not None and isinstance(act[1], Decision):
            self._decided.add(act[0])

    def counts(self) -> dict[str, int]:
        """By topic, of those that have some."""
        decided = Counter(address.topic.name for address in self._decided)
        left = {name: count - decided[name] for name, count in sorted(self._letters.items())}
        return {name: count for name, count in left.items() if count > 0}
