"""On the real broker: of all who claim a partition one holds it, and what others write is void."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from processors.evaluation.claims import Claim, PartitionLostError
from schemas.events.strategies import PartitionClaimed
from streams.activations import Activation
from streams.catalog import ACTIVATIONS
from streams.codec import encode
from streams.producer import Publisher
from streams.settings import Settings
from streams.topics import ensure_topics
from tests.processors.evaluation.deployed import deployment_of
from tests.stack import open_stack


@pytest.fixture
async def publisher(live_settings: Settings) -> AsyncIterator[Publisher]:
    await ensure_topics(live_settings)
    publisher = Publisher(live_settings, "test-claims")
    await publisher.start()
    yield publisher
    await publisher.stop()


async def activated(claim: Claim, deployment_id: str, from_offset: int = 5) -> bool:
    """Whether the claim still holds."""
    try:
        await claim.activate([deployment_of(deployment_id, "s", {})], from_offset)
    except PartitionLostError:
        return False
    return True


async def test_of_claimants_that_race_exactly_one_holds(
    live_settings: Settings, publisher: Publisher
) -> None:
    claims = [Claim(live_settings, publisher, 0) for _ in range(3)]
    await asyncio.wait_for(asyncio.gather(*(claim.take() for claim in claims)), 30)
    assert len({claim.epoch for claim in claims}) == 3
    held = [await activated(claim, f"race-{number}") for number, claim in enumerate(claims)]
    newest = max(range(3), key=lambda number: claims[number].epoch)
    assert held == [number == newest for number in range(3)]
    after = Claim(live_settings, publisher, 0)
    await after.take()
    assert {name for name in after.activations if name.startswith("race-")} == {f"race-{newest}"}


async def test_what_an_earlier_owner_writes_after_a_newer_claim_is_void(
    live_settings: Settings, publisher: Publisher
) -> None:
    earlier, newer = Claim(live_settings, publisher, 1), Claim(live_settings, publisher, 1)
    await earlier.take()
    assert await activated(earlier, "kept", 7)
    await newer.take()
    assert newer.epoch == earlier.epoch + 1
    assert newer.activations["kept"] == Activation("kept", "s", 7)

    assert not await activated(earlier, "void")
    with pytest.raises(PartitionLostError, match=f"epoch {newer.epoch}"):
        await earlier.deactivate([newer.activations["kept"]], 9)

    last = Claim(live_settings, publisher, 1)
    await last.take()
    assert "void" not in last.activations
    assert last.activations["kept"].until_offset is None


async def test_a_claim_that_nothing_can_follow_is_told_and_not_outbid_for_ever() -> None:
    name = "highest"
    with open_stack() as stack:  # of its own: nobody else could claim the partition any more
        await ensure_topics(stack.settings)
        publisher = Publisher(stack.settings, name)
        await publisher.start()
        highest = PartitionClaimed(partition=3, epoch=2**63 - 1, owner=name)
        record = encode(highest, key=name, event_id=name, source="/test", ts_us=0)
        await publisher.publish(ACTIVATIONS.name, record, 3)
        with pytest.raises(PartitionLostError, match="must be restored"):
            await asyncio.wait_for(Claim(stack.settings, publisher, 3).take(), 30)
        await publisher.stop()


async def test_an_owner_may_write_until_somebody_else_claims(
    live_settings: Settings, publisher: Publisher
) -> None:
    claim = Claim(live_settings, publisher, 2)
    await claim.take()
    assert await activated(claim, "one", 3)
    await claim.deactivate([claim.activations["one"]], 8)
    assert claim.activations["one"] == Activation("one", "s", 3, 8)
    assert await activated(claim, "one", 20), "it holds, though the first activation counts"
    assert claim.activations["one"] == Activation("one", "s", 3, 8)


async def test_partitions_are_claimed_apart(live_settings: Settings, publisher: Publisher) -> None:
    first, second = Claim(live_settings, publisher, 2), Claim(live_settings, publisher, 3)
    await first.take()
    await second.take()
    assert await activated(first, "apart-2")
    assert await activated(second, "apart-3")
    assert "apart-3" not in first.activations
