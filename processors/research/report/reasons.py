"""Reasons in words."""

from __future__ import annotations

from sandbox.fills import Reason
from schemas.columns import Ints


def in_words(reasons: Ints) -> list[str]:
    """Each Reason in lower-case words: "take profit"; a position still open has "end"."""
    return [Reason(reason).name.lower().replace("_", " ") for reason in reasons]
