"""The topics of a fork: what it has of its own of the log's."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

from deploy.errors import UserError
from streams.catalog import (
    ACTIVATIONS,
    ALERTS,
    DEPLOYMENTS,
    EDITS,
    FAULTS,
    SIGNALS,
    VERSIONS,
    Topic,
)

NAME = re.compile(r"[a-z][a-z0-9]{0,19}")
OF_A_FORK = re.compile(rf"fork\.({NAME.pattern})\.")
OWN = (EDITS, VERSIONS, DEPLOYMENTS, ACTIVATIONS, SIGNALS, ALERTS, FAULTS)
"""Up to its moment a fork's topic is the live one; behind it, it has one of its own."""
SCHEMA_PREFIX = "fork_"


def check_name(name: str) -> str:
    """Raises `UserError` on what can't be a part of names of topics and of a schema."""
    if NAME.fullmatch(name) is None:
        raise UserError(
            f"{name!r} is no name of a fork: write up to 20 of a–z and 0–9, a letter first."
        )
    return name


def topic_of(fork: str, topic: Topic) -> Topic:
    """The fork's own."""
    return replace(topic, name=f"fork.{fork}.{topic.name}", title=f"{topic.title}, in {fork}")


def names_of(topics: Iterable[str]) -> set[str]:
    """The forks that have topics among these."""
    return {found[1] for topic in topics if (found := OF_A_FORK.match(topic)) is not None}


def schema_of(fork: str) -> str:
    """Of its tables."""
    return SCHEMA_PREFIX + fork
