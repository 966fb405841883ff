"""All that can be asked of research."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from schemas.events.research import CancelResearch, RunBacktest
from schemas.events.screens import RunScreen

Run = RunBacktest | RunScreen
"""What is worked at, each by its own way."""
ResearchRequest = Run | CancelResearch

Kind = Literal["backtest", "screen"]
KINDS: Mapping[type[Run], Kind] = {RunBacktest: "backtest", RunScreen: "screen"}
"""What a request is called where the event's name does not stand beside it."""
