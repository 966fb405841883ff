"""What a check found: how it stands, in words for a person and in figures for a program."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class State(StrEnum):
    """How a check stands."""

    HOLDS = "holds"
    WARNS = "warns"
    """Nothing is wrong with the run, but it says less than it seems to."""
    FAILS = "fails"
    """The run is wrong, and so is what it says."""
    UNKNOWN = "unknown"
    """It could not be looked at."""


@dataclass(frozen=True, slots=True)
class Finding:
    """check: its name. found, remedy: sentences; no remedy where nothing is to be done. figures:
    by name, as JSON has them."""

    check: str
    state: State
    found: str
    remedy: str = ""
    figures: Mapping[str, Any] = field(default_factory=dict)
