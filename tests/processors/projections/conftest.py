"""Databases of the test's own: schemas in the live one, where all tables are empty."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import ExitStack

import psycopg
import pytest
from pydantic import SecretStr

from deploy.migrate import migrate
from processors.projections.projector import Projector
from streams.settings import Settings
from streams.topics import ensure_topics


def drop_schema(url: str, schema: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("SET client_min_messages = warning")
        connection.execute(f"DROP SCHEMA {schema} CASCADE")


@pytest.fixture
def new_database(live_settings: Settings) -> Iterator[Callable[[], Settings]]:
    """A function that gives settings of the live broker and an empty, migrated schema."""
    with ExitStack() as ends:

        def make() -> Settings:
            schema = f"projections_{uuid.uuid4().hex[:12]}"
            with psycopg.connect(live_settings.database_url, autocommit=True) as connection:
                connection.execute(f"CREATE SCHEMA {schema}")
            ends.callback(drop_schema, live_settings.database_url, schema)
            url = f"{live_settings.database_url}&options=-csearch_path%3D{schema}"
            migrate(url)
            database = live_settings.database.model_copy(update={"url": SecretStr(url)})
            return live_settings.model_copy(update={"database": database})

        yield make


@pytest.fixture
def settings(new_database: Callable[[], Settings]) -> Settings:
    """Settings of the live broker and an empty, migrated schema."""
    return new_database()


@pytest.fixture
async def new_projector(
    live_settings: Settings,
) -> AsyncIterator[Callable[[Settings], Awaitable[Projector]]]:
    """A function that gives projectors that have started."""
    await ensure_topics(live_settings)
    made: list[Projector] = []

    async def make(settings: Settings) -> Projector:
        projector = Projector(settings)
        await projector.start()
        made.append(projector)
        return projector

    yield make
    for projector in made:
        await projector.stop()


@pytest.fixture
async def projector(
    settings: Settings, new_projector: Callable[[Settings], Awaitable[Projector]]
) -> Projector:
    """A projector that has started."""
    return await new_projector(settings)
