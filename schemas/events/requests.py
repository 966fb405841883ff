"""All that can be asked of research."""

from __future__ import annotations

from schemas.events.research import CancelResearch, RunBacktest
from schemas.events.screens import RunScreen

Run = RunBacktest | RunScreen
"""What is worked at, each by its own way."""
ResearchRequest = Run | CancelResearch
