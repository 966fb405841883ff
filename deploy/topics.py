"""Makes the catalog's topics, or asks for some, and words what can stand in the way for a user."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Collection, Iterator
from contextlib import contextmanager

from aiokafka.errors import KafkaError

from deploy.errors import UserError
from streams.settings import Settings
from streams.topics import (
    TopicMismatchError,
    TopicRefusedError,
    UnfinishedRestoreError,
    ensure_topics,
    existing_topics,
)


def make_missing_topics(settings: Settings) -> list[str]:
    """The names of the topics made now. Raises `UserError`."""
    with _worded(settings):
        return asyncio.run(ensure_topics(settings))


async def require_topics(settings: Settings, names: Collection[str]) -> None:
    """Raise `UserError` where the log lacks one of these: whoever only looks makes none."""
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # its errors reach people as ours
    with _worded(settings):
        missing = sorted(set(names) - await existing_topics(settings))
    if missing:
        raise UserError(
            f"The log has no {missing[0]}: `peripheral topics` makes it; where it was deleted by "
            "mistake, see docs/reliability.md first."
        )


@contextmanager
def _worded(settings: Settings) -> Iterator[None]:
    try:
        yield
    except TopicMismatchError as error:
        raise UserError(f"The log does not fit the settings: {error}.") from error
    except UnfinishedRestoreError as error:
        raise UserError(f"Nothing is started: {error}.") from error
    except TopicRefusedError as error:
        raise UserError(
            f"The topics can't be made, as {error}: give this client the rights, or correct "
            "PERIPHERAL_KAFKA__REPLICATION_FACTOR."
        ) from error
    except KafkaError as error:
        raise UserError(
            f"The broker at {settings.bootstrap_servers} can't be used ({error}): start it, or "
            "correct PERIPHERAL_KAFKA__BOOTSTRAP_SERVERS."
        ) from error
