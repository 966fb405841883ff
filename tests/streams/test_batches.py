"""An agent gets each record of a partition once and in order, whatever Faust hands over.

Faust's side (its consumer, an app, a stream) stands in here by the few calls that a binding makes;
the broker that tells a hole from offsets without records is real, and so is the whole of Faust in
the end-to-end tests.
"""

from __future__ import annotations

import asyncio
import math
import time
import uuid
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, RecordsToDelete
from faust.types import TP

from streams.batches import BatchScheduler, Binding, RecordBatch
from streams.catalog import Topic
from streams.codec import Outgoing
from streams.producer import Publisher
from streams.reader import LogCutShortError
from streams.records import Record
from streams.settings import Settings
from streams.topics import new_topic
from tests.records import raw


@dataclass
class Collecting:
    """An agent that keeps what it is given."""

    topics: Sequence[str] = ()
    next_offset: int = 0
    offsets: list[int] = field(default_factory=list)
    told: list[str] = field(default_factory=list)

    async def start(self) -> None:
        self.told.append("start")

    async def position(self, topic: str, partition: int) -> int:
        return self.next_offset

    async def handle(self, topic: str, partition: int, records: Sequence[Record]) -> None:
        assert records[0].offset >= self.next_offset
        self.offsets += [record.offset for record in records]
        self.next_offset = records[-1].offset + 1

    async def checkpoint(self) -> dict[tuple[str, int], int]:
        self.told.append("checkpoint")
        return {("here", 0): self.next_offset, ("elsewhere", 0): 7}

    async def release(self) -> None:
        self.told.append("release")

    async def stop(self) -> None:
        self.told.append("stop")


class Consumer:
    """What a binding asks of Faust's consumer."""

    def __init__(self, tp: TP) -> None:
        self.tp = tp
        self.assigned = {tp}
        self.reached: int | None = None
        self.end = 0
        self.seeks: list[int] = []
        self.commits: list[dict[TP, int]] = []

    def assignment(self) -> set[TP]:
        return self.assigned

    async def seek_wait(self, places: dict[TP, int]) -> None:
        self.seeks.append(places[self.tp])

    async def position(self, tp: TP) -> int | None:
        return self.reached

    async def highwaters(self, tp: TP) -> dict[TP, int]:
        return {tp: self.end}

    async def _commit(self, offsets: dict[TP, int]) -> None:
        self.commits.append(offsets)


class Bound:
    """A binding between a collecting agent and a consumer that stands in."""

    def __init__(self, settings: Settings, topic: str = "here") -> None:
        self.agent = Collecting()
        self.consumer = Consumer(TP(topic, 0))
        self.app = SimpleNamespace(consumer=self.consumer, rebalancing=False, unassigned=False)
        self.binding = Binding(self.app, self.agent, settings)

    async def deliver(self, *batches: range) -> None:
        """Let the stream hand over batches of these offsets."""
        tp = self.consumer.tp

        async def events() -> AsyncIterator[Any]:
            for offsets in batches:
                records = [raw(offset, b"k", b"v", topic=tp.topic) for offset in offsets]
                yield SimpleNamespace(value=records, message=SimpleNamespace(tp=tp))

        if not self.agent.told:
            await self.binding._start()
        await asyncio.wait_for(self.binding._consume(SimpleNamespace(events=events)), 30)


@pytest.fixture
def bound() -> Bound:
    return Bound(Settings())


def test_what_was_fetched_of_a_partition_comes_as_one_batch_in_order() -> None:
    fetched: dict[TP, list[Record]] = {
        TP("a", 0): [raw(offset, b"k", b"v", topic="a") for offset in (4, 5, 9)],
        TP("a", 1): [],
        TP("b", 0): [raw(2, b"k", b"v", topic="b")],
    }
    scheduler: Any = BatchScheduler  # abstract to mypy only: Faust gives it no annotations
    found = list(scheduler().iterate(fetched))
    assert [tp for tp, _ in found] == [TP("a", 0), TP("b", 0)]
    batch = found[0][1]
    assert isinstance(batch, RecordBatch)
    assert batch.value is fetched[TP("a", 0)]
    assert (batch.topic, batch.partition, batch.offset, batch.timestamp) == (
        "a",
        0,
        9,
        fetched[TP("a", 0)][-1].timestamp,
    )


async def test_batches_that_follow_each_other_are_handled_as_they_come(bound: Bound) -> None:
    await bound.deliver(range(3), range(3, 4), range(4, 8))
    assert bound.agent.offsets == list(range(8))


async def test_a_replay_is_skipped_and_an_overlap_is_trimmed(bound: Bound) -> None:
    await bound.deliver(range(5), range(2, 5), range(3, 8), range(8))
    assert bound.agent.offsets == list(range(8))
    assert bound.consumer.seeks == []


async def test_a_log_that_ends_before_what_is_known_of_it_is_told(bound: Bound) -> None:
    bound.agent.next_offset = bound.consumer.end = 5
    await bound.binding._require(bound.consumer.tp, 5)
    bound.consumer.end = 4
    with pytest.raises(LogCutShortError, match=r"here/0 ends at offset 4.* stands at 5"):
        await bound.binding._require(bound.consumer.tp, 5)


async def test_a_batch_of_a_partition_that_is_gone_is_dropped(bound: Bound) -> None:
    bound.consumer.assigned = set()
    await bound.deliver(range(3))
    assert bound.agent.offsets == []


