"""How much has come in, how far the view is behind, and who is up."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict

from starlette.requests import Request
from starlette.responses import Response

from api.answers import json_answer
from api.log.tail import LogUnavailableError
from api.params import require_known
from api.problems import unavailable
from api.reads.protocol import Depth, NextOffset, ViewUnavailableError
from api.services import Services, services
from api.stream.vector import Partition
from schemas.status_views import ConsumerLag, QueueView, StatusView
from streams.catalog import BARS, INDICATORS, SIGNALS
from streams.groups import COMPUTE_ROLES

Offsets = Mapping[Partition, int]

UP = "up"
NO_CONSUMER = "projections"
"""Who is behind by everything while no projection has written an offset yet."""


async def status(request: Request) -> Response:
    require_known(request, ())
    return json_answer(await _status(services(request)))


async def ready(request: Request) -> Response:
    """503 unless broker and database answer and the log has been read to its end once."""
    require_known(request, ())
    found = await _status(services(request))
    if any(state != UP for state in found.services.values()):
        words = "; ".join(f"{name}: {state}" for name, state in found.services.items())
        raise unavailable(words, services=found.services, lag=found.lag)
    return json_answer({"services": found.services, "lag": found.lag})


async def healthy(request: Request) -> Response:
    """The process is up; says nothing of what it needs."""
    require_known(request, ())
    return json_answer({"status": "up"})


async def _status(shared: Services) -> StatusView:
    states: dict[str, str] = {"broker": UP, "database": UP, "log": UP}
    begins: Offsets | None = None
    ends: Offsets | None = None
    positions: list[NextOffset] | None = None
    depths: list[Depth] | None = None
    committed: Mapping[tuple[str, str, int], int] = {}
    try:
        begins, ends = await shared.tail.bounds()
        committed = await shared.tail.committed()
    except LogUnavailableError as error:
        states["broker"] = str(error)
    try:
        positions = await shared.reads.next_offsets()
        depths = await shared.reads.queue_depths()
    except ViewUnavailableError as error:
        states["database"] = str(error)
    if not shared.tail.caught_up.is_set():
        states["log"] = "not read to its end yet"
    if shared.tail.stopped:
        states["log"] = "followed no longer; restart this process"
    counts = None if begins is None or ends is None else records_per_topic(begins, ends)
    lags = (
        None
        if begins is None or ends is None or positions is None
        else lags_of(positions, begins, ends) + role_lags(committed, begins, ends)
    )
    return StatusView(
        bars=None if counts is None else counts[BARS.name],
        indicators=None if counts is None else counts[INDICATORS.name],
        signals=None if counts is None else counts[SIGNALS.name],
        topics=counts,
        dead_letters=shared.letters.counts(),
        lag=None if lags is None else sum(lag.lag for lag in lags),
        consumers=lags,
        research=depths and [QueueView(**asdict(depth)) for depth in depths],
        services=states,
        stream_clients=len(shared.hub),
    )


def records_per_topic(begins: Offsets, ends: Offsets) -> dict[str, int]:
    """Records on each topic; the repeats of derived topics count."""
    counts: Counter[str] = Counter()
    for partition, end in ends.items():
        counts[partition[0]] += end - begins[partition]
    return dict(counts)


def lags_of(positions: Iterable[NextOffset], begins: Offsets, ends: Offsets) -> list[ConsumerLag]:
    """Records that each projection has yet to take in, per topic.

    A projection takes in every topic that it has an offset of; a partition without one has
    not begun. While there is no projection at all, everything is yet to be taken in.
    """
    offsets = {(p.projection, p.topic, p.partition): p.offset for p in positions}
    consumed = {(projection, topic) for projection, topic, _ in offsets}
    if not consumed:
        consumed = {(NO_CONSUMER, topic) for topic, _ in ends}
    lags: Counter[tuple[str, str]] = Counter()
    for consumer, topic in consumed:
        for (name, number), end in ends.items():
            if name == topic:
                done = offsets.get((consumer, topic, number), begins[name, number])
                lags[consumer, topic] += max(0, end - done)
    return [
        ConsumerLag(consumer=consumer, topic=topic, lag=lag)
        for (consumer, topic), lag in sorted(lags.items())
    ]


def role_lags(
    committed: Mapping[tuple[str, str, int], int], begins: Offsets, ends: Offsets
) -> list[ConsumerLag]:
    """Records that each compute role has yet to take in; it tells so once a second."""
    lags: Counter[str] = Counter()
    for role, topic in COMPUTE_ROLES.items():
        for (name, number), end in ends.items():
            if name == topic:
                done = committed.get((role, name, number), begins[name, number])
                lags[role] += max(0, end - done)
    return [
        ConsumerLag(consumer=role, topic=topic, lag=lags[role])
        for role, topic in COMPUTE_ROLES.items()
    ]
