"""A screen that can't go on is one screen less, and nothing to the others; one that is made anew
says nothing twice."""

from __future__ import annotations

from aiokafka import TopicPartition

from processors.research.standing.agent import StandingScreens
from processors.research.standing.core import Standing
from processors.research.standing.market import Market
from processors.research.standing.track import Track
from sandbox.errors import BlockError
from sandbox.host.instance import Instance
from streams import catalog
from streams.settings import KafkaSettings, Settings
from tests.processors.projections.memory_log import PARTITIONS
from tests.processors.research.standing.following import (
    FEED,
    MOMENTUM,
    START_US,
    Follower,
    defined,
    known_of,
    log_of,
    registered,
    split,
    walk,
)
from tests.sandbox.running import module_of

CLOSES = 20


async def test_a_screen_that_breaks_over_its_history_leaves_the_others_theirs() -> None:
    known, asked = known_of(defined(symbols=("A", "B"))), registered(begin_ts=START_US)
    log = log_of([*walk("A", range(CLOSES)), *walk("B", range(CLOSES))])
    follower = Follower(log, known, asked)
    said = follower.all()
    wasm_sha256, last = said[0].wasm_sha256, said[CLOSES // 2]

    def track(blocks_max: int) -> Track:
        return Track(asked, Instance(module_of(MOMENTUM), blocks_max), wasm_sha256, known, last)

    agent = StandingScreens(Settings(kafka=KafkaSettings(partitions=PARTITIONS)))
    market, tracks = Market(PARTITIONS), {"lacks room": track(1), "has room": track(2)}
    partitions = log.topics[catalog.BARS.name]
    batches = {TopicPartition(catalog.BARS.name, p): records for p, records in partitions.items()}
    target = {p: len(records) for p, records in partitions.items()}
    broken = agent._offer(market, batches, target, tracks)
    assert {name: type(error) for name, error in broken.items()} == {"lacks room": BlockError}
    assert tracks["has room"].closes(market.clocks[FEED], CLOSES) == said[CLOSES // 2 + 1 :] != []


async def test_a_stale_screen_is_made_anew_when_all_that_it_said_is_on_the_log() -> None:
    known, asked = known_of(defined(symbols=("A",))), registered(begin_ts=START_US)
    follower = Follower(log_of(walk("A", range(CLOSES))), known, asked)
    said = follower.all()
    agent = StandingScreens(Settings(kafka=KafkaSettings(partitions=PARTITIONS)))
    name, state = asked.screen_id, Standing(asked)
    agent._tracks[name] = follower.track
    agent._unread[name] = {event.close_ts: event for event in said}
    known.apply(split("A", CLOSES + 5, 2.0), 0)
    assert follower.track.is_stale
    for event in said:
        agent._let_go({name: state})
        assert name in agent._tracks, "it would begin behind an older close, and say this one again"
        agent._met(name, event)
    agent._let_go({name: state})
    assert name not in agent._tracks
