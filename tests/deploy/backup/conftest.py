"""A system whose log has all that can lie on one, a backup of it, and a system that has nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from deploy.backup.manifest import Manifest
from deploy.backup.place import Place, open_place
from deploy.backup.taking import take
from streams.settings import BackupSettings, Settings
from tests.deploy.backup.exotic import write_exotic_log
from tests.deploy.backup.systems import empty, silent
from tests.stack import Stack, open_stack


@pytest.fixture(scope="package")
def source() -> Iterator[Settings]:
    with open_stack() as stack:
        asyncio.run(write_exotic_log(stack.settings))
        yield stack.settings


@pytest.fixture(scope="package")
def target_stack() -> Iterator[Stack]:
    with open_stack() as stack:
        yield stack


@pytest.fixture
def target(target_stack: Stack) -> Settings:
    """A system that has nothing."""
    empty(target_stack.settings)
    return target_stack.settings


@pytest.fixture(scope="package")
def place(tmp_path_factory: pytest.TempPathFactory) -> Place:
    return open_place(str(tmp_path_factory.mktemp("backups")), BackupSettings())


@pytest.fixture(scope="package")
def taken(source: Settings, place: Place) -> Manifest:
    manifest, notes = take(source, place, silent, silent)
    assert notes == []
    return manifest
