"""A worker whose assignment was left half done ends by itself; one with its partitions goes on."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from deploy.environment import child_environment
from streams.crash import EXIT_CRASHED
from streams.settings import Settings
from streams.topics import ensure_topics

LIMIT_S = 12.0
WORKER = f"""
import asyncio, sys
from faust.tables.recovery import Recovery
from processors.roles import make_agent
from streams.batches import make_app, run_app
from streams.settings import Settings

async def gives_up(self, generation_id=0):
    raise asyncio.CancelledError  # as its wait for the broker ends, after 90 s

if sys.argv[1] == "left":
    Recovery._resume_streams = gives_up
settings = Settings()
role = sys.argv[2]
run_app(make_app(role, make_agent(role, settings), settings), {LIMIT_S})
"""


@pytest.mark.parametrize(("how", "role"), [("left", "bars"), ("assigned", "indicators")])
def test_only_a_worker_whose_recovery_has_given_up_ends(
    live_settings: Settings, how: str, role: str, tmp_path: Path
) -> None:
    asyncio.run(ensure_topics(live_settings))
    environment = child_environment(
        live_settings, PERIPHERAL_READY_FILE=str(tmp_path / "ready"), PYTHONPATH="."
    )
    command = [sys.executable, "-c", WORKER, how, role]
    process = subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True)
    try:
        _, said = process.communicate(timeout=60.0 if how == "left" else 4 * LIMIT_S)
        assert (how, process.returncode) == ("left", EXIT_CRASHED), said[-2_000:]
        assert "for 12 s partitions were assigned" in said
    except subprocess.TimeoutExpired:
        assert how == "assigned" and (tmp_path / "ready").exists()
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=30.0)
        assert process.returncode == 0
