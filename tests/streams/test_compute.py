"""On the real broker: outputs, then state, then the offset; whoever comes next goes on there."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator, Sequence
from typing import Any

import pytest
from aiokafka.admin import AIOKafkaAdminClient

from streams.catalog import Topic
from streams.codec import Outgoing
from streams.compute import ComputeAgent, Outputs, next_piece
from streams.producer import Publisher
from streams.reader import read_partition
from streams.records import Record
from streams.settings import Settings
from streams.snapshots import Entry, Snapshot
from streams.topics import new_topic
from tests.records import raw

PARTITION = 2


class Counting:
    """Counts the records of each key."""

    def __init__(self, output: str, snapshot: Snapshot) -> None:
        self._output = output
        self._counts = {name: int(state) for name, state in snapshot.entries.items()}
        self._moved: set[str] = set()

    async def advance(self, records: Sequence[Record]) -> Outputs:
        written = []
        for record in records:
            name = (record.key or b"").decode()
            self._counts[name] = self._counts.get(name, 0) + 1
            self._moved.add(name)
            value = f"{record.offset}:{self._counts[name]}".encode()
            written.append(Outgoing(record.key, value, [], record.timestamp))
        return {self._output: written, "never": []}

    def entries(self, *, everything: bool) -> list[Entry]:
        moved, self._moved = self._moved, set()
        names = sorted(self._counts if everything else moved)
        return [(name, str(self._counts[name]).encode()) for name in names]


class Watched(Publisher):
    """Notes when records are sent and when the broker has acknowledged them."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings, "test-compute")
        self.seen: list[tuple[str, str]] = []

    async def publish_many(
        self, topic: str, partition: int, records: Sequence[Outgoing]
    ) -> list[asyncio.Future[Any]]:
        self.seen.append(("sent", topic))
        futures = await super().publish_many(topic, partition, records)
        for future in futures:
            future.add_done_callback(lambda _: self.seen.append(("acknowledged", topic)))
        return futures


class Topics:
    """Topics of one test's own."""

    def __init__(self, settings: Settings) -> None:
        name = f"compute-test-{uuid.uuid4().hex[:8]}"
        self.settings = settings
        self.source = Topic(f"{name}.source", "", "", ())
        self.output = Topic(f"{name}.output", "", "", ())
        self.snapshots = Topic(f"{name}.snapshots", "", "", (), compacted=True)

    async def create(self) -> None:
        admin = AIOKafkaAdminClient(bootstrap_servers=self.settings.bootstrap_servers)
        await admin.start()
        topics = (self.output, self.snapshots)
        await admin.create_topics([new_topic(topic, self.settings) for topic in topics])
        await admin.close()

    async def agent(self, version: str = "1") -> ComputeAgent:
        async def make_fold(_partition: int, snapshot: Snapshot) -> Counting:
            return Counting(self.output.name, snapshot)

        agent = ComputeAgent(self.settings, self.source, self.snapshots, make_fold, version)
        agent.publisher = Watched(self.settings)
        await agent.start()
        return agent

    async def written(self) -> list[bytes | None]:
        records = await read_partition(self.settings, self.output.name, PARTITION)
        return [record.value for record in records]

    async def owners(self) -> set[bytes]:
        """Who has state on the snapshot topic."""
        alive: dict[bytes, bytes | None] = {}
        for record in await read_partition(self.settings, self.snapshots.name, PARTITION):
            assert record.key is not None
            alive[record.key] = record.value
        return {key.split(b"|")[0] for key, value in alive.items() if value is not None}


@pytest.fixture
async def topics(live_settings: Settings) -> AsyncIterator[Topics]:
    topics = Topics(live_settings)
    await topics.create()
    yield topics


def records(first: int, last: int) -> list[Record]:
    return [
        raw(offset, b"even" if offset % 2 == 0 else b"odd", b"") for offset in range(first, last)
    ]


async def handled(agent: ComputeAgent, topics: Topics, first: int, last: int) -> None:
    assert await agent.position(topics.source.name, PARTITION) == first
    await agent.handle(topics.source.name, PARTITION, records(first, last))


