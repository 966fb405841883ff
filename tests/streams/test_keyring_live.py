"""Keys on a real log: one a person, found by who has never seen it, and gone when it is erased."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Callable

import pytest

from schemas.events.chat import TurnPosted
from streams.admission import admit
from streams.catalog import CHAT, KEYS
from streams.codec import Outgoing, RecordError, encode
from streams.keyring import Keyring, KeysLostError, read_keys
from streams.producer import Publisher, partition_of
from streams.reader import read_partition
from streams.records import Record
from streams.sealing import as_it_lies
from streams.settings import Settings
from streams.topics import ensure_topics
from tests.stack import Stack


def turn(author: str, conversation: str, text: str = "hello") -> Outgoing:
    event = TurnPosted(conversation_id=conversation, turn_id="t", author=author, text=text)
    return encode(event, key=conversation, event_id="e", source="/test", ts_us=0)


async def written(settings: Settings, *records: Outgoing) -> None:
    publisher = Publisher(settings, "test")
    await publisher.start()
    await asyncio.gather(*(publisher.publish(CHAT.name, record) for record in records))
    await publisher.stop()


async def read(settings: Settings, conversation: str) -> list[Record]:
    home = partition_of(conversation.encode(), settings.kafka.partitions)
    records = await read_partition(settings, CHAT.name, home)
    return [record for record in records if record.key == conversation.encode()]


async def keys_of(settings: Settings, user: str) -> list[str]:
    found = await read_keys(settings.bootstrap_servers, settings.kafka.partitions)
    return [key_id for key_id, issued in found.issued.items() if issued.user == user]


@pytest.fixture
async def settings(live_settings: Settings) -> Settings:
    await ensure_topics(live_settings)
    return live_settings


async def test_what_is_written_is_sealed_and_read_as_it_was(settings: Settings) -> None:
    name = uuid.uuid4().hex
    await written(settings, turn(f"alice-{name}", name), turn(f"bob-{name}", name))
    found = await read(settings, name)
    texts = [admit(record, CHAT, settings.kafka.partitions) for record in found]
    assert sorted(event.author for event in texts if isinstance(event, TurnPosted)) == [
        f"alice-{name}",
        f"bob-{name}",
    ]
    for user in ("alice", "bob"):
        assert len(await keys_of(settings, f"{user}-{name}")) == 1


async def test_processes_that_issue_a_key_at_once_use_the_same(settings: Settings) -> None:
    user = uuid.uuid4().hex
    rings = [Keyring(settings.bootstrap_servers, settings.kafka.partitions) for _ in range(3)]

    async def issue(ring: Keyring) -> None:
        publisher = Publisher(settings, "test")
        await publisher.start()
        await publisher._issue(ring, user)
        await publisher.stop()

    await asyncio.gather(*map(issue, rings))
    await asyncio.gather(*(ring.read() for ring in rings))
    assert len({ring.sealed(turn(user, "c")).value for ring in rings}) == 1


async def test_without_its_key_a_record_is_no_event(settings: Settings) -> None:
    name = uuid.uuid4().hex
    await written(settings, turn(name, name))
    (key,) = await keys_of(settings, name)
    publisher = Publisher(settings, "test")
    await publisher.start()
    home = partition_of(name.encode(), settings.kafka.partitions)
    await publisher.publish(KEYS.name, Outgoing(key.encode(), None, []), home)
    await publisher.stop()
    (sealed,) = await Keyring(settings.bootstrap_servers, settings.kafka.partitions).opened(
        await raw(settings, name)
    )
    with pytest.raises(RecordError) as caught:
        admit(sealed, CHAT, settings.kafka.partitions)
    assert caught.value.reason == "erased"


async def raw(settings: Settings, conversation: str) -> list[Record]:
    """As they lie on the log."""
    return [as_it_lies(record) for record in await read(settings, conversation)]


async def test_keys_that_are_lost_are_told_and_nothing_is_taken_for_erased(
    settings: Settings, new_stack: Callable[..., Stack]
) -> None:
    name = uuid.uuid4().hex
    await written(settings, turn(name, name))
    records = await raw(settings, name)
    other = new_stack().settings  # whose topic of keys has never had any
    await ensure_topics(other)
    with pytest.raises(KeysLostError, match="restore it from a backup"):
        await Keyring(other.bootstrap_servers, other.kafka.partitions).opened(records)
    # Nor does anybody get a first key there, with which these would look erased.
    publisher = Publisher(other, "test")
    await publisher.start()
    for record in records:
        lost = Outgoing(record.key, record.value, list(record.headers))
        await publisher.publish(CHAT.name, lost)
    with pytest.raises(KeysLostError, match="restore it from a backup"):
        await publisher.publish(CHAT.name, turn("somebody", "else"))
    await publisher.stop()
