"""A broker and a database of the API's own tests: they write marks and rows that others' would
meet."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from deploy.embedded.broker import EmbeddedBroker
from streams.settings import ApiSettings, Settings
from streams.topics import ensure_topics
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
