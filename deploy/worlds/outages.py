"""Outages in the middle of work on worlds → a sentence that says what to do."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from aiokafka.errors import KafkaError

from deploy.errors import UserError
from streams.reader import LogCutShortError
from streams.settings import Settings

AWAY = ("08", "57")
"""Classes of SQLSTATE: connections, and what operators do."""


@contextmanager
def outages_told(settings: Settings) -> Iterator[None]:
    """Raises `UserError` for what is inside."""
    # Its errors reach the person as ours.
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    try:
        yield
    except LogCutShortError as error:
        raise UserError(f"{error}.") from error
    except (KafkaError, OSError) as error:
        raise UserError(
            f"The broker at {settings.bootstrap_servers} can't be reached: start it with "
            "`peripheral up`, or correct PERIPHERAL_KAFKA__BOOTSTRAP_SERVERS."
        ) from error
    except psycopg.Error as error:
        if error.sqlstate is not None and not error.sqlstate.startswith(AWAY):
            raise UserError(f"The database refused it: {str(error).strip()}") from error
        raise UserError(
            "The database ended our session: run it again once `peripheral status` shows the "
            "database healthy."
        ) from error
