"""kill -9 in mid-work: afterwards nothing is lost and nothing is counted twice."""

from __future__ import annotations

import asyncio
import threading
import time

import pytest
from aiokafka.errors import KafkaError

from schemas.events.market import BarClosed
from tests.e2e.compare import assert_database_is_fold_of_log
from tests.e2e.market import market
from tests.e2e.strategies import FRAGILE
from tests.e2e.system import System, publish_bars

SYMBOLS = 12
BARS_EACH = 1_000
PIECE = 400
RETRIES_MAX = 60
PAUSE_S = 0.7


class Ingest:
    """Publishes bars in the background, piece by piece; what is not acknowledged is retried."""

    def __init__(self, system: System, bars: list[BarClosed]) -> None:
        self._system = system
        self._pieces = [bars[at : at + PIECE] for at in range(0, len(bars), PIECE)]
        self._error: BaseException | None = None
        self._hurry = threading.Event()
        self._thread = threading.Thread(target=self._run, name="ingest")

    def __enter__(self) -> Ingest:
        self._thread.start()
        return self

    def assert_under_way(self) -> None:
        assert self._thread.is_alive(), "nothing is ingested any more: the kill proves nothing"

    def __exit__(self, *_: object) -> None:
        self._hurry.set()
        self._thread.join(90.0)
        assert not self._thread.is_alive(), "the ingest hangs"
        if self._error is not None:
            raise self._error

    def _publish(self, piece: list[BarClosed]) -> None:
        """Until it is acknowledged; what was there already is judged like any other bar."""
        for _ in range(RETRIES_MAX):
            try:
                asyncio.run(publish_bars(self._system.settings, piece))
            except KafkaError:
                time.sleep(0.5)
            else:
                return
        raise AssertionError("the broker stays away")

    def _run(self) -> None:
        try:
            for piece in self._pieces:
                self._publish(piece)
                self._hurry.wait(PAUSE_S)
        except BaseException as error:
            self._error = error


@pytest.mark.timeout(300)
def test_nothing_is_lost_and_nothing_twice_when_anything_is_killed(new_system: System) -> None:
    new_system.deploy_examples()
    new_system.register("fragile", FRAGILE)
    for traps_max in (300, 1000):  # of some 330 a feed and symbol: suspended in either half
        answer = new_system.deploy(f"fragile-{traps_max}", "fragile", traps_max=traps_max)
        assert answer.status_code in (201, 202), answer.text
    with Ingest(new_system, market(SYMBOLS, BARS_EACH, feed="kill")) as ingest:
        for name in ("evaluation-1", "projections", "indicators"):
            ingest.assert_under_way()
            new_system.kill(name)
            new_system.restart(name)
            new_system.wait_ready(new_system.programs[name])
    assert_database_is_fold_of_log(new_system.settings)

    later = market(SYMBOLS, BARS_EACH, feed="kill-broker", seed=2)
    with Ingest(new_system, later) as ingest:
        ingest.assert_under_way()
        new_system.stack.broker.kill()
        new_system.stack.broker.start()
        ingest.assert_under_way()
        new_system.stack.database.kill()
        new_system.stack.database.start()
        for program in new_system.programs.values():
            if not program.alive:  # as the supervisor would
                program.start()
    assert_database_is_fold_of_log(new_system.settings)
    for traps_max in (300, 1000):
        found = new_system.ask(f"/v1/deployments/fragile-{traps_max}").json()
        assert found["state"] == "suspended"
        assert found["traps"] >= found["suspension"]["traps"] == traps_max
