"""The embedded broker and database for as long as a command needs them, where `up` does not run."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

from deploy.embedded.broker import EmbeddedBroker
from deploy.embedded.database import EmbeddedDatabase
from deploy.embedded.process import read_record
from deploy.running import only_one
from streams.settings import Settings


@contextmanager
def servers(settings: Settings, say: Callable[[str], None]) -> Iterator[None]:
    """Broker and database run inside: yours, those that run here, or started and stopped for it.

    Raises `UserError`.
    """
    missing: list[EmbeddedBroker | EmbeddedDatabase] = []
    if settings.kafka.bootstrap_servers is None and not _runs(settings, "broker"):
        missing.append(EmbeddedBroker(settings))
    if settings.database.url is None and not _runs(settings, "database"):
        missing.append(EmbeddedDatabase(settings))
    with ExitStack() as ends:
        if missing:
            ends.enter_context(only_one(settings.run_dir))
        for server in missing:
            say(f"The {server.name} does not run; it is started for this, and stopped afterwards.")
            ends.callback(server.stop)
            server.start()
        yield


def _runs(settings: Settings, name: str) -> bool:
    record = read_record(settings.run_dir / f"{name}.json")
    return record is not None and record.process() is not None
