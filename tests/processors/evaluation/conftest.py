"""One engine and one compile of the examples for all tests of the evaluation."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from sandbox.host.engine import SandboxEngine
from schemas.events.strategies import SeriesFilter
from tests.processors.evaluation.deployed import QUICK, Deployed, deployment_of


@pytest.fixture(scope="package")
def deployed() -> Iterator[Deployed]:
    """Deployments bands, channel and cross on all series, and narrow on those of one symbol.

    And fragile, which traps on all series, and is suspended after 20 times.
    """
    engine = SandboxEngine()
    known = Deployed(engine)
    for deployment_id, strategy_id in zip(("bands", "channel", "cross"), QUICK, strict=True):
        known.directory.apply(deployment_of(deployment_id, strategy_id, QUICK[strategy_id]))
    known.directory.apply(
        deployment_of(
            "narrow",
            "donchian_breakout",
            QUICK["donchian_breakout"],
            SeriesFilter(symbols=("AAA",)),
        )
    )
    known.directory.apply(deployment_of("fragile", "fragile", {}))
    yield known
    engine.close()
