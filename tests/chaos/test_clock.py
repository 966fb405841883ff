"""Wall clocks that are wrong, and that jump: nothing counts by them but what they stamp."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from streams.catalog import ACTIVATIONS, CHAT
from streams.reader import read_topic
from tests.chaos.scene import Scene, open_scene

HOUR_S, DAY_S = 3_600, 86_400
RUN_S = 10.0
FIRST = {"evaluation-1": HOUR_S, "projections": -HOUR_S, "assistant": DAY_S, "bars": -DAY_S}
THEN = {"evaluation-1": -HOUR_S, "projections": DAY_S, "assistant": -DAY_S, "bars": HOUR_S}


@pytest.fixture
def clocks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of shifts, for processes that are started from now on."""
    here = Path(__file__).parent / "clock"
    path = os.pathsep.join([str(here), *filter(None, [os.environ.get("PYTHONPATH")])])
    monkeypatch.setenv("PYTHONPATH", path)
    monkeypatch.setenv("CHAOS_CLOCK", str(tmp_path))
    return tmp_path


def shift(clocks: Path, seconds: dict[str, int]) -> None:
    for name, value in seconds.items():
        (clocks / name).write_text(str(value))


def times_of(scene: Scene, topic: str) -> Iterator[float]:
    """How far the times of its records are from now, in seconds."""
    for records in asyncio.run(read_topic(scene.settings, topic)).values():
        yield from (record.timestamp / 1e3 - time.time() for record in records)


@pytest.mark.timeout(900)
def test_clocks_that_are_wrong_and_jump_change_nothing(clocks: Path) -> None:
    shift(clocks, FIRST)
    with open_scene(seed=31) as scene:
        scene.pusher.start()
        scene.stage.keep(time.monotonic() + RUN_S)
        shift(clocks, THEN)
        scene.stage.keep(time.monotonic() + RUN_S)
        judgement = scene.judged()
        assert not judgement.wrong, "\n".join(judgement.wrong)
        assert judgement.events > 1_000
        assert max(times_of(scene, ACTIVATIONS.name)) > HOUR_S / 2
        replies = list(times_of(scene, CHAT.name))
        assert min(replies) < -DAY_S / 2 or max(replies) > DAY_S / 2
