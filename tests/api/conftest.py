"""A broker and a database of the API's own tests: they write marks and rows that others' would
meet."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator

import pytest

from api.reads.postgres import PostgresReads
from api.reads.protocol import Reads
from deploy.embedded.broker import EmbeddedBroker
from streams.settings import ApiSettings, Settings
from streams.topics import ensure_topics
from tests.api import view
from tests.stack import open_database


@pytest.fixture(scope="session")
def view_settings() -> Iterator[Settings]:
    """A running, migrated database; no broker."""
    with open_database(api=ApiSettings(write_wait_s=0.5)) as settings:
        yield settings


@pytest.fixture(scope="session")
def log_settings(view_settings: Settings) -> Iterator[Settings]:
    """The same with a running broker that has its topics."""
    broker = EmbeddedBroker(view_settings)
    broker.start()
    try:
        asyncio.run(ensure_topics(view_settings))
        yield view_settings
    finally:
        broker.stop()


@pytest.fixture(params=["memory", "postgres"])
async def reads(request: pytest.FixtureRequest) -> AsyncIterator[Reads]:
    """The small view of `view`, in memory and in PostgreSQL."""
    if request.param == "memory":
        yield view.in_memory()
        return
    settings: Settings = request.getfixturevalue("view_settings")
    view.clear(settings.database_url)
    view.insert(settings.database_url)
    found = PostgresReads(settings)
    await found.open()
    try:
        yield found
    finally:
        await found.close()
        view.clear(settings.database_url)
