"""What the HTTP API takes and gives: requests, items, pages. Times are RFC 3339 in UTC."""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import Base64UrlBytes, BaseModel, BeforeValidator, ConfigDict, Field

from schemas.diagnostics import Diagnostic
from schemas.events.base import Id
from schemas.events.chat import TEXT_CHARS_MAX
from schemas.events.fills import FillTerms
from schemas.events.signals import Action, ExitsFrom, Lifetime, Order, Receipt, Sizing, Timing
from schemas.events.strategies import (
    SOURCE_BYTES_MAX,
    TRAPS_MAX,
    TRAPS_MAX_MAX,
    Params,
    ParamSpec,
    SeriesFilter,
)

AUTHOR_DEFAULT = "anonymous"


def _only_base64(value: object) -> object:
    """Or what is no base64 would be passed over, and another module made of the rest."""
    if isinstance(value, str) and not re.fullmatch(r"[A-Za-z0-9+/_-]*={0,2}", value):
        raise ValueError("it is not base64")
    return value


Module = Annotated[Base64UrlBytes, BeforeValidator(_only_base64)]
Name = Annotated[str, Field(min_length=1, max_length=120)]
Source = Annotated[str, Field(min_length=1, max_length=SOURCE_BYTES_MAX)]
Author = Annotated[str, Field(min_length=1, max_length=120)]


class View(BaseModel):
    """Closed, so that a misspelled field is an error and not ignored."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", allow_inf_nan=False, use_attribute_docstrings=True
    )


class NewStrategy(View):
    """A strategy to be compiled. id: derived from the name when left out."""

    id: Id | None = None
    name: Name
    source: Source
    wasm: Module | None = None
    """A module from another language, in base64; `source` is then what people may read of it."""
    author: Author = AUTHOR_DEFAULT


class StrategyChange(View):
    """A new source for a strategy. name: as before when left out."""

    source: Source
    wasm: Module | None = None
    """As in NewStrategy."""
    name: Name | None = None
    author: Author = AUTHOR_DEFAULT


class NewDeployment(View):
    """A version to be run live."""

    strategy_id: Id
    version: int | None = Field(default=None, ge=1)
    """The newest when left out."""
    params: Params = {}
    """Inputs by name; the version's defaults for those left out."""
    series: SeriesFilter = SeriesFilter()
    id: Id | None = None
    author: Author = AUTHOR_DEFAULT
    traps_max: int = Field(default=TRAPS_MAX, ge=1, le=TRAPS_MAX_MAX)
    """With so many traps on one partition it is suspended."""
    rules: FillTerms | None = None
    """How orders fill in the account that the strategy reads as `position`, and what that costs: as
    in a backtest. Without any it has room for every order, and no costs."""


class NewTurn(View):
    """Something said to the assistant."""

    text: Annotated[str, Field(min_length=1, max_length=TEXT_CHARS_MAX)]
    author: Author = AUTHOR_DEFAULT


class Place(View):
    """Where an event lies on the log."""

    topic: str
    partition: int
    offset: int


class BarView(View):
    """One bar. ts: its open."""

    ts: datetime
    open: float
    high: float
    low: float
    close: float
    volume: float


class IndicatorsView(View):
    """The indicator panel at one bar; null while an indicator warms up."""

    ts: datetime
    sma_20: float | None
    ema_12: float | None
    ema_26: float | None
    rsi_14: float | None
    macd: float | None
    macd_signal: float | None
    macd_hist: float | None
    bb_upper: float | None
    bb_middle: float | None
    bb_lower: float | None
    atr_14: float | None
    donchian_upper: float | None
    donchian_middle: float | None
    donchian_lower: float | None


class ActionView(View):
    """A split, which has a ratio, or a dividend, which has an amount."""

    feed: str
    symbol: str
    ex_date: date
    """A day in UTC: the action counts from the first bar at or past its begin."""
    type: Literal["split", "dividend"]
    number: int
    """Which of the day's dividends it is."""
    ratio: float | None
    """New units for an old one."""
    amount: float | None
    """For a unit as it was before the day."""
    currency: str | None
    """Null: that of the instrument's prices."""


class InstrumentView(View):
    """An instrument, as last listed."""

    feed: str
    symbol: str
    tick_size: float
    lot: float
    currency: str
    sector: str | None
    calendar: str
    """Of its sessions, by its name in the Python package exchange_calendars."""
    first_day: date | None
    last_day: date | None


class DeploymentEventView(View):
    """What a deployment said, or what became of it, at one bar."""

    feed: str
    symbol: str
    interval: str
    ts: datetime
    deployment_id: str
    strategy_id: str
    version: int
    source_offset: int
    seq: int


class SignalView(DeploymentEventView):
    """One signal or order, with the receipt by which it can be computed again.

    limit, stop: prices of the order; exit_limit, exit_stop, exit_trail: of the exits that work
    while there is a position, the trail a distance from its best price. sizing: what size
    counts, percent of the account's equity or, of an exit, of the position; at: where in the next
    bar an order without a price fills; tif: how long it works;
    exits_from: when the exits of an order begin to.
    """

    action: Action | Order
    price: float
    size: float | None
    """By `sizing`; of an order, below 0 to sell."""
    score: float | None
    limit: float | None
    stop: float | None
    exit_limit: float | None
    exit_stop: float | None
    exit_trail: float | None
    sizing: Sizing
    at: Timing
    tif: Lifetime
    exits_from: ExitsFrom
    plots: dict[str, float | None]
    receipt: Receipt


