"""Topics deleted by mistake and made anew: state is computed again, and truth is not made up."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator, Sequence

import httpx
import pytest
from aiokafka.admin import AIOKafkaAdminClient

from streams.catalog import BARS, FEEDS, KEYS, SIGNALS, TOPICS
from streams.settings import Settings
from streams.topics import ensure_topics
from tests import fold
from tests.chaos.faults import Kill
from tests.chaos.scene import Scene, open_scene
from tests.e2e.market import walk
from tests.e2e.system import publish_bars, wait_until

LOAD_S = 10.0
TOLD_LIMIT_S = 180.0
COMPUTE = ("bars", "indicators", "evaluation-1", "evaluation-2", "compilation", "research")
SENTENCE = "restore it from a backup before anything goes on"
pytestmark = pytest.mark.timeout(900)


@pytest.fixture(scope="module")
def scene() -> Iterator[Scene]:
    with open_scene(seed=41) as running:
        yield running


def make_anew(settings: Settings, names: Sequence[str]) -> None:
    """Delete topics, and make them as `peripheral topics` does."""

    async def delete() -> None:
        admin = AIOKafkaAdminClient(bootstrap_servers=settings.bootstrap_servers)
        await admin.start()
        try:
            answer = await admin.delete_topics(list(names))
            assert {code for _, code, *_ in answer.topic_error_codes} == {0}
        finally:
            await admin.close()

    asyncio.run(delete())
    deadline_s = time.monotonic() + 30.0
    made: set[str] = set()
    while made < set(names) and time.monotonic() < deadline_s:
        made |= set(asyncio.run(ensure_topics(settings)))
        time.sleep(0.2)
    assert made == set(names)


def tables(settings: Settings) -> dict[str, dict[str, str]]:
    """All rows, but for who has taken a partition over: evaluation does, and goes no further."""
    rows = fold.comparable(fold.actual(settings.database_url))
    return {name: found for name, found in rows.items() if name != "partition_epochs"}


def under_load(scene: Scene) -> None:
    scene.pusher.start()
    scene.stage.keep(time.monotonic() + LOAD_S)


def test_state_and_places_that_are_deleted_are_computed_again(scene: Scene) -> None:
    under_load(scene)
    before = scene.judged()
    assert not before.wrong, "\n".join(before.wrong)
    states = [topic.name for topic in TOPICS if topic.name.endswith(".snapshots.v1")]
    make_anew(scene.settings, [*states, FEEDS.name])
    for name in COMPUTE:
        assert scene.stage.apply(Kill(name))
    under_load(scene)
    after = scene.judged()
    assert not after.wrong, "\n".join(after.wrong)
    # All was written once more, byte for byte the same: that is what the judge compares.
    assert after.repeats > before.events / 4


def test_whoever_knew_more_of_a_log_than_there_is_says_so_and_does_nothing(scene: Scene) -> None:
    settings, stage = scene.settings, scene.stage
    before = tables(settings)
    make_anew(settings, [BARS.name, SIGNALS.name])
    asyncio.run(publish_bars(settings, walk("SYM1", 3, feed="chaos", seed=1)))
    told = ("bars", "indicators", "projections")
    for name in (*told, "evaluation-1", "evaluation-2"):
        stage.apply(Kill(name))

    def all_told() -> bool:
        stage.tick()
        return all(SENTENCE in stage.log_of(name) for name in told)

    wait_until(all_told, TOLD_LIMIT_S, lambda: "\n".join(map(stage.tail_of, told)))
    assert tables(settings) == before
    answer = httpx.get(f"http://127.0.0.1:{settings.api.port}/readyz", timeout=20.0)
    assert (answer.status_code, "restart this process" in answer.text) == (503, True)


def test_keys_that_are_deleted_are_told(scene: Scene) -> None:
    """That nobody is taken for erased then, tests/streams/test_keyring_live.py has."""
    make_anew(scene.settings, [KEYS.name])
    scene.stage.apply(Kill("api"))

    def told() -> bool:
        scene.stage.tick()
        return f"{KEYS.name} lost its records" in scene.stage.log_of("api")

    wait_until(told, TOLD_LIMIT_S, lambda: scene.stage.tail_of("api"))
