"""What tests of commands share."""

from __future__ import annotations

import pytest


@pytest.fixture
def nothing_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever else runs on this machine, a command finds nothing of it."""
    monkeypatch.setenv("PERIPHERAL_API__PORT", "1")
