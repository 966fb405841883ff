"""The suite's short run: a dozen faults, each kind of them, on a whole system under load."""

from __future__ import annotations

import os

import pytest

from tests.chaos.run import command, run
from tests.chaos.schedule import schedule
from tests.database import SERVER_URL

SEED, FAULTS, GAP_S = 4, 12, 4.0


@pytest.mark.skipif(SERVER_URL in os.environ, reason="a given database server is not ours to kill")
@pytest.mark.timeout(900)  # with a machine of its own it takes 90 s
def test_nothing_is_lost_nothing_counts_twice_and_every_client_sees_each_event_once(
    capsys: pytest.CaptureFixture[str],
) -> None:
    told: list[str] = []
    plan = schedule(SEED, FAULTS, GAP_S)
    figures = run(plan, round_size=FAULTS, limit_s=float("inf"), tell=told.append)
    account = "\n".join([*told, *figures.wrong, f"repeat it: {command(SEED, FAULTS, GAP_S)}"])
    assert not figures.wrong, account
    assert figures.done == FAULTS, account
    assert figures.restarts >= FAULTS / 2, account
    assert figures.resumes > 10, account
    (judgement,) = figures.judgements
    assert judgement.events > 1_000 and judgement.letters > 0, account
    assert judgement.tables > 20 and judgement.seen > judgement.events, account
