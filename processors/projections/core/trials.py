"""TrialsMade → rows of `research_trials`: each trial once, as it was first made."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

from pydantic_core import to_json

from processors.projections.core.times import utc
from schemas.events.trials import Trial, TrialsMade


class TrialRow(NamedTuple):
    """A trial; symbols and params are JSON as the event holds them."""

    strategy_id: str
    trial_sha256: str
    kind: str
    author: str
    wasm_sha256: str
    symbols: str
    interval: str
    begin_ts: datetime
    end_ts: datetime
    params: str
    sharpe: float | None
    periods: int
    periods_per_year: float
    made_at: datetime


def trial_rows(event: TrialsMade, at_ms: int) -> Iterator[TrialRow]:
    """The rows of an event whose record has that time; some of them may be there already."""
    symbols = to_json(event.symbols).decode()
    begin, end, at = utc(event.begin_ts), utc(event.end_ts), utc(at_ms * 1000)
    for trial in event.trials:
        yield TrialRow(
            strategy_id=event.strategy_id,
            trial_sha256=trial_sha256(event, trial),
            kind=event.kind,
            author=event.author,
            wasm_sha256=event.wasm_sha256,
            symbols=symbols,
            interval=event.interval,
            begin_ts=begin,
            end_ts=end,
            params=to_json(trial.params).decode(),
            sharpe=trial.sharpe,
            periods=event.periods,
            periods_per_year=event.periods_per_year,
            made_at=at,
        )


def trial_sha256(event: TrialsMade, trial: Trial) -> str:
    """What tells a trial from the strategy's others: not the order of its symbols, who made it, or
    how it went."""
    told = [
        event.wasm_sha256,
        sorted(event.symbols),
        event.interval,
        event.begin_ts,
        event.end_ts,
        sorted(trial.params.items()),
    ]
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()
