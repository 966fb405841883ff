"""A database of the test's own: a schema in the live one, where all tables are empty."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator, Iterator

import psycopg
import pytest
from pydantic import SecretStr

from deploy.migrate import migrate
from processors.projections.projector import Projector
from streams.settings import Settings
from streams.topics import ensure_topics


@pytest.fixture
def settings(live_settings: Settings) -> Iterator[Settings]:
    """Settings of the live broker and an empty, migrated schema."""
    schema = f"projections_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(live_settings.database_url, autocommit=True) as connection:
        connection.execute(f"CREATE SCHEMA {schema}")
    url = f"{live_settings.database_url}&options=-csearch_path%3D{schema}"
    migrate(url)
    database = live_settings.database.model_copy(update={"url": SecretStr(url)})
    yield live_settings.model_copy(update={"database": database})
    with psycopg.connect(live_settings.database_url, autocommit=True) as connection:
        connection.execute(f"DROP SCHEMA {schema} CASCADE")


@pytest.fixture
async def projector(settings: Settings) -> AsyncIterator[Projector]:
    """A projector that has started."""
    await ensure_topics(settings)
    made = Projector(settings)
    await made.start()
    yield made
    await made.stop()
