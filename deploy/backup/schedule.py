"""The daily backup: when the next one is due, and the loop that takes it."""

from __future__ import annotations

import logging
import os
import time as clock
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

from deploy.backup.backing_up import BackupRunsError, back_up, wish_of
from deploy.backup.outcome import Outcomes, read_outcomes, told
from deploy.errors import UserError
from streams.settings import Settings

logger = logging.getLogger(__name__)

RETRY_AFTER = timedelta(hours=1)
START_WAIT_S = 20.0
"""Those that start at the same time have the machine to themselves first."""
LOOK_S = 5.0
"""How often the time is looked at: clocks may be set, and machines sleep."""


def due(at: time, outcomes: Outcomes, now: datetime) -> datetime:
    """When the next backup is to be taken; in the past: now.

    at: the time of day, UTC. One that was missed is made up for at once, and so is the first; after
    a failure there is another try an hour later.
    """
    last_time = datetime.combine(now.astimezone(UTC).date(), at.replace(tzinfo=UTC))
    if last_time > now:
        last_time -= timedelta(days=1)
    if outcomes.good is not None and last_time <= outcomes.good.began <= now:
        return last_time + timedelta(days=1)
    last = outcomes.last
    if last is not None and last.error and last_time <= last.began <= now:
        return last.began + RETRY_AFTER
    return last_time


def run_schedule(settings: Settings, wait_s: float = START_WAIT_S) -> None:
    """Take a backup whenever one is due, until it is told to end. Raises `UserError`."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    wish = wish_of(settings)
    ready_file = os.environ.get("PERIPHERAL_READY_FILE")
    if ready_file is not None:
        Path(ready_file).touch()
    clock.sleep(wait_s)
    while True:
        if due(settings.backup.at, read_outcomes(settings), datetime.now(UTC)) <= datetime.now(UTC):
            try:
                outcome = back_up(settings, wish, logger.info, _silent, _silent)
                logger.info("%s", told(outcome))
            except BackupRunsError:
                logger.info("another backup is being taken; this one waits")
            except UserError as error:
                logger.error("the backup FAILED: %s", error)
        clock.sleep(LOOK_S)


def _silent(_topic: str, _records: int) -> None:
    """Nobody watches."""
