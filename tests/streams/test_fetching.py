"""Faust's consumer, as ours have it: nothing that can be had is waited for."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest
from faust.types import TP

from streams.batches import make_app
from streams.catalog import BARS
from streams.fetching import FETCH_WAIT_MS, QUEUED_WAIT_S
from streams.settings import Settings
from tests.streams.test_batches import Collecting

FULL, FREE = TP(BARS.name, 0), TP(BARS.name, 1)


@pytest.fixture
def consumer(tmp_path: Path) -> Any:
    """One whose first partition's queue is full."""
    settings = Settings(data_dir=tmp_path)
    made = make_app("fetching", Collecting([BARS.name]), settings).consumer
    made.flow_active = True
    made._active_partitions = {FULL, FREE}
    made.on_buffer_full(FULL)
    return made


async def test_records_of_others_are_not_waited_for_long_while_a_queue_is_full(
    consumer: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[set[TP], float]] = []

    async def getmany(active_partitions: set[TP], timeout: float) -> dict[TP, Any]:  # noqa: ASYNC109
        asked.append((set(active_partitions), timeout))
        return {}

    monkeypatch.setattr(consumer, "_getmany", getmany)
    await consumer._wait_next_records(1.0)
    consumer.on_buffer_drop(FULL)
    await consumer._wait_next_records(1.0)
    assert asked == [({FREE}, QUEUED_WAIT_S), ({FULL, FREE}, 1.0)]


async def test_where_all_queues_are_full_it_looks_again_soon(consumer: Any) -> None:
    consumer.on_buffer_full(FREE)
    began_s = time.monotonic()
    assert await consumer._wait_next_records(1.0) == ({}, set())
    assert time.monotonic() - began_s < 0.9, "Faust itself sleeps for a second"


async def test_the_broker_holds_a_fetch_back_for_a_moment_alone(consumer: Any) -> None:
    made = consumer._thread._create_worker_consumer(consumer.transport)
    assert made._fetch_max_wait_ms == FETCH_WAIT_MS
    await made.stop()
