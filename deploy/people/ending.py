"""Ends what runs for a person, by the events that anybody would end it with."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator

from deploy.people.belongings import Belongings
from schemas.events.base import Event
from schemas.events.research import CancelResearch
from schemas.events.screens import ScreenEnded
from schemas.events.strategies import StrategyDeleted, StrategyUndeployed
from streams.admission import key_of
from streams.catalog import (
    DEPLOYMENTS,
    EDITS,
    RESEARCH_BATCH,
    RESEARCH_REQUESTS,
    STANDING,
    Topic,
)
from streams.codec import encode
from streams.producer import Publisher

SOURCE = "/peripheral/people"
AUTHOR = "peripheral erase"


def endings(found: Belongings) -> Iterator[tuple[Topic, Event]]:
    """The events, in an order in which each can be: a strategy that is deployed isn't deleted."""
    for deployment_id, strategy_id in found.ending:
        yield (
            DEPLOYMENTS,
            StrategyUndeployed(deployment_id=deployment_id, strategy_id=strategy_id, author=AUTHOR),
        )
    for screen_id in found.screens:
        yield STANDING, ScreenEnded(screen_id=screen_id, author=AUTHOR)
    for request_id, queue in found.requests:
        topic = RESEARCH_BATCH if queue == "batch" else RESEARCH_REQUESTS
        yield topic, CancelResearch(request_id=request_id, author=AUTHOR)
    for strategy_id in found.strategies:
        yield (
            EDITS,
            StrategyDeleted(strategy_id=strategy_id, edit_id=uuid.uuid4().hex, author=AUTHOR),
        )


async def end_all(publisher: Publisher, found: Belongings) -> None:
    """Put the ends on the log, acknowledged."""
    for topic, event in endings(found):
        record = encode(
            event,
            key=key_of(event),
            event_id=uuid.uuid4().hex,
            source=SOURCE,
            ts_us=time.time_ns() // 1_000,
        )
        await publisher.publish(topic.name, record)
