"""What can go wrong with a log that is only read, as a sentence for a person."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from aiokafka.errors import KafkaError

from deploy.errors import UserError
from streams.reader import LogCutShortError
from streams.settings import Settings
from streams.topics import TopicMismatchError


@contextmanager
def outages_as_sentences(settings: Settings) -> Iterator[None]:
    """UserError where the log can't be read."""
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # its errors reach people as ours
    try:
        yield
    except (TopicMismatchError, LogCutShortError) as error:
        raise UserError(f"The log can't be read: {error}.") from None
    except (KafkaError, OSError) as error:
        raise UserError(
            f"The broker at {settings.bootstrap_servers} can't be read ({error!r}): start it with"
            " `peripheral up`, or correct PERIPHERAL_KAFKA__BOOTSTRAP_SERVERS."
        ) from None