async def test_outputs_are_acknowledged_before_state_is_sent_and_state_before_the_offset_is_told(
    topics: Topics,
) -> None:
    agent = await topics.agent()
    await handled(agent, topics, 0, 4)
    await handled(agent, topics, 4, 6)
    offsets = await agent.checkpoint()
    assert isinstance(agent.publisher, Watched)
    seen = agent.publisher.seen
    output, state = topics.output.name, topics.snapshots.name
    assert seen.index(("sent", state)) > max(
        place for place, event in enumerate(seen) if event == ("acknowledged", output)
    )
    assert seen.count(("acknowledged", output)) == 2
    assert seen[-1] == ("acknowledged", state)
    assert offsets == {(topics.source.name, PARTITION): 6}
    await agent.stop()


async def test_a_checkpoint_without_progress_writes_and_tells_nothing(topics: Topics) -> None:
    agent = await topics.agent()
    assert await agent.checkpoint() == {}
    await handled(agent, topics, 0, 2)
    await agent.checkpoint()
    assert isinstance(agent.publisher, Watched)
    before = list(agent.publisher.seen)
    assert await agent.checkpoint() == {}
    assert agent.publisher.seen == before
    await agent.stop()


async def test_a_partition_that_comes_back_goes_on_where_it_was_saved(topics: Topics) -> None:
    agent = await topics.agent()
    await handled(agent, topics, 0, 3)
    await agent.checkpoint()
    await handled(agent, topics, 3, 5)
    await agent.release()
    await handled(agent, topics, 3, 6)
    await agent.checkpoint()
    await agent.stop()
    written = [b"0:1", b"1:1", b"2:2", b"3:2", b"4:3"]
    assert await topics.written() == [*written, b"3:2", b"4:3", b"5:3"], "repeats are the same"


async def test_where_a_state_stands_is_told_once_though_nothing_has_come(topics: Topics) -> None:
    """After a restore the state is there, and the group's offsets are not."""
    first, second = await topics.agent(), await topics.agent()
    await handled(first, topics, 0, 3)
    await first.checkpoint()
    assert await second.position(topics.source.name, PARTITION) == 3
    assert await second.checkpoint() == {(topics.source.name, PARTITION): 3}
    assert await second.checkpoint() == {}
    for agent in (first, second):
        await agent.stop()


async def test_a_new_owner_deletes_what_earlier_ones_wrote_once_it_has_written_all(
    topics: Topics,
) -> None:
    first, second = await topics.agent(), await topics.agent()
    await handled(first, topics, 0, 4)
    await first.checkpoint()
    (earlier,) = await topics.owners()
    await handled(second, topics, 4, 5)
    assert await topics.owners() == {earlier}
    await second.checkpoint()
    (later,) = await topics.owners()
    assert later != earlier

    await first.handle(topics.source.name, PARTITION, records(4, 9))
    await first.checkpoint()
    assert await topics.owners() == {earlier, later}, "it does not know that it lost the partition"
    third = await topics.agent()
    await handled(third, topics, 5, 6)
    await third.checkpoint()
    assert len(await topics.owners()) == 1
    assert (await topics.written())[-1] == b"5:3"
    for agent in (first, second, third):
        await agent.stop()


async def test_state_of_another_version_is_given_up(topics: Topics) -> None:
    old, new = await topics.agent("1"), await topics.agent("2")
    await handled(old, topics, 0, 4)
    await old.checkpoint()
    await handled(new, topics, 0, 4)
    await new.checkpoint()
    assert await topics.written() == [b"0:1", b"1:1", b"2:2", b"3:2"] * 2
    assert len(await topics.owners()) == 1
    await old.stop()
    await new.stop()


@pytest.mark.parametrize(
    ("piece", "folded", "taken_s", "wanted"),
    [
        (256, 256, 0.01, 512),  # quick: more at a time
        (16_384, 16_384, 0.01, 16_384),
        (1_024, 3, 0.001, 1_024),  # few say nothing about many
        (1_024, 1_024, 0.2, 1_024),
        (16_384, 16_384, 10.0, 409),  # slow: as many as take their time
        (256, 256, 60.0, 256),
    ],
)
def test_a_slow_fold_is_given_fewer_records_at_a_time(
    piece: int, folded: int, taken_s: float, wanted: int
) -> None:
    assert next_piece(piece, folded, taken_s) == wanted
