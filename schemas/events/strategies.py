"""A strategy's life: edits, versions, deployments, and where on the log they take effect."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from schemas.diagnostics import Diagnostic
from schemas.events.base import DerivedEvent, Event, Id
from schemas.events.fills import FillTerms
from schemas.series import Series

SOURCE_BYTES_MAX = 64 * 1024
TRAPS_MAX = 20
"""A trap is a mistake in the strategy, and a bar on which nobody decided; so many on one partition
are no accident, and few enough that a strategy which traps at every bar is soon told."""
TRAPS_MAX_MAX = 1_000

Params = dict[str, float]

BINARY = ConfigDict(
    frozen=True,
    extra="forbid",
    allow_inf_nan=False,
    use_attribute_docstrings=True,
    ser_json_bytes="base64",
    val_json_bytes="base64",
)


class StrategyEdited(Event):
    """Somebody wrote a strategy, or changed it.

    In JSON, `wasm` is base64 in the URL-safe alphabet (RFC 4648 §5).
    """

    model_config = BINARY

    strategy_id: Id
    edit_id: Id
    name: Annotated[str, Field(min_length=1, max_length=120)]
    source: Annotated[str, Field(max_length=SOURCE_BYTES_MAX)]
    """In the strategy language; with `wasm`, what people may read of it."""
    wasm: bytes | None = None
    """A module that another compiler made; null when the source is to be compiled."""
    author: Annotated[str, Field(max_length=120)]


class StrategyDeleted(Event):
    """Somebody deleted a strategy; its versions stay on the log."""

    owned = False

    strategy_id: Id
    edit_id: Id
    author: Annotated[str, Field(max_length=120)]


class ParamSpec(BaseModel):
    """One input of a strategy."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    name: str
    type: Literal["float", "int", "bool"]
    default: float
    low: float | None = None
    high: float | None = None
    step: float | None = None
    title: str | None = None


class StrategyCompiled(DerivedEvent):
    """An edit became a version: everything that is needed to run it, never compiled again.

    In JSON, `wasm` is base64 in the URL-safe alphabet (RFC 4648 §5).
    """

    model_config = BINARY

    strategy_id: Id
    edit_id: Id
    version: int = Field(ge=1)
    name: str
    author: str
    source: str
    source_sha256: str
    wasm: bytes
    wasm_sha256: str
    language_version: str
    library_version: str
    params: tuple[ParamSpec, ...]
    plots: tuple[str, ...]
    alerts: tuple[str, ...] = ()
    """Messages of its alerts, in the order of their numbers."""
    state_bytes: int = Field(ge=0)


class StrategyRejected(DerivedEvent):
    """An edit does not compile; the versions before it stay as they are."""

    strategy_id: Id
    edit_id: Id
    diagnostics: tuple[Diagnostic, ...]


class SeriesFilter(BaseModel):
    """Which series a deployment runs on; `*` is any."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    feed: str = "*"
    symbols: tuple[str, ...] = ("*",)
    interval: str = "*"

    def matches(self, series: Series) -> bool:
        return (
            self.feed in ("*", series.feed)
            and ("*" in self.symbols or series.symbol in self.symbols)
            and self.interval in ("*", series.interval)
        )


class StrategyDeployed(Event):
    """A version shall run live with these params on these series."""

    outlives = True  # the numbers of other deployments' signals follow from it

    deployment_id: Id
    strategy_id: Id
    version: int = Field(ge=1)
    params: Params
    series: SeriesFilter
    author: str
    traps_max: int = Field(default=TRAPS_MAX, ge=1, le=TRAPS_MAX_MAX)
    """With so many traps on one partition it is suspended."""
    rules: FillTerms | None = None
    """How orders fill in the account that the strategy reads as `position`; null for one from
    before there were rules, whose account has no limits and no costs."""


class StrategyUndeployed(Event):
    """A deployment shall end."""

    owned = False

    deployment_id: Id
    strategy_id: Id
    author: str


class DeploymentRefused(Event):
    """A deployment is not run, or no longer: it does not fit its version or its author's budget.

    Final; where it is active already, a StrategyDeactivated states until which bar.
    """

    deployment_id: Id
    strategy_id: Id
    author: str
    """Who deployed it."""
    reason: str
    """Such as unfit, state_budget, work_budget."""
    message: str
    """What is wrong and what to do, in a sentence or two."""


class PartitionClaimed(Event):
    """An evaluation worker took over a bar partition; older epochs' records no longer count."""

    partition: int = Field(ge=0)
    epoch: int = Field(ge=1)
    owner: str


class StrategyActivated(Event):
    """From this offset of the bar partition on, the deployment emits signals."""

    deployment_id: Id
    strategy_id: Id
    partition: int = Field(ge=0)
    from_offset: int = Field(ge=0)
    epoch: int = Field(ge=1)


class StrategyDeactivated(Event):
    """From this offset of the bar partition on, the deployment is silent."""

    deployment_id: Id
    strategy_id: Id
    partition: int = Field(ge=0)
    from_offset: int = Field(ge=0)
    epoch: int = Field(ge=1)