class AlertView(DeploymentEventView):
    """One alert. alert: which of the version's it is."""

    alert: int
    message: str


class TrapView(DeploymentEventView):
    """A bar on which a deployment could not be evaluated."""

    reason: str
    line: int | None
    """Of the version's source; null where it is not known."""
    traps: int
    """How often it has trapped on this partition, this bar included."""


class StrategyView(View):
    """A strategy as last edited."""

    id: str
    name: str
    author: str
    source: str
    version: int | None
    """The newest version, null while nothing compiled."""
    edit_id: str
    edit_state: Literal["waiting", "compiled", "rejected"]
    """What became of the last edit."""
    diagnostics: list[Diagnostic] | None
    """Why the last edit does not compile."""
    active_deployments: list[str]


class VersionView(View):
    """A version of a strategy; its WebAssembly is on strategies.versions.v1."""

    strategy_id: str
    version: int
    edit_id: str
    name: str
    author: str
    source: str
    source_sha256: str
    wasm_sha256: str
    language_version: str
    library_version: str
    params: list[ParamSpec]
    plots: list[str]
    alerts: list[str]
    state_bytes: int


class ActivationView(View):
    """From which bar of a partition on a deployment emits signals, and until which."""

    partition: int
    from_offset: int | None
    until_offset: int | None = None


class SuspensionView(View):
    """The trap that was one too many."""

    feed: str
    symbol: str
    interval: str
    ts: datetime
    reason: str
    line: int | None
    traps: int


class RefusalView(View):
    """Why a deployment is not run, or no longer."""

    reason: str
    message: str


class DeploymentView(View):
    """A version that runs live, or ran."""

    id: str
    strategy_id: str
    version: int
    params: Params
    series: SeriesFilter
    author: str
    traps_max: int
    """With so many traps on one partition it is suspended."""
    rules: FillTerms | None
    """How orders fill in its account, beside the defaults; null: it has no limits and no costs."""
    active: bool
    """Whether nobody has ended or refused it."""
    state: Literal["active", "suspended", "refused", "ended"]
    """A suspended deployment is active, but evaluated no more; deploy anew to go on."""
    traps: int
    """Bars on which it could not be evaluated."""
    suspension: SuspensionView | None
    refusal: RefusalView | None
    activations: list[ActivationView]


class TurnView(View):
    """A turn of a conversation and its reply, as far as that is written."""

    id: str
    author: str
    text: str
    reply: str
    reply_state: str
    attempt: int
    model: str | None
    reason: str | None
    remedy: str | None


class SeriesView(View):
    """A series that there are bars of. last_bar: null where it is older than what is kept."""

    feed: str
    symbol: str
    interval: str
    last_ts: datetime
    last_bar: BarView | None


class Page(View):
    """A part of a list; `next` is the cursor of the following part, null at the end."""

    next: str | None


class BarsPage(Page):
    """Bars of one series, oldest first. rollup: the length that they were rolled up to."""

    feed: str
    symbol: str
    interval: str
    rollup: str | None = None
    bars: list[BarView]


class IndicatorsPage(Page):
    """The indicator panel of one series, oldest first."""

    feed: str
    symbol: str
    interval: str
    indicators: list[IndicatorsView]


class ActionsPage(Page):
    """Splits and dividends, by symbol, feed and day."""

    actions: list[ActionView]


class InstrumentsPage(Page):
    """Instruments, by symbol and feed."""

    instruments: list[InstrumentView]


class SignalsPage(Page):
    """Signals and orders, newest first."""

    signals: list[SignalView]


class AlertsPage(Page):
    """Alerts, newest first."""

    alerts: list[AlertView]


class TrapsPage(Page):
    """Traps of a deployment, newest first."""

    traps: list[TrapView]


class StrategiesPage(Page):
    """Strategies that aren't deleted, by id."""

    strategies: list[StrategyView]


class VersionsPage(Page):
    """Versions of a strategy, newest first."""

    versions: list[VersionView]


class DeploymentsPage(Page):
    """Deployments, by id."""

    deployments: list[DeploymentView]


class ConversationPage(Page):
    """Turns of a conversation, in the order in which they were posted."""

    conversation_id: str
    turns: list[TurnView]


class SeriesPage(Page):
    """Series, by symbol, feed and interval."""

    series: list[SeriesView]


class VersionMade(View):
    """An edit was compiled."""

    id: str
    edit_id: str
    version: int
    name: str
    params: list[ParamSpec]
    plots: list[str]
    source_sha256: str
    wasm_sha256: str


class EditPlaced(Place):
    """An edit is on the log; what becomes of it was not known in time."""

    id: str
    edit_id: str


class DeploymentPlaced(Place):
    """A deployment, or its end, is on the log, with the partitions on which it took effect so
    far."""

    id: str
    strategy_id: str
    version: int
    activations: list[ActivationView]


class TurnPlaced(Place):
    """A turn is on the log; the reply comes on the stream."""

    conversation_id: str
    turn_id: str
    stream: str


class ProblemView(BaseModel):
    """RFC 9457 problem details; further members depend on the type."""

    model_config = ConfigDict(extra="allow")

    type: str
    title: str
    status: int
    detail: str
    instance: str
