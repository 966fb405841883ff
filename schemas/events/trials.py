"""Trials on the log: what was tried of a strategy, and how well it did."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from schemas.events.base import Event, Id, TimestampUs
from schemas.events.strategies import Params
from schemas.series import Interval, Symbol

TRIALS_MAX = 1_000
SYMBOLS_MAX = 1_000

TrialKind = Literal["backtest", "sweep", "walkforward", "montecarlo"]
"""What asked for the runs."""
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$", description="In hexadecimal.")]


class Trial(BaseModel):
    """One run."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", allow_inf_nan=False, use_attribute_docstrings=True
    )

    params: Params
    """All inputs by name, those too that have their defaults."""
    sharpe: float | None
    """The Sharpe ratio of a period, not annualised; null where the run tells none."""


class TrialsMade(Event):
    """A strategy was run over the same bars, once or with many params.

    A trial is told by its strategy, module, params, symbols and period: one that was made before
    counts once.
    """

    strategy_id: Id
    """The strategy's id, or the name of its file: what is searched under one name is one search."""
    kind: TrialKind
    author: Annotated[str, Field(max_length=120)]
    wasm_sha256: Sha256
    """Of the module that ran."""
    symbols: Annotated[tuple[Symbol, ...], Field(min_length=1, max_length=SYMBOLS_MAX)]
    """All on one cash account."""
    interval: Interval
    begin_ts: TimestampUs
    """Open of the first bar that was traded, UTC microseconds since 1970."""
    end_ts: TimestampUs
    """Open of the last one."""
    periods: int = Field(ge=0)
    """How many returns the Sharpe ratios are of."""
    periods_per_year: float = Field(gt=0)
    trials: Annotated[tuple[Trial, ...], Field(min_length=1, max_length=TRIALS_MAX)]