async def test_only_offsets_of_partitions_that_are_still_assigned_are_committed(
    bound: Bound,
) -> None:
    await bound.deliver(range(3))
    bound.binding._worked_s = -math.inf
    await bound.binding._checkpoint()
    assert bound.consumer.commits == [{TP("here", 0): 3}]
    bound.consumer.assigned = set()
    await bound.binding._checkpoint()
    assert len(bound.consumer.commits) == 1


async def test_while_batches_are_worked_on_every_other_checkpoint_is_put_off(bound: Bound) -> None:
    await bound.deliver(range(3))
    async with bound.binding._lock:
        await asyncio.wait_for(bound.binding._checkpoint(), 5)
        due = asyncio.create_task(bound.binding._checkpoint())
        await asyncio.sleep(0)
        assert "checkpoint" not in bound.agent.told and not due.done()
    await due
    assert bound.consumer.commits == [{TP("here", 0): 3}]


async def test_so_is_one_right_after_a_batch(bound: Bound) -> None:
    await bound.deliver(range(3))
    bound.binding._worked_s = time.monotonic() + 60.0
    await bound.binding._checkpoint()
    assert "checkpoint" not in bound.agent.told
    await bound.binding._checkpoint()
    assert bound.consumer.commits == [{TP("here", 0): 3}]


async def test_nothing_is_saved_before_the_agent_has_started(bound: Bound) -> None:
    await bound.binding._checkpoint()
    await bound.binding._revoked()
    await bound.binding._shutdown()
    await bound.binding._watch()
    assert (bound.agent.told, bound.consumer.commits) == ([], [])


async def test_a_partition_is_saved_before_it_is_let_go_and_so_is_all_at_the_end(
    bound: Bound,
) -> None:
    await bound.deliver(range(3))
    await bound.binding._revoked()
    await bound.binding._shutdown()
    assert bound.agent.told == ["start", "checkpoint", "release", "checkpoint", "stop"]


async def test_it_says_once_that_it_is_ready(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ready = tmp_path / "ready"
    monkeypatch.setenv("PERIPHERAL_READY_FILE", str(ready))
    bound = Bound(Settings())
    bound.consumer.assigned = set()
    await bound.deliver()
    await bound.binding._watch()
    assert not ready.exists(), "it has no partition yet"
    bound.app.unassigned = True
    await bound.binding._watch()
    assert ready.exists(), "it will have none"


@pytest.fixture
async def topic(live_settings: Settings) -> AsyncIterator[str]:
    """Ten records, then two transactions of one record each, so that 11 and 13 hold none."""
    name = f"batches-test-{uuid.uuid4().hex[:8]}"
    admin = AIOKafkaAdminClient(bootstrap_servers=live_settings.bootstrap_servers)
    await admin.start()
    await admin.create_topics([new_topic(Topic(name, "", "", ()), live_settings)])
    await admin.close()
    publisher = Publisher(live_settings, "test-batches")
    await publisher.start()
    await publisher.publish_many(name, 0, [Outgoing(b"k", b"v", [])] * 10)
    await publisher.stop()
    producer = AIOKafkaProducer(
        bootstrap_servers=live_settings.bootstrap_servers, transactional_id=name
    )
    await producer.start()
    for _ in range(2):
        async with producer.transaction():
            await producer.send(name, b"v", partition=0)
    await producer.stop()
    yield name


async def test_a_hole_is_sought_and_what_comes_behind_it_waits(
    live_settings: Settings, topic: str
) -> None:
    bound = Bound(live_settings, topic)
    await bound.deliver(range(2), range(5, 7), range(7, 9), range(2, 9))
    assert bound.consumer.seeks == [2, 2]
    assert bound.agent.offsets == list(range(9))


async def test_offsets_without_records_are_no_hole(live_settings: Settings, topic: str) -> None:
    bound = Bound(live_settings, topic)
    await bound.deliver(range(11), range(12, 13))
    assert bound.consumer.seeks == []
    assert bound.agent.offsets == [*range(11), 12]


async def test_what_retention_deleted_is_passed_over(live_settings: Settings, topic: str) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=live_settings.bootstrap_servers)
    await admin.start()
    await admin.delete_records({TopicPartition(topic, 0): RecordsToDelete(before_offset=6)})
    await admin.close()
    bound = Bound(live_settings, topic)
    await bound.deliver(range(6, 10))
    assert bound.consumer.seeks == []
    assert bound.agent.offsets == [6, 7, 8, 9]


async def test_a_fetch_that_got_lost_is_sought_by_the_watch(
    live_settings: Settings, topic: str
) -> None:
    bound = Bound(live_settings, topic)
    await bound.deliver(range(4))
    bound.consumer.reached = 10
    await bound.binding._watch()
    assert bound.consumer.seeks == [], "it may still be on its way"
    await bound.binding._watch()
    assert bound.consumer.seeks == [4]


async def test_the_watch_leaves_alone_who_stands_behind_offsets_without_records(
    live_settings: Settings, topic: str
) -> None:
    bound = Bound(live_settings, topic)
    await bound.deliver(range(11), range(12, 13))
    bound.consumer.reached = 14
    for _ in range(4):
        await bound.binding._watch()
    assert bound.consumer.seeks == []
