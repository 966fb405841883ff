"""Systems of real processes for end-to-end tests."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.e2e.system import WORKERS, System, open_system, running_on
from tests.stack import Stack


@pytest.fixture(scope="session")
def system() -> Iterator[System]:
    """A running system that tests share: feeds and deployments of their own keep them apart."""
    with open_system() as running:
        yield running


@pytest.fixture
def new_system(new_stack: Callable[..., Stack]) -> Iterator[System]:
    """A running system for one test alone, which may kill it."""
    with running_on(new_stack(worker=WORKERS)) as running:
        yield running
