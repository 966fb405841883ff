"""A live broker and a live database for tests, on free ports and a folder of their own.

`live_settings` (session) is what most tests want: `Settings` whose broker and database
run and are migrated. Topics aren't made: call `streams.topics.ensure_topics`. It is shared
by the whole run, so use keys, symbols and consumer groups of your own, and leave the
servers running. `live_database_settings` (session) has the database alone and starts in
0.8 s. A test that kills or stops servers makes its own with the `new_stack` fixture:

    def test_…(new_stack):
        stack = new_stack()         # or new_stack(worker=WorkerSettings(…))
        stack.broker.kill(); stack.broker.start()
        stack.settings, stack.database   # ended by the fixture

With `PERIPHERAL_TEST_TIMESCALE_URL` the databases are on that server; see `database.py`.
Processes are given the settings with `deploy.environment.child_environment(settings)`. The
broker's jars are fetched once into `.data/runtime` of the checkout, as `make run` does.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from deploy.embedded.broker import EmbeddedBroker
from deploy.embedded.ports import free_port
from deploy.migrate import migrate
from streams.settings import ApiSettings, DatabaseSettings, KafkaSettings, Settings
from tests.database import Database, database_of, database_settings

RUNTIME_DIR = Path(__file__).parent.parent / ".data" / "runtime"


@dataclass(frozen=True)
class Stack:
    """A broker and a database that run; `settings` leads to both."""

    settings: Settings
    broker: EmbeddedBroker
    database: Database

    def stop(self) -> None:
        """End both; a stopped one is left alone."""
        self.database.stop()
        self.broker.stop()


@contextmanager
def temporary_settings(**fields: Any) -> Iterator[Settings]:
    """Settings with free ports and a data folder that is gone afterwards.

    `fields` are further fields of `Settings`; `kafka`, `database` and `api` get their
    ports here unless given. The folder lets other users pass, since root's PostgreSQL
    runs as `nobody`.
    """
    folder = Path(tempfile.mkdtemp(prefix="peripheral-test-"))
    folder.chmod(0o711)
    sections: dict[str, Any] = {
        "kafka": KafkaSettings(embedded_port=free_port(), partitions=4),
        "database": DatabaseSettings(embedded_port=free_port()),
        "api": ApiSettings(port=free_port()),
    }
    try:
        yield Settings(data_dir=folder, runtime_dir=RUNTIME_DIR, **{**sections, **fields})
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def with_database(fields: dict[str, Any]) -> dict[str, Any]:
    """The fields, of which `database` leads to one that is to be started."""
    return {**fields, "database": database_settings(fields.get("database"))}


@contextmanager
def open_database(**fields: Any) -> Iterator[Settings]:
    """A running, migrated database of its own; nothing listens on the broker's port."""
    with temporary_settings(**with_database(fields)) as settings:
        database = database_of(settings)
        database.start()
        try:
            migrate(settings.database_url)
            yield settings
        finally:
            database.stop()


@pytest.fixture(scope="session")
def live_database_settings() -> Iterator[Settings]:
    """Settings of a migrated, running database; nothing listens on the broker's port."""
    with open_database() as settings:
        yield settings


@pytest.fixture(scope="session")
def live_settings(live_database_settings: Settings) -> Iterator[Settings]:
    """Settings of a running broker and a running, migrated database, shared by the session."""
    broker = EmbeddedBroker(live_database_settings)
    broker.start()
    try:
        yield live_database_settings
    finally:
        broker.stop()


@contextmanager
def open_stack(**fields: Any) -> Iterator[Stack]:
    """A running stack of its own, migrated; `fields` are further fields of `Settings`."""
    with ExitStack() as ends:
        settings = ends.enter_context(temporary_settings(**with_database(fields)))
        stack = Stack(settings, EmbeddedBroker(settings), database_of(settings))
        ends.callback(stack.stop)
        stack.database.start()
        migrate(settings.database_url)
        stack.broker.start()
        yield stack


@pytest.fixture
def new_stack() -> Iterator[Callable[..., Stack]]:
    """A function that starts a stack for this test alone; see the module's docstring."""
    with ExitStack() as ends:
        yield lambda **fields: ends.enter_context(open_stack(**fields))
