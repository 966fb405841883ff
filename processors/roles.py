"""The worker's roles: each is one agent, one consumer group and one process."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from streams.settings import Settings

if TYPE_CHECKING:
    from streams.batches import BatchAgent

FACTORIES: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "bars": ("bars", "make_agent"),
        "indicators": ("indicators", "make_agent"),
        "evaluation": ("evaluation", "make_agent"),
        "compilation": ("compilation", "make_agent"),
        "projections": ("projections", "make_agent"),
        "assistant": ("assistant", "make_agent"),
        "research": ("research", "make_agent"),
        "research-batch": ("research", "make_batch_agent"),
        "screens": ("research.standing", "make_agent"),
    }
)
"""By role, the folder of its `agent.py` and what makes the agent there."""
ROLES = tuple(FACTORIES)


def make_agent(role: str, settings: Settings) -> BatchAgent:
    """The role's agent."""
    folder, name = FACTORIES[role]
    module: Any = import_module(f"processors.{folder}.agent")
    factory: Callable[[Settings], BatchAgent] = getattr(module, name)
    return factory(settings)


def run(role: str, settings: Settings) -> None:
    """Run one role until it is told to stop."""
    from streams.batches import make_app, run_app  # a second's import, for workers only

    run_app(make_app(role, make_agent(role, settings), settings))
