"""What fails without ending: full disks, slow disks. One system for all, under load, judged after
each."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass

import psycopg
import pytest

from tests.chaos.disks import Disk, disk_at
from tests.chaos.scene import Scene, on_scene
from tests.chaos.stage import tree_of
from tests.e2e.system import WORKERS
from tests.stack import open_stack

DISK_MEBIBYTES = 2048
BEFORE_S, DURING_S, AFTER_S = 4.0, 15.0, 4.0
pytestmark = pytest.mark.timeout(900)


@dataclass(frozen=True)
class Strained:
    """A scene whose servers have disks of their own."""

    scene: Scene
    broker: Disk
    database: Disk

    def log_of(self, name: str) -> str:
        """All that a server has said since it was started the last time but one."""
        folder = self.scene.settings.log_dir
        paths = (folder / f"{name}.log.1", folder / f"{name}.log")
        return "".join(path.read_text(errors="replace") for path in paths if path.exists())

    def keep(self, for_s: float) -> None:
        self.scene.stage.keep(time.monotonic() + for_s)


@pytest.fixture(scope="module")
def strained() -> Iterator[Strained]:
    with open_stack(worker=WORKERS) as stack:
        stack.stop()
        data = stack.settings.data_dir
        with (
            disk_at(data / "kafka", data / "kafka.img", DISK_MEBIBYTES) as broker,
            disk_at(data / "postgres", data / "postgres.img", DISK_MEBIBYTES) as database,
        ):
            try:
                stack.database.start()
                stack.broker.start()
                with on_scene(stack, seed=21) as scene:
                    yield Strained(scene, broker, database)
            finally:
                stack.stop()


def fill_for_a_while(strained: Strained, disk: Disk) -> None:
    strained.scene.pusher.start()
    strained.keep(BEFORE_S)
    disk.fill()
    strained.keep(DURING_S)
    disk.free()
    strained.keep(AFTER_S)


def test_a_database_whose_disk_is_full_is_waited_for(strained: Strained) -> None:
    fill_for_a_while(strained, strained.database)
    judgement = strained.scene.judged()
    assert not judgement.wrong, "\n".join(judgement.wrong)
    assert "No space left on device" in strained.log_of("database")


def test_a_broker_whose_disk_is_full_is_waited_for(strained: Strained) -> None:
    fill_for_a_while(strained, strained.broker)
    judgement = strained.scene.judged()
    assert not judgement.wrong, "\n".join(judgement.wrong)
    assert "No space left on device" in strained.log_of("broker")


def test_slow_disks_make_it_late_and_nothing_else(strained: Strained) -> None:
    scene = strained.scene
    kept = {name: scene.stage.service(name) for name in ("broker", "database")}
    processes = [process for each in kept.values() for process in tree_of(each)]
    with (
        strained.database.slow(processes, writes_per_s=10),
        strained.broker.slow(processes[:1], writes_per_s=10),
    ):
        began_s = time.monotonic()
        commit(scene)
        assert time.monotonic() - began_s > 0.1, "the disk is as quick as ever"
        scene.pusher.start()
        strained.keep(DURING_S)
    judgement = scene.judged()
    assert not judgement.wrong, "\n".join(judgement.wrong)


def commit(scene: Scene) -> None:
    """A few transactions of ours, each of which has to reach the disk."""
    with psycopg.connect(scene.settings.database_url, autocommit=True) as connection:
        for number in range(3):
            connection.execute(f"CREATE TABLE slow_{number} (n int)")
            connection.execute(f"DROP TABLE slow_{number}")
