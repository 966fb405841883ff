"""Whether all that was promised holds, of a system that has settled: log, tables and clients."""

from __future__ import annotations

import asyncio
import json
import subprocess
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest

from deploy.environment import child_environment
from deploy.services import PERIPHERAL
from processors.bars.core import BarsFold
from schemas.events.base import DerivedEvent
from schemas.events.chat import ReplyCompleted, ReplyFailed, TurnPosted
from schemas.events.strategies import StrategyEdited
from streams.catalog import BARS, CHAT, EDITS, EVENT_TOPICS, VERSIONS
from streams.marks import HighWaterMarks
from streams.reader import read_topic
from streams.settings import Settings
from streams.snapshots import Snapshot
from tests.chaos.watchers import Place, Seen, Watcher, digest
from tests.e2e import derived
from tests.e2e.compare import database_differences, log_differences, read_log

SEEN_LIMIT_S = 90.0
REBUILD_LIMIT_S = 600.0


@dataclass(frozen=True, slots=True)
class Judgement:
    """wrong: what does not hold, in sentences. events: on the log, repeats left out; repeats: of
    derived topics; letters: bars that could not be used; seen: by all watchers; tables: whose
    digest equals a rebuild's."""

    wrong: tuple[str, ...]
    events: int
    repeats: int
    letters: int
    seen: int
    tables: int


@dataclass(frozen=True, slots=True)
class Told:
    """An event of the log. repeated: a reader with a high-water mark drops it."""

    place: Place
    kind: str
    symbol: str | None
    digest: bytes
    repeated: bool


def judge(settings: Settings, watchers: Sequence[Watcher]) -> Judgement:
    """Compare everything with folds of the log; watchers have a while to hear the rest."""
    log = read_log(settings)
    every = list(told(log, settings.kafka.partitions))
    counting = [each for each in every if not each.repeated]
    wrong = log_differences(log, settings.kafka.partitions)
    wrong += database_differences(log, settings)
    wrong += unanswered(log, settings.kafka.partitions)
    letters, lost = dead_letters(log, settings)
    wrong += lost
    for watcher in watchers:
        wrong += unseen(watcher, counting)
    equal, differing = rebuilt(settings)
    return Judgement(
        wrong=(*wrong, *differing),
        events=len(counting),
        repeats=len(every) - len(counting),
        letters=letters,
        seen=sum(watcher.count for watcher in watchers),
        tables=equal,
    )


def told(log: derived.Log, partitions: int) -> Iterator[Told]:
    """All events, in the order of each partition."""
    marks = HighWaterMarks()
    for topic in EVENT_TOPICS:
        for record, event in derived.counted(log[topic.name], topic, partitions):
            repeated = False
            if topic.derived_from is not None:
                assert isinstance(event, DerivedEvent)
                mark = (event.source_offset, event.seq)
                repeated = not marks.rises(topic.name, record.partition, mark)
            kind = type(event).__name__
            symbol = getattr(event, "symbol", None)
            place = (topic.name, record.partition)
            yield Told(place, kind, symbol, digest(kind, record.value or b""), repeated)


def unseen(watcher: Watcher, counting: Sequence[Told]) -> list[str]:
    """Where what a client was sent is not each event of its filter once, in order."""
    wanted: Seen = {}
    for event in counting:
        if watcher.wants(event.kind, {"symbol": event.symbol}):
            wanted.setdefault(event.place, []).append(event.digest)
    count = sum(map(len, wanted.values()))
    deadline_s = time.monotonic() + SEEN_LIMIT_S
    while watcher.count < count and time.monotonic() < deadline_s:
        time.sleep(0.1)
    wrong = [f"client {watcher.name!r} was refused: {text}" for text in watcher.refused]
    for place in sorted(wanted.keys() | watcher.seen.keys()):
        expected, found = wanted.get(place, []), watcher.seen.get(place, [])
        if expected != found:
            pairs = enumerate(zip_longest(expected, found))
            first = next(at for at, (one, other) in pairs if one != other)
            twice = len(found) - len(set(found))
            wrong.append(
                f"client {watcher.name!r} saw {len(found)} events of {place[0]}/{place[1]}, of "
                f"which there are {len(expected)}; the first that differs is number {first}, "
                f"{twice} came twice"
            )
    return wrong


def unanswered(log: derived.Log, partitions: int) -> list[str]:
    """Edits without a version or diagnostics, and turns that nobody has answered."""

    def events(topic: object) -> Iterator[tuple[int, int, object]]:
        for each in (EDITS, VERSIONS, CHAT):
            if each is topic:
                for record, event in derived.counted(log[each.name], each, partitions):
                    yield record.partition, record.offset, event

    derived.without_repeats(log, VERSIONS.name)  # asserts that repeats are the same bytes
    answered = {
        (partition, event.source_offset)
        for partition, _, event in events(VERSIONS)
        if isinstance(event, DerivedEvent)
    }
    wrong = [
        f"nothing became of the edit at {EDITS.name}/{partition}/{offset}"
        for partition, offset, event in events(EDITS)
        if isinstance(event, StrategyEdited) and (partition, offset) not in answered
    ]
    ended = {
        (event.conversation_id, event.turn_id)
        for _, _, event in events(CHAT)
        if isinstance(event, ReplyCompleted | ReplyFailed)
    }
    return wrong + [
        f"turn {event.turn_id} of conversation {event.conversation_id} has no answer"
        for _, _, event in events(CHAT)
        if isinstance(event, TurnPosted) and (event.conversation_id, event.turn_id) not in ended
    ]


def dead_letters(log: derived.Log, settings: Settings) -> tuple[int, list[str]]:
    """How many bars could not be used, and where their letters are not those of the fold."""
    return asyncio.run(_dead_letters(log, settings))


async def _dead_letters(log: derived.Log, settings: Settings) -> tuple[int, list[str]]:
    lying = await read_topic(settings, BARS.dlq)
    count, wrong = 0, []
    for partition, records in log[BARS.name].items():
        fold = BarsFold(partition, settings.kafka.partitions, Snapshot())
        outputs = await fold.advance(records) if records else {}
        wanted = {derived.written(record) for record in outputs.get(BARS.dlq, ())}
        found = {(each.key, each.value, tuple(each.headers)) for each in lying[partition]}
        count += len(wanted)
        if wanted - found or found - wanted:
            wrong.append(
                f"{BARS.dlq}/{partition} lacks {len(wanted - found)} letters and has "
                f"{len(found - wanted)} of nothing"
            )
    return count, wrong


def rebuilt(settings: Settings) -> tuple[int, list[str]]:
    """How many tables' digests equal those of a rebuild from the log, and which do not."""
    done = subprocess.run(
        [*PERIPHERAL, "rebuild", "--check", "--json"],
        env=child_environment(settings),
        capture_output=True,
        text=True,
        timeout=REBUILD_LIMIT_S,
        check=False,
    )
    if done.returncode not in (0, 1):
        return 0, [f"peripheral rebuild --check ended with {done.returncode}: {done.stderr}"]
    tables = json.loads(done.stdout)["tables"]
    differing = [table["table"] for table in tables if not table["equal"]]
    wrong = [f"the digest of table {name} is not a rebuild's" for name in differing]
    return len(tables) - len(differing), wrong
