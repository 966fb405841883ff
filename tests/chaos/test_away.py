"""The broker, then the database, is away for some twenty seconds under load; `make chaos` ends
with five minutes of each."""

from __future__ import annotations

import os

import pytest

from tests.chaos.run import run
from tests.chaos.schedule import absences
from tests.database import SERVER_URL

AWAY_S = 20.0


@pytest.mark.skipif(SERVER_URL in os.environ, reason="a given database server is not ours to kill")
@pytest.mark.timeout(900)
def test_what_was_away_for_long_is_waited_for_and_nothing_is_lost() -> None:
    told: list[str] = []
    figures = run(absences(11, AWAY_S), round_size=1, limit_s=float("inf"), tell=told.append)
    assert not figures.wrong, "\n".join([*told, *figures.wrong])
    broker, database = figures.judgements
    assert 0 < broker.events < database.events
