"""The worker's roles: each is one agent, one consumer group and one process."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING, Any

from streams.settings import Settings

if TYPE_CHECKING:
    from streams.batches import BatchAgent

ROLES = ("bars", "indicators", "evaluation", "compilation", "projections", "assistant")


def make_agent(role: str, settings: Settings) -> BatchAgent:
    """The role's agent: `processors/<role>/agent.py` offers `make_agent(settings)`."""
    assert role in ROLES, role
    module: Any = import_module(f"processors.{role}.agent")
    factory: Callable[[Settings], BatchAgent] = module.make_agent
    return factory(settings)


def run(role: str, settings: Settings) -> None:
    """Run one role until it is told to stop."""
    from streams.batches import make_app, run_app  # a second's import, for workers only

    run_app(make_app(role, make_agent(role, settings), settings))
