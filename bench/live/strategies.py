"""Ten deployments for the live path: the three strategies that a newcomer's platform starts with,
each with several sets of params."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from deploy.examples import FOLDER, SOURCES
from sandbox.compiler.driver import compile_source
from schemas.events.base import Event
from schemas.events.strategies import (
    Params,
    SeriesFilter,
    StrategyActivated,
    StrategyCompiled,
    StrategyDeployed,
)
from streams.catalog import ACTIVATIONS, DEPLOYMENTS, VERSIONS
from streams.codec import decode, encode
from streams.producer import Publisher
from streams.reader import read_topic
from streams.settings import Settings

ACTIVE_LIMIT_S = 60.0
POLL_INTERVAL_S = 0.25


class Deployment(NamedTuple):
    """A strategy of the examples, and how it is deployed."""

    name: str
    strategy: str
    params: Params

    @property
    def path(self) -> Path:
        return FOLDER / f"{self.strategy}.py"


def deployments(strategy: str, *sets: Mapping[str, float]) -> list[Deployment]:
    """One for each set of params."""
    return [
        Deployment(f"{strategy}-{number}", strategy, dict(params))
        for number, params in enumerate(sets)
    ]


TEN = (
    *deployments("bollinger_reversion", {}, {"length": 40.0}, {"width": 3.0}),
    *deployments("donchian_breakout", {}, {"length": 55.0}, {"length": 100.0}),
    *deployments(
        "ema_cross_rsi",
        {},
        {"fast_length": 20.0, "slow_length": 50.0},
        {"fast_length": 50.0, "slow_length": 200.0},
        {"rsi_length": 7.0, "too_hot": 80.0},
    ),
)
CROSSES = tuple(
    deployments(
        "ema_cross_rsi",
        *(
            {"fast_length": float(fast), "slow_length": 3.0 * fast}
            for fast in (8, 10, 12, 15, 18, 21, 25, 30, 40, 50)
        ),
    )
)
"""Ten that say something at one bar in thirty or so, each: TEN do at one in eight."""
THREE = tuple(Deployment(f"{source.stem}-live", source.stem, {}) for source in sorted(SOURCES))
"""As `peripheral up` deploys them. Both are in the order of their names, by which a partition
numbers what they say."""


async def deploy(settings: Settings, chosen: Sequence[Deployment]) -> None:
    """Write versions and deployments to the log, as the API and the compilation would, each of an
    author of its own, whose budget it has; wait until each is active on each partition."""
    publisher = Publisher(settings, "bench")
    await publisher.start()
    try:
        strategies = dict.fromkeys(deployment.strategy for deployment in chosen)
        for place, strategy in enumerate(strategies):
            await _publish(publisher, version_of(strategy, place))
        for deployment in chosen:
            await _publish(publisher, deployed(deployment))
    finally:
        await publisher.stop()
    async with asyncio.timeout(ACTIVE_LIMIT_S):
        wanted = len(chosen) * settings.kafka.partitions
        while await _active(settings) < wanted:  # noqa: ASYNC110  # it is the log that changes
            await asyncio.sleep(POLL_INTERVAL_S)


async def _publish(publisher: Publisher, event: StrategyCompiled | StrategyDeployed) -> None:
    topic = VERSIONS if isinstance(event, StrategyCompiled) else DEPLOYMENTS
    name = event.strategy_id
    record = encode(event, key=name, event_id=name, source="/peripheral/bench", ts_us=0)
    await publisher.publish(topic.name, record)


async def _active(settings: Settings) -> int:
    """How many activations there are, over all partitions."""
    log = await read_topic(settings, ACTIVATIONS.name)
    events: list[Event] = [
        decode(record.value, record.headers, ACTIVATIONS.events)
        for records in log.values()
        for record in records
    ]
    return sum(isinstance(event, StrategyActivated) for event in events)


def version_of(strategy: str, place: int) -> StrategyCompiled:
    """The first version of an example. place: on the log, rising."""
    source = (FOLDER / f"{strategy}.py").read_text(encoding="utf-8")
    compiled = compile_source(source)
    about = compiled.metadata
    return StrategyCompiled(
        strategy_id=strategy,
        edit_id=strategy,
        version=1,
        name=strategy,
        author="bench",
        source=source,
        source_sha256=about.source_sha256,
        wasm=compiled.wasm,
        wasm_sha256=hashlib.sha256(compiled.wasm).hexdigest(),
        language_version=about.language_version,
        library_version=about.library_version,
        params=about.params,
        plots=about.plots,
        alerts=about.alerts,
        state_bytes=about.state_bytes,
        source_offset=place,
        seq=0,
    )


def deployed(deployment: Deployment) -> StrategyDeployed:
    """Its event: on every series."""
    return StrategyDeployed(
        deployment_id=deployment.name,
        strategy_id=deployment.strategy,
        version=1,
        params=deployment.params,
        series=SeriesFilter(),
        author=deployment.name,
    )
