"""Systems of real processes for end-to-end tests."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.e2e.system import WORKERS, System
from tests.stack import Stack, open_stack


@pytest.fixture(scope="session")
def system() -> Iterator[System]:
    """A running system that tests share: feeds and deployments of their own keep them apart."""
    with open_stack(worker=WORKERS) as stack:
        running = System(stack)
        try:
            running.start()
            yield running
        finally:
            running.stop()


@pytest.fixture
def new_system(new_stack: Callable[..., Stack]) -> Iterator[System]:
    """A running system for one test alone, which may kill it."""
    running = System(new_stack(worker=WORKERS))
    try:
        running.start()
        yield running
    finally:
        running.stop()
